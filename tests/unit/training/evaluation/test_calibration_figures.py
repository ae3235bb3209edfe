"""Calibration's figures, worked out by hand or by scipy."""

import numpy as np
import pytest
from scipy.optimize import isotonic_regression, minimize

from training.evaluation.calibration import Method, expected_calibration_error, fit_calibration, reliability
from training.evaluation.intervals import share_interval


def judged(n: int) -> list[tuple[float, bool]]:
    """Confidences between 0.5 and 1, all different; two of three are right, more often the surer ones."""
    return [(0.5 + number / (2 * n), number % 3 != 0 or number > 0.8 * n) for number in range(n)]


@pytest.mark.parametrize(
    ("n", "method"), [(29, Method.NONE), (30, Method.PLATT), (299, Method.PLATT), (300, Method.ISOTONIC)]
)
def test_the_number_of_judgments_decides_the_method(n: int, method: Method) -> None:
    found = fit_calibration("gemini", judged(n))
    assert (found.method, found.decisions) == (method, n)


def test_one_judgment_is_told_in_the_singular() -> None:
    sentence = fit_calibration("gemini", [(0.9, True)]).sentence
    assert sentence == "Confidence of gemini is uncalibrated: 1 clip judged blind, 30 are needed."


def test_a_labeler_that_was_never_right_cannot_be_calibrated() -> None:
    found = fit_calibration("cues", [(0.7, False)] * 40)
    assert found.sentence == "Confidence of cues is uncalibrated: it was wrong in all 40 clips judged blind."
    assert (found.method, found.decisions, found.apply(0.7)) == (Method.NONE, 40, 0.7)


def test_platt_scaling_is_the_penalized_fit_of_a_logistic_curve_on_log_odds() -> None:
    pairs = judged(80)
    log_odds = np.array([np.log(confidence / (1 - confidence)) for confidence, _ in pairs])
    sign = np.array([1 if right else -1 for _, right in pairs])

    def loss(at: np.ndarray) -> float:
        slope, offset = at
        return float(slope**2 / 2 + 10 * np.logaddexp(0, -sign * (slope * log_odds + offset)).sum())

    slope, offset = minimize(loss, [1.0, 0.0], tol=1e-10).x
    found = fit_calibration("gemini", pairs)
    for confidence in (0.55, 0.8, 0.95):
        wanted = 1 / (1 + ((1 - confidence) / confidence) ** slope * np.exp(-offset))
        assert found.apply(confidence) == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize(("certain", "nearly"), [(0.0, 0.001), (1.0, 0.999)])
def test_full_certainty_counts_as_a_thousandth_less(certain: float, nearly: float) -> None:
    found = fit_calibration("gemini", judged(80))
    assert found.apply(certain) == found.apply(nearly)
    assert abs(found.apply(certain) - found.apply(0.9 * nearly + 0.05)) > 1e-3


def test_isotonic_regression_is_that_of_scipy_with_straight_lines_between() -> None:
    pairs = judged(300)
    confidence, right = np.array(pairs).T
    curve = isotonic_regression(right).x
    found = fit_calibration("gemini", pairs)
    asked = np.linspace(0.4, 1.0, 61)
    assert [found.apply(float(x)) for x in asked] == pytest.approx(np.interp(asked, confidence, curve))


def test_a_bin_tells_its_edges_its_mean_confidence_and_its_interval() -> None:
    [one] = reliability([(0.62, True), (0.66, False), (0.64, True)], [7, 8, 7])
    assert (one.low, one.high, one.n) == (0.6, 0.7, 3)
    assert (one.mean_confidence, one.right) == (pytest.approx(0.64), pytest.approx(2 / 3))
    over_subjects = share_interval([(2, 2), (0, 1)])
    assert one.interval == (over_subjects.low, over_subjects.high)


def test_the_number_of_bins_can_be_chosen() -> None:
    found = reliability([(0.3, True), (0.5, False), (0.75, True), (1.0, True)], [1, 2, 3, 4], bins=4)
    assert [(one.low, one.high, one.n) for one in found] == [(0.25, 0.5, 1), (0.5, 0.75, 1), (0.75, 1.0, 2)]


def test_the_calibration_error_weighs_the_gap_of_each_bin_by_its_labels() -> None:
    # 0.6 to 0.7: half are right at 0.65 on average; 0.9 to 1: two of three at 0.95. 2/5 * 0.15 + 3/5 * 0.2833 = 0.23.
    pairs = [(0.62, True), (0.68, False), (0.95, True), (0.95, True), (0.95, False)]
    assert expected_calibration_error(pairs) == pytest.approx(0.23)


def test_a_confidence_of_one_is_of_the_last_bin() -> None:
    # Both labels share a bin: half are right at 0.975 on average.
    assert expected_calibration_error([(0.95, True), (1.0, False)]) == pytest.approx(0.475)


def test_one_wide_bin_hides_what_ten_narrow_ones_show() -> None:
    pairs = [(0.25, True), (0.75, False)]
    assert expected_calibration_error(pairs, bins=1) == pytest.approx(0.0)
    assert expected_calibration_error(pairs) == pytest.approx(0.75)


def test_a_curve_that_rises_from_its_first_corner_is_read_halfway_up_its_slopes() -> None:
    # 100 judgments at each of three confidences, of which none, half and all are right.
    pairs = [(0.5, False), (0.5, False), (0.7, False), (0.7, True), (0.9, True), (0.9, True)] * 50
    found = fit_calibration("gemini", pairs)
    asked = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    assert [found.apply(x) for x in asked] == pytest.approx([0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0])
