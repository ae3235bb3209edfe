"""A Poisson model of how often each measured cue occurs under each label, and the label scores that follow from it.

    events ~ Poisson(measurable minutes x base rate x factor of the subject x factor of the label)

The factors of the subjects have a Gamma distribution, so the counts of a new subject are negative binomial: longer
clips give more evidence, and cues that vary more between people give less. The factors of the labels are fitted
together with those of the training subjects: a within-subject contrast for subjects with several labels, a
between-subject one otherwise (Poisson regression with a Gamma effect: Hausman, Hall and Griliches, Econometrica 52,
1984). All scores are multiplied by one shrinkage factor, chosen by grouped cross-validation.

A network that is fitted on the same rows learns beside the scores of `scores_by_others`: those of the model itself
know the rows' labels, so that the network would learn too little and trust them too much (Wolpert, "Stacked
generalization", Neural Networks 5, 1992).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.types.cues import CueMeasurement
from training.data.inner_folds import inner_folds
from training.data.soft_labels import even_log_loss

Matrix = npt.NDArray[np.float64]

_SHRINKAGES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
_FACTOR_EVENTS = 0.5  # prior events per label, at the expected rate: a cue that was never seen favors no label
_LEAST_SHAPE, _MOST_SHAPE = 0.5, 50.0
_LEAST_RATE = 1e-6
_MOST_ROUNDS = 200
FAR = 6.0  # standard deviations above the expected number; events beyond it add nothing


@dataclass(frozen=True, slots=True)
class CueModel:
    """`base_rate` (cues,): events per measurable minute. `shape` (cues,) of the Gamma distribution of the subjects'
    factors, about 1 / variance. `log_factor` (labels, cues), with mean 0 over labels. `shrinkage` 0..1; 0 makes all
    scores equal.
    """

    base_rate: Matrix
    shape: Matrix
    log_factor: Matrix
    shrinkage: float


def event_counts(measurement: CueMeasurement | None, names: Sequence[str]) -> Matrix:
    """(cues, 2): events and measurable minutes of a clip; both 0 for a cue that could not be measured."""
    counts = np.zeros((len(names), 2))
    if measurement is None:
        return counts
    measurable_s = {coverage.name: coverage.measurable_s for coverage in measurement.coverage}
    for place, name in enumerate(names):
        if measurable_s.get(name, 0.0) > 0:
            counts[place] = sum(cue.name == name for cue in measurement.cues), measurable_s[name] / 60
    return counts


def counts_so_far(measurement: CueMeasurement | None, names: Sequence[str], time_s: Matrix) -> Matrix:
    """(L, cues, 2): the `event_counts` of the part of the clip before each time in `time_s` (L,)."""
    so_far = np.zeros((len(time_s), len(names), 2))
    if measurement is None:
        return so_far
    coverage = {one.name: one for one in measurement.coverage}
    for place, name in enumerate(names):
        if name not in coverage or coverage[name].measurable_s <= 0:
            continue
        starts = np.sort([cue.start_s for cue in measurement.cues if cue.name == name])
        so_far[:, place, 0] = np.searchsorted(starts, time_s, side="right")
        passed_s = sum(np.clip(time_s, start_s, end_s) - start_s for start_s, end_s in coverage[name].spans_s)
        so_far[:, place, 1] = np.asarray(passed_s) / 60
    return so_far


def cue_terms(counts: Matrix, model: CueModel) -> Matrix:
    """(N, cues, 2) to (N, labels, cues): what each cue adds to the score of each label, with mean 0 over labels.

    Log likelihoods of the negative binomial, times the shrinkage; 0 for a cue that could not be measured.
    """
    expected = model.base_rate * counts[..., 1]
    most = expected + FAR * np.sqrt(expected + expected**2 / model.shape)
    events = np.minimum(counts[..., 0], most)[:, None]
    by_label = expected[:, None] * np.exp(model.log_factor)
    terms = events * model.log_factor - (events + model.shape) * np.log(model.shape + by_label)
    centered: Matrix = model.shrinkage * (terms - terms.mean(axis=1, keepdims=True))
    return centered


def fit_cue_model(counts: Matrix, taught: Matrix, subjects: Sequence[int]) -> CueModel:
    """Fits the model to training rows: counts (N, cues, 2), `taught` (N, labels) weight of each label, subjects
    (N,).

    The shrinkage has the lowest log loss on held-out subjects, with labels weighted equally; 0 with one subject or
    one label.
    """
    return replace(_factors(counts, taught, subjects), shrinkage=_shrinkage(counts, taught, subjects))


def scores_by_others(counts: Matrix, taught: Matrix, subjects: Sequence[int]) -> Matrix:
    """(N, labels) the score of each training row by a model fitted on other subjects, its shrinkage included.

    Arguments as for `fit_cue_model`. All 0 with one subject, who has no others.
    """
    return _by_others(counts, taught, subjects, fit_cue_model)


def _by_others(
    counts: Matrix, taught: Matrix, subjects: Sequence[int], fit: Callable[[Matrix, Matrix, Sequence[int]], CueModel]
) -> Matrix:
    scores, groups = np.zeros(taught.shape), _groups(subjects)
    for training, held_out in inner_folds(groups.tolist()):
        model = fit(counts[training], taught[training], groups[training].tolist())
        scores[held_out] = cue_terms(counts[held_out], model).sum(axis=2)
    return scores


def _factors(counts: Matrix, taught: Matrix, subjects: Sequence[int]) -> CueModel:
    """Expectation maximization, alternating between each subject's rate and the factors of the labels."""
    groups = _groups(subjects)
    cells = np.zeros((groups.max() + 1, taught.shape[1], *counts.shape[1:]))
    np.add.at(cells, groups, taught[:, :, None, None] * counts[:, None])
    events, minutes = cells[..., 0], cells[..., 1]
    base_rate = np.maximum(events.sum(axis=(0, 1)) / np.maximum(minutes.sum(axis=(0, 1)), _LEAST_RATE), _LEAST_RATE)
    shape = _shape(counts, taught.sum(axis=1), base_rate)
    log_factor = np.zeros(events.shape[1:])
    for _ in range(_MOST_ROUNDS):
        expected_minutes = (minutes * np.exp(log_factor)).sum(axis=1)
        rates = (events.sum(axis=1) + shape) / (expected_minutes + shape / base_rate)
        base_rate = np.maximum(rates.mean(axis=0), _LEAST_RATE)
        seen = events.sum(axis=0) + _FACTOR_EVENTS
        found = np.log(seen / ((minutes * rates[:, None]).sum(axis=0) + _FACTOR_EVENTS))
        found -= found.mean(axis=0)
        done = bool(np.abs(found - log_factor).max(initial=0) < 1e-6)
        log_factor = found
        if done:
            break
    return CueModel(base_rate, shape, log_factor, 1.0)


def _shape(counts: Matrix, weights: Matrix, base_rate: Matrix) -> Matrix:
    """(cues,) by the method of moments: from the variance of the counts in excess of a Poisson distribution's."""
    expected = base_rate * counts[..., 1]
    excess = (weights[:, None] * ((counts[..., 0] - expected) ** 2 - expected)).sum(axis=0)
    squares: Matrix = (weights[:, None] * expected**2).sum(axis=0)
    found: Matrix = np.clip(squares / np.maximum(excess, _LEAST_RATE), _LEAST_SHAPE, _MOST_SHAPE)
    return found


def _shrinkage(counts: Matrix, taught: Matrix, subjects: Sequence[int]) -> float:
    if len(set(subjects)) < 2 or (taught.sum(axis=0) > 0).sum() < 2:
        return 0.0
    scores = _by_others(counts, taught, subjects, _factors)
    return min(_SHRINKAGES, key=lambda factor: even_log_loss(factor * scores, taught))


def _groups(subjects: Sequence[int]) -> npt.NDArray[np.intp]:
    """(N,) the subject of each row as a number from 0."""
    return np.unique(np.asarray(subjects), return_inverse=True)[1]
