"""Intervals of 95 % cover the true value in 93 to 97 % of simulated studies."""

import numpy as np
import pytest

from tests.unit.training.evaluation.simulated_subjects import STATISTICS, sample, true_value
from training.evaluation.intervals import (
    difference_interval,
    percentiles,
    proportion_interval,
    subject_resamples,
    without_each_subject,
)

SUBJECTS, CLIPS = 72, 5


def covered(statistic: str, right: tuple[float, float], true: float, sets: int) -> float:
    """The share of the sets in which the interval that is shown covers the true value."""
    of, random, hits = STATISTICS[statistic], np.random.default_rng(1), []
    for _ in range(sets):
        found = sample(random, right, SUBJECTS, CLIPS)
        value = float(of(found, np.ones((1, SUBJECTS * CLIPS)))[0])
        without = of(found, without_each_subject(found.subject_ids))
        if statistic == "difference":
            ends = difference_interval(value, without)
        else:
            interval = proportion_interval(value, without)
            ends = None if interval is None else (interval.low, interval.high)
        assert ends is not None
        hits.append(ends[0] <= true <= ends[1])
    return float(np.mean(hits))


def test_the_interval_of_a_difference_covers_it_where_clips_of_a_subject_are_alike() -> None:
    assert 0.92 <= covered("difference", (0.75, 0.75), 0.0, sets=400) <= 0.98


@pytest.mark.long
@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("right", [(0.6, 0.6), (0.72, 0.68), (0.85, 0.8)])
def test_every_interval_that_is_shown_covers_in_2000_studies(statistic: str, right: tuple[float, float]) -> None:
    assert 0.93 <= covered(statistic, right, true_value(statistic, right), sets=2000) <= 0.97


def test_the_interval_of_a_difference_is_students_with_the_error_of_the_jackknife() -> None:
    without = np.array([0.1, 0.12, 0.14, 0.11, 0.13] * 3)
    error = np.sqrt(14 / 15 * ((without - without.mean()) ** 2).sum())
    assert difference_interval(0.12, without) == pytest.approx((0.12 - 2.1448 * error, 0.12 + 2.1448 * error), abs=1e-5)


@pytest.mark.parametrize("without", [[0.1] * 12, [0.1], [*[0.1] * 5, 0.2, float("nan")]])
def test_a_difference_whose_spread_over_subjects_is_unknown_has_no_such_interval(without: list[float]) -> None:
    assert difference_interval(0.1, np.array(without)) is None


def test_no_difference_is_larger_than_one() -> None:
    found = difference_interval(0.9, np.array([0.8, 1.0] * 6))
    assert found is not None
    assert found[1] == 1.0


@pytest.mark.long
def test_percentiles_do_not_cover_a_calibration_error_so_that_none_are_shown() -> None:
    from training.evaluation.calibration import calibration_errors

    def of(weights: np.ndarray) -> np.ndarray:
        return calibration_errors(confidence, right, weights)

    random, hits = np.random.default_rng(1), []
    for number in range(300):  # perfectly calibrated: the true error is 0
        confidence = random.uniform(0.5, 1, SUBJECTS * CLIPS)
        right = (random.random(SUBJECTS * CLIPS) < confidence).astype(float)
        ends = percentiles(of(subject_resamples(np.repeat(np.arange(SUBJECTS), CLIPS), number)))
        assert ends is not None
        hits.append(ends[0] <= 0.0)
    assert np.mean(hits) < 0.1
