"""Calibration of a labeler's confidence, and what it says where it cannot be fitted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.calibration import (
    ISOTONIC_FROM,
    MIN_DECISIONS,
    Method,
    expected_calibration_error,
    fit_calibration,
    reliability,
)


def drawn(n: int, seed: int = 0) -> list[tuple[float, bool]]:
    """An overconfident labeler: right in half as much above chance as it says."""
    random = np.random.default_rng(seed)
    confidence = random.uniform(0.5, 1.0, n)
    right = random.uniform(size=n) < 0.5 + (confidence - 0.5) / 2
    return [(float(said), bool(hit)) for said, hit in zip(confidence, right, strict=True)]


def test_below_thirty_judgments_the_confidence_stays_and_the_sentence_says_why() -> None:
    found = fit_calibration("gemini", drawn(12))
    assert found.sentence == "Confidence of gemini is uncalibrated: 12 clips judged blind, 30 are needed."
    assert (found.method, found.apply(0.83)) == (Method.NONE, 0.83)


def test_a_labeler_that_was_never_wrong_cannot_be_calibrated() -> None:
    found = fit_calibration("cues", [(0.7, True)] * 40)
    assert found.sentence == "Confidence of cues is uncalibrated: it was right in all 40 clips judged blind."


@pytest.mark.parametrize(("n", "method"), [(250, Method.PLATT), (3000, Method.ISOTONIC)])
def test_a_known_overconfidence_is_found(n: int, method: Method) -> None:
    found = fit_calibration("gemini", drawn(n))
    assert found.method is method
    assert f"on {n} clips judged blind" in found.sentence
    assert found.apply(0.9) == pytest.approx(0.7, abs=0.09)
    assert found.apply(0.6) == pytest.approx(0.55, abs=0.09)


def test_calibrated_confidence_is_nearer_to_how_often_it_is_right() -> None:
    fitted = fit_calibration("gemini", drawn(250))
    fresh = drawn(4000, seed=1)
    before = expected_calibration_error(fresh)
    after = expected_calibration_error([(fitted.apply(confidence), hit) for confidence, hit in fresh])
    assert before is not None
    assert after is not None
    assert after < before / 2


@given(st.integers(MIN_DECISIONS, ISOTONIC_FROM + 40), st.integers(0, 50))
def test_more_confidence_never_counts_for_less(n: int, seed: int) -> None:
    found = fit_calibration("gemini", drawn(n, seed))
    curve = [found.apply(x / 50) for x in range(51)]
    assert curve == sorted(curve)
    assert all(0 <= value <= 1 for value in curve)


def test_where_more_confidence_was_less_often_right_every_label_weighs_the_share_right() -> None:
    pairs = [(0.9, number % 4 == 0) for number in range(40)] + [(0.6, number % 4 != 0) for number in range(40)]
    found = fit_calibration("gemini", pairs)
    assert found.apply(0.6) == pytest.approx(0.5)
    assert found.apply(0.95) == pytest.approx(0.5)


def test_reliability_bins_hold_every_label_once() -> None:
    pairs = [(0.0, False), (0.55, True), (0.58, False), (1.0, True)]
    bins = reliability(pairs, [1, 2, 3, 4])
    assert [(one.low, one.n, one.right) for one in bins] == [(0.0, 1, 0.0), (0.5, 2, 0.5), (0.9, 1, 1.0)]
    assert bins[1].interval[0] < 0.5 < bins[1].interval[1]


def test_without_labels_there_is_no_calibration_error() -> None:
    assert expected_calibration_error([]) is None
