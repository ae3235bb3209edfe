"""Intervals of 95 %."""

import numpy as np
import pytest
from scipy.stats import binomtest, t

from training.evaluation.intervals import (
    coefficient_interval,
    counted_by_subject,
    percentiles,
    share_interval,
    subject_resamples,
    without_each_subject,
)

ICC = 0.3  # intraclass correlation: how alike the clips of one subject are
SETS = 400


def subjects_of(random: np.random.Generator, share: float, subjects: int, clips: int) -> list[tuple[float, int]]:
    """(hits, clips) of each subject, whose own share is drawn from a beta distribution with the correlation ICC."""
    spread = (1 - ICC) / ICC
    own = random.beta(share * spread, (1 - share) * spread, subjects)
    return [(float(hits), clips) for hits in random.binomial(clips, own)]


@pytest.mark.parametrize("share", [0.6, 0.72, 0.9])
def test_an_interval_covers_the_share_where_clips_of_a_subject_are_alike(share: float) -> None:
    random = np.random.default_rng(1)
    found = [share_interval(subjects_of(random, share, 72, 5)) for _ in range(SETS)]
    assert 0.93 <= np.mean([one.low <= share <= one.high for one in found]) <= 0.97


def test_wilsons_interval_over_clips_does_not_cover_it() -> None:
    random = np.random.default_rng(1)
    hits = [sum(hit for hit, _ in subjects_of(random, 0.72, 72, 5)) for _ in range(SETS)]
    found = [binomtest(int(one), 360).proportion_ci(method="wilson") for one in hits]
    assert np.mean([one.low <= 0.72 <= one.high for one in found]) < 0.87


def test_an_interval_is_students_with_the_error_of_the_jackknife_on_log_odds() -> None:
    by_subject = [(3.0, 5), (5.0, 5), (1.0, 4)] * 5
    without = [sum(h for h, _ in rest) / sum(n for _, n in rest) for rest in _leaving_one_out(by_subject)]
    share = 9 / 14
    error = np.sqrt(14 / 15 * ((np.array(without) - np.mean(without)) ** 2).sum()) / (share * (1 - share))
    ends = np.log(share / (1 - share)) + t.ppf([0.025, 0.975], 14) * error
    found = share_interval(by_subject)
    assert (found.low, found.high) == pytest.approx(tuple(1 / (1 + np.exp(-ends))))
    assert found.doubt == ""


def _leaving_one_out(rows: list[tuple[float, int]]) -> list[list[tuple[float, int]]]:
    return [rows[:number] + rows[number + 1 :] for number in range(len(rows))]


@pytest.mark.parametrize(("number", "doubt"), [(1, "1 subject"), (9, "9 subjects"), (10, "")])
def test_below_ten_subjects_an_interval_says_that_it_cannot_be_trusted(number: int, doubt: str) -> None:
    assert share_interval([(number % 2 + 1.0, 3) for number in range(number)]).doubt == doubt


@pytest.mark.parametrize("hits", [0, 3, 6])
def test_where_no_subject_differs_every_subject_counts_as_one_observation(hits: int) -> None:
    found = share_interval([(hits, 6)] * 20)
    wanted = binomtest(20 * hits // 6, 20).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))
    assert found.doubt == "no subject differs"


def test_a_subject_without_a_clip_does_not_count() -> None:
    some = [(1.0, 2), (2.0, 2), (0.0, 3)] * 4
    assert share_interval([*some, (0.0, 0)]) == share_interval(some)


def test_without_a_clip_the_interval_is_everything() -> None:
    found = share_interval([])
    assert (found.low, found.high) == (0.0, 1.0)


def test_hits_may_be_a_mean_over_seeds() -> None:
    others = [(1.0, 2), (2.0, 2)] * 6
    low, middle, high = (share_interval([*others, (hits, 3)]).low for hits in (1.0, 1.5, 2.0))
    assert low < middle < high


def test_clips_are_counted_by_their_subject() -> None:
    assert counted_by_subject([(7, True), (3, False), (7, False), (7, True)]) == ((0, 1), (2, 3))


@pytest.mark.parametrize(
    ("value", "without"),
    [(1.0, [1.0] * 12), (0.5, [0.5] * 12), (0.5, [0.4]), (0.5, [*[0.4] * 11, float("nan")])],
)
def test_a_coefficient_whose_spread_over_subjects_is_unknown_has_no_interval(
    value: float, without: list[float]
) -> None:
    assert coefficient_interval(value, np.array(without)) is None


def test_the_interval_of_a_coefficient_is_students_on_fishers_z() -> None:
    without = np.array([0.4, 0.45, 0.5, 0.55, 0.6] * 3)
    error = np.sqrt(14 / 15 * ((without - 0.5) ** 2).sum()) / (1 - 0.5**2)
    ends = np.tanh(np.arctanh(0.5) + t.ppf([0.025, 0.975], 14) * error)
    found = coefficient_interval(0.5, without)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(tuple(ends))


def test_each_subject_is_left_out_once_with_all_its_clips() -> None:
    assert without_each_subject(np.array([7, 3, 7])).tolist() == [[1, 0, 1], [0, 1, 0]]


def test_clips_of_one_subject_are_drawn_together() -> None:
    drawn = subject_resamples(np.array([7, 3, 7, 3, 9]), seed=0, resamples=50)
    assert drawn.shape == (50, 5)
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, 1] == drawn[:, 3]).all()
    assert (drawn[:, [0, 1, 4]].sum(axis=1) == 3).all()


def test_resamples_that_cannot_be_scored_are_left_out() -> None:
    assert percentiles(np.array([np.nan, 0.5, 0.5])) == (0.5, 0.5)
    assert percentiles(np.array([np.nan])) is None
