"""How often each measured cue happens, and the plainest model of it: which label's mean rates a clip's rates are nearer to.

What a label changes is how often a gesture comes, not how long it lasts, so the events a measurable minute carry it. From a
few hundred uncertain labels a weight for every cue cannot be told from noise: the difference of the labels' means, each cue
in its own standard deviations, is the limit of logistic regression under ever stronger shrinking (nearest shrunken
centroids: Tibshirani et al., PNAS 2002). One number, the gain, is chosen: how far such a score is to be believed.
Free of torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.records import CueMeasurement

Matrix = npt.NDArray[np.float64]

_GAINS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
_PARTS = 5  # of the subjects, for the choice of the gain
FAR = 3.0  # standard deviations from the mean beyond which a rate says no more


@dataclass(frozen=True, slots=True)
class CueWeights:
    """mean and deviation (cues,) in events a minute; weight (labels, cues) and bias (labels,) of the standardised rates."""

    mean: Matrix
    deviation: Matrix
    weight: Matrix
    bias: Matrix


def event_rates(measurement: CueMeasurement | None, names: Sequence[str]) -> Matrix:
    """(cues,) events a measurable minute; NaN where a cue could nowhere be measured."""
    rates = np.full(len(names), np.nan)
    if measurement is None:
        return rates
    measurable_s = {coverage.name: coverage.measurable_s for coverage in measurement.coverage}
    for place, name in enumerate(names):
        if measurable_s.get(name, 0.0) > 0:
            rates[place] = 60 * sum(cue.name == name for cue in measurement.cues) / measurable_s[name]
    return rates


def rates_so_far(measurement: CueMeasurement | None, names: Sequence[str], time_s: Matrix, expected: Matrix) -> Matrix:
    """(L, cues): the rates of `event_rates` as they stand at each time (L,), with the `expected` (cues,) ones for the rest.

    The last row, at the end of the clip, is what `event_rates` says.
    """
    whole = event_rates(measurement, names)
    if measurement is None:
        return np.tile(whole, (len(time_s), 1))
    coverage = {one.name: one for one in measurement.coverage}
    so_far = np.empty((len(time_s), len(names)))
    for place, name in enumerate(names):
        if np.isnan(whole[place]):
            so_far[:, place] = np.nan
            continue
        starts = np.sort([cue.start_s for cue in measurement.cues if cue.name == name])
        seen = np.searchsorted(starts, time_s, side="right")
        passed_s = sum(np.clip(time_s, start_s, end_s) - start_s for start_s, end_s in coverage[name].spans_s)
        left = 1 - passed_s / coverage[name].measurable_s
        so_far[:, place] = 60 * seen / coverage[name].measurable_s + left * expected[place]
    return so_far


def standardised(rates: Matrix, mean: Matrix, deviation: Matrix) -> Matrix:
    """(N, cues) in standard deviations from the mean, within `FAR`; 0 where nothing could be measured."""
    return np.nan_to_num(np.clip((rates - mean) / deviation, -FAR, FAR))


def fit_cue_weights(
    rates: Matrix, labels: npt.NDArray[np.int64], weights: Matrix, subjects: Sequence[int], classes: int
) -> CueWeights:
    """From training rows: rates (N, cues), labels (N,) as numbers below `classes`, weights (N,) and subjects (N,).

    The gain is the one of the lowest log loss on subjects that the centroids have not seen, labels weighing equally; with one
    subject or one label it is 0, and the answer is even.
    """
    mean, deviation = _scale(rates, weights)
    found = standardised(rates, mean, deviation)
    gain = _gain(found, labels, weights, subjects, classes)
    weight, bias = _centroids(found, labels, weights, classes)
    return CueWeights(mean, deviation, gain * weight, gain * bias)


def _scale(rates: Matrix, weights: Matrix) -> tuple[Matrix, Matrix]:
    """Weighted mean and standard deviation (cues,) of what could be measured; 0 and 1 where nothing was or nothing varies."""
    there = ~np.isnan(rates)
    shares = there * weights[:, None]
    total = np.maximum(shares.sum(axis=0), 1e-12)
    filled = np.nan_to_num(rates)
    mean = (shares * filled).sum(axis=0) / total
    deviation = np.sqrt((shares * (filled - mean) ** 2).sum(axis=0) / total)
    return mean, np.where(deviation > 1e-9, deviation, 1.0)


def _centroids(found: Matrix, labels: npt.NDArray[np.int64], weights: Matrix, classes: int) -> tuple[Matrix, Matrix]:
    """Scores of equal priors and equal spread: the mean of each label (classes, cues), and minus half its square."""
    means = np.zeros((classes, found.shape[1]))
    for label in range(classes):
        own = labels == label
        if own.any():
            means[label] = np.average(found[own], axis=0, weights=weights[own])
    return means, -0.5 * (means**2).sum(axis=1)


def _gain(
    found: Matrix, labels: npt.NDArray[np.int64], weights: Matrix, subjects: Sequence[int], classes: int
) -> float:
    from sklearn.model_selection import GroupKFold  # the Train page reads this module's neighbours and needs none of it

    groups = np.asarray(subjects)
    parts = min(_PARTS, len(set(subjects)))
    if parts < 2 or len(set(labels.tolist())) < 2:
        return 0.0
    scores = np.zeros((len(labels), classes))
    for training, held_out in GroupKFold(parts).split(found, labels, groups):
        weight, bias = _centroids(found[training], labels[training], weights[training], classes)
        scores[held_out] = found[held_out] @ weight.T + bias
    of_label = np.bincount(labels, weights=weights, minlength=classes)
    even = weights / of_label[labels]
    return min(_GAINS, key=lambda gain: _log_loss(gain * scores, labels, even))


def _log_loss(scores: Matrix, labels: npt.NDArray[np.int64], weights: Matrix) -> float:
    scores = scores - scores.max(axis=1, keepdims=True)
    log_probability = scores[np.arange(len(labels)), labels] - np.log(np.exp(scores).sum(axis=1))
    return float(-(weights * log_probability).sum())
