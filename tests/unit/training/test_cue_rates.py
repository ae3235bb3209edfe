"""How often cues happen, and what that says of the labels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import Cue, CueCoverage, CueMeasurement
from training.cue_rates import event_rates, fit_cue_weights, rates_so_far, standardised

NAMES = ["nodding", "smile"]
MEASURED = CueMeasurement(
    cues=(Cue("smile", 2.0, 4.0, 1.0, ()), Cue("smile", 11.0, 12.0, 1.0, ())),
    coverage=(CueCoverage("smile", 10.0, ((0.0, 5.0), (10.0, 15.0)), ""),),
    duration_s=20.0,
)


def test_a_rate_is_events_a_measurable_minute_and_unknown_where_nothing_could_be_measured() -> None:
    nodding, smile = event_rates(MEASURED, NAMES)
    assert math.isnan(nodding)
    assert smile == pytest.approx(12)  # 2 in 10 s


def test_a_clip_without_a_measurement_has_no_rate() -> None:
    assert np.isnan(event_rates(None, NAMES)).all()


def test_rates_so_far_begin_with_what_is_expected_and_end_with_what_was_seen() -> None:
    found = rates_so_far(MEASURED, NAMES, np.array([0.0, 2.0, 7.0, np.inf]), np.array([1.0, 6.0]))
    assert np.isnan(found[:, 0]).all()
    np.testing.assert_allclose(found[:, 1], [6.0, 6 + 0.8 * 6, 6 + 0.5 * 6, 12.0])


def _cohort(subjects: int, clips: int, shift: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Rates (N, 3) of which the first goes with the label, labels (N,), subjects."""
    random = np.random.default_rng(seed)
    of = [subject for subject in range(subjects) for _ in range(clips)]
    labels = random.integers(0, 2, len(of))
    rates = random.normal(6, 2, (len(of), 3))
    rates[:, 0] += shift * labels
    return rates, labels.astype(np.int64), of


def _said(rates: np.ndarray, labels: np.ndarray, subjects: list[int], classes: int = 2) -> np.ndarray:
    found = fit_cue_weights(rates, labels, np.ones(len(labels)), subjects, classes)
    return standardised(rates, found.mean, found.deviation) @ found.weight.T + found.bias


def test_a_cue_that_goes_with_the_label_tells_it() -> None:
    rates, labels, subjects = _cohort(10, 8, shift=6.0)
    assert (_said(rates, labels, subjects).argmax(axis=1) == labels).mean() > 0.85


def test_cues_that_have_nothing_to_do_with_the_label_are_hardly_believed() -> None:
    rates, labels, subjects = _cohort(10, 8, shift=0.0)
    scores = _said(rates, labels, subjects)
    assert np.abs(scores[:, 0] - scores[:, 1]).max() < 0.5


@pytest.mark.parametrize("subjects", [[1] * 6, [1, 1, 2, 2, 3, 3]])
def test_with_one_label_alone_the_answer_is_even(subjects: list[int]) -> None:
    rates = np.random.default_rng(0).normal(size=(6, 3))
    assert (_said(rates, np.zeros(6, dtype=np.int64), subjects) == 0).all()


def test_one_subject_says_nothing_of_others() -> None:
    rates, labels, _ = _cohort(1, 20, shift=6.0)
    assert (_said(rates, labels, [1] * 20) == 0).all()


@given(st.integers(0, 1000), st.integers(2, 4), st.floats(0, 1))
def test_what_is_unknown_never_becomes_a_number_that_is_none(seed: int, classes: int, missing: float) -> None:
    random = np.random.default_rng(seed)
    rates = np.where(random.random((12, 4)) < missing, np.nan, random.exponential(5, (12, 4)))
    labels = random.integers(0, classes, 12).astype(np.int64)
    assert np.isfinite(_said(rates, labels, [number // 2 for number in range(12)], classes)).all()
