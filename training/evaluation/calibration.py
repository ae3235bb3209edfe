"""Calibration: the share of a labeler's labels that are right, as a function of its confidence.

Fitted on blind human judgments only. Platt scaling (1999), a logistic regression on the log-odds of the confidence,
needs few judgments; isotonic regression (Zadrozny and Elkan, 2002) fits any rising curve and needs many. With fewer
than thirty judgments the confidence is used unchanged, and `Calibration.sentence` says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import exp, log

import numpy as np

from training.evaluation.intervals import Vector, counted_by_subject, share_interval

MIN_DECISIONS = 30
ISOTONIC_FROM = 300
BINS = 10
_CLIP = 1e-3
_PENALTY = 0.1  # on the slope. Weak: with few judgments, perfectly separated ones would otherwise give a step function
_MOST_STEPS, _LONGEST_STEP, _CLOSE = 100, 1.0, 1e-10
Pairs = Sequence[tuple[float, bool]]
"""A labeler's confidence, and whether its label is that of the person who judged blind."""


class Method(StrEnum):
    NONE = "uncalibrated"
    PLATT = "Platt scaling"
    ISOTONIC = "isotonic regression"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Maps a labeler's confidence to the expected share of right labels.

    `knots` are the points (confidence, share) of the isotonic curve, or for Platt scaling the one pair (slope,
    offset). `sentence` says for people which method was used and on how many judgments.
    """

    labeler_name: str
    method: Method
    decisions: int
    sentence: str
    knots: tuple[tuple[float, float], ...] = ()

    def apply(self, confidence: float) -> float:
        """The calibrated confidence, 0..1; the confidence itself where nothing was fitted."""
        if self.method is Method.PLATT:
            slope, offset = self.knots[0]
            return 1.0 / (1.0 + exp(-(slope * _log_odds(confidence) + offset)))
        if self.method is Method.ISOTONIC:
            return _between(self.knots, confidence)
        return confidence


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The `n` labels with a confidence from `low` to `high`: their mean confidence and the share that is `right`.

    `interval` is the 95 % interval of `right` over subjects.
    """

    low: float
    high: float
    n: int
    mean_confidence: float
    right: float
    interval: tuple[float, float]


def fit_calibration(labeler_name: str, pairs: Pairs) -> Calibration:
    """Fits Platt scaling from 30 judgments, isotonic regression from 300.

    Below 30, or where the labeler was always right or always wrong, the result is uncalibrated and its sentence says
    why.
    """
    n, right = len(pairs), sum(hit for _, hit in pairs)
    what = f"Confidence of {labeler_name} is uncalibrated"
    if n < MIN_DECISIONS:
        missing = f"{what}: {n} clip{'' if n == 1 else 's'} judged blind, {MIN_DECISIONS} are needed."
        return Calibration(labeler_name, Method.NONE, n, missing)
    if right in (0, n):
        one_sided = f"{what}: it was {'right' if right else 'wrong'} in all {n} clips judged blind."
        return Calibration(labeler_name, Method.NONE, n, one_sided)
    method = Method.ISOTONIC if n >= ISOTONIC_FROM else Method.PLATT
    knots = _isotonic(pairs) if method is Method.ISOTONIC else _platt(pairs)
    sentence = f"Confidence of {labeler_name} is calibrated by {method.value} on {n} clips judged blind."
    return Calibration(labeler_name, method, n, sentence, knots)


def reliability(pairs: Pairs, subjects: Sequence[int], bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """Reliability diagram: the non-empty ones of `bins` bins of equal width, lowest confidence first.

    `subjects` are the subject ids of the pairs.
    """
    found: list[list[tuple[float, bool, int]]] = [[] for _ in range(bins)]
    for (confidence, right), subject_id in zip(pairs, subjects, strict=True):
        found[min(bins - 1, int(confidence * bins))].append((confidence, right, subject_id))
    return tuple(
        ReliabilityBin(
            low=number / bins,
            high=(number + 1) / bins,
            n=len(inside),
            mean_confidence=sum(confidence for confidence, _, _ in inside) / len(inside),
            right=sum(right for _, right, _ in inside) / len(inside),
            interval=_ends([(subject_id, right) for _, right, subject_id in inside]),
        )
        for number, inside in enumerate(found)
        if inside
    )


def _ends(found: Sequence[tuple[int, bool]]) -> tuple[float, float]:
    interval = share_interval(counted_by_subject(found))
    return interval.low, interval.high


def expected_calibration_error(pairs: Pairs, bins: int = BINS) -> float | None:
    """The expected calibration error of the pairs (`calibration_errors`); None without pairs."""
    if not pairs:
        return None
    confidence, right = np.array(pairs, dtype=np.float64).T
    return float(calibration_errors(confidence, right, np.ones((1, len(pairs))), bins)[0])


def calibration_errors(confidence: Vector, right: Vector, weights: Vector, bins: int = BINS) -> Vector:
    """(R,) expected calibration error (ECE; Naeini et al., AAAI 2015), one for each row of `weights` (R, n).

    `confidence` is (n,), `right` (n,) of 0 and 1. ECE is the weighted mean over bins of equal width of |share right
    - mean confidence|.
    """
    in_bin = np.zeros((len(confidence), bins))
    in_bin[np.arange(len(confidence)), np.minimum((confidence * bins).astype(int), bins - 1)] = right - confidence
    return np.asarray(np.abs(weights @ in_bin).sum(axis=1) / weights.sum(axis=1))


def _platt(pairs: Pairs) -> tuple[tuple[float, float], ...]:
    """Newton's method on the penalized likelihood; scikit-learn, whose fit this is, takes two seconds to import, and Review
    asks while somebody waits."""
    odds = np.array([[_log_odds(confidence), 1.0] for confidence, _ in pairs])
    right = np.array([float(hit) for _, hit in pairs])
    penalty = np.diag([_PENALTY, 0.0])
    weights = np.zeros(2)
    for _ in range(_MOST_STEPS):
        expected = 1.0 / (1.0 + np.exp(-odds @ weights))
        slope_of_loss = odds.T @ (expected - right) + penalty @ weights
        curvature = (odds.T * (expected * (1.0 - expected))) @ odds + penalty
        step = np.linalg.solve(curvature, slope_of_loss)
        weights -= step * min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < _CLOSE:
            break
    slope, offset = float(weights[0]), float(weights[1])
    if slope < 0:
        # A curve that falls with confidence is taken for chance; the constant share of right labels replaces it.
        slope, offset = 0.0, _log_odds(sum(hit for _, hit in pairs) / len(pairs))
    return ((slope, offset),)


def _isotonic(pairs: Pairs) -> tuple[tuple[float, float], ...]:
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit([confidence for confidence, _ in pairs], [float(hit) for _, hit in pairs])
    return tuple((float(x), float(y)) for x, y in zip(model.X_thresholds_, model.y_thresholds_, strict=True))


def _between(knots: Sequence[tuple[float, float]], x: float) -> float:
    if x <= knots[0][0]:
        return knots[0][1]
    for (left, low), (right, high) in pairwise(knots):
        if x <= right:
            return low + (high - low) * (x - left) / (right - left) if right > left else high
    return knots[-1][1]


def _log_odds(confidence: float) -> float:
    inside = min(1 - _CLIP, max(_CLIP, confidence))
    return log(inside / (1 - inside))
