"""The results table: one row per model, every figure with a 95 % interval.

A row is {"name", "n", "subjects", "seeds", "balanced_accuracy_by_seed", "accuracy", "balanced_accuracy", "macro_f1",
"auroc", "ece", "share_of_best_possible"}. Each figure is {"value", "low", "high"}, of ECE the value alone, or null
where it is undefined (no scored clip, or a label that no scored clip has).

All intervals are over subjects: accuracy has that of `share_interval`, balanced accuracy, macro F1 and AUROC that of
`proportion_interval`, or percentiles of 1,000 resamples where it cannot be told. ECE has none, as no method covers it
(training.evaluation.intervals). AUROC is one label against the rest, averaged over labels; the same prediction for
every clip has none. ECE uses ten bins of the highest probability.

Seeds are averaged; they do not narrow the intervals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.calibration import calibration_errors
from training.evaluation.intervals import (
    RESAMPLES,
    Vector,
    counted_by_subject,
    percentiles,
    proportion_interval,
    share_interval,
    subject_resamples,
    without_each_subject,
)

Figure = dict[str, float] | None
Measure = Callable[[int, Vector], Vector]
"""Takes the index of a seed and the weights of the clips (R, n), and returns (R,)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A held-out clip with its true label. `source` says where the label is from: "human", "gold", "cohort truth"
    ...
    """

    clip_id: int
    subject_id: int
    label: str
    source: str


def table_row(
    name: str,
    predictions: Mapping[int, tuple[float, ...]],
    scored: Sequence[Scored],
    labels: Sequence[str],
    *,
    best_balanced_accuracy: float | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """One row of the table, over the scored clips that the model predicted."""
    return pooled_row(name, [predictions], scored, labels, best_balanced_accuracy=best_balanced_accuracy, seed=seed)


def pooled_row(
    name: str,
    by_seed: Sequence[Mapping[int, tuple[float, ...]]],
    scored: Sequence[Scored],
    labels: Sequence[str],
    *,
    best_balanced_accuracy: float | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """One row averaged over several seeds, over the scored clips that all seeds predicted."""
    rows = [clip for clip in scored if all(clip.clip_id in predictions for predictions in by_seed)]
    if not rows or not by_seed:
        empty = dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1", "auroc", "ece", "share_of_best_possible"))
        return {"name": name, "n": 0, "subjects": 0, "seeds": len(by_seed), "balanced_accuracy_by_seed": [], **empty}
    truth = np.array([labels.index(clip.label) for clip in rows])
    probabilities = [np.array([predictions[clip.clip_id] for clip in rows]) for predictions in by_seed]
    said = [probability.argmax(axis=1) for probability in probabilities]
    once = np.ones((1, len(rows)))
    subject_ids = [clip.subject_id for clip in rows]
    drawn = subject_resamples(np.array(subject_ids), seed)
    # With so many subjects percentiles are as good, and leaving each out costs more than drawing them.
    leaving = without_each_subject(np.array(subject_ids)) if len(set(subject_ids)) <= RESAMPLES else None
    classes = len(labels)

    def over_seeds(measure: Measure, weights: Vector) -> Vector:
        return np.asarray(np.mean([measure(k, weights) for k in range(len(by_seed))], axis=0))

    def figure(measure: Measure) -> Figure:
        value = float(over_seeds(measure, once)[0])
        found = None if leaving is None else proportion_interval(value, over_seeds(measure, leaving))
        return _figure(value, percentiles(over_seeds(measure, drawn)) if found is None else (found.low, found.high))

    def error(k: int, weights: Vector) -> Vector:
        return calibration_errors(probabilities[k].max(axis=1), truth == said[k], weights)

    hits = np.mean([truth == prediction for prediction in said], axis=0)
    by_subject = counted_by_subject(list(zip(subject_ids, hits.tolist(), strict=True)))
    accuracy = share_interval(by_subject)
    balanced = figure(lambda k, weights: balanced_accuracy(confusions(truth, said[k], classes, weights)))
    return {
        "name": name,
        "n": len(rows),
        "subjects": len(by_subject),
        "seeds": len(by_seed),
        "accuracy": _figure(float(hits.mean()), (accuracy.low, accuracy.high)),
        "balanced_accuracy": balanced,
        "macro_f1": figure(lambda k, weights: macro_f1(confusions(truth, said[k], classes, weights))),
        "auroc": figure(lambda k, weights: auroc(truth, probabilities[k], weights)),
        "ece": {"value": float(over_seeds(error, once)[0])},
        "share_of_best_possible": _share_of_best(balanced, 1 / classes, best_balanced_accuracy),
        "balanced_accuracy_by_seed": [
            float(balanced_accuracy(confusions(truth, prediction, classes, once))[0]) for prediction in said
        ],
    }


def confusion_matrix(
    predictions: Mapping[int, tuple[float, ...]], scored: Sequence[Scored], labels: Sequence[str]
) -> list[list[int]]:
    """Number of clips by true label (rows) and predicted label (columns), in the taxonomy's order."""
    matrix = [[0] * len(labels) for _ in labels]
    for clip in scored:
        if clip.clip_id in predictions:
            matrix[labels.index(clip.label)][int(np.argmax(predictions[clip.clip_id]))] += 1
    return matrix


def confusions(truth: npt.NDArray[np.int64], said: npt.NDArray[np.int64], classes: int, weights: Vector) -> Vector:
    """(R, classes, classes) weighted confusion matrices, one for each row of `weights` (R, n)."""
    cell = np.zeros((len(truth), classes * classes))
    cell[np.arange(len(truth)), truth * classes + said] = 1
    return (weights @ cell).reshape(-1, classes, classes)


def balanced_accuracy(matrices: Vector) -> Vector:
    """(R,) mean recall over the labels that occur."""
    with np.errstate(invalid="ignore"):
        recall = np.diagonal(matrices, axis1=1, axis2=2) / matrices.sum(axis=2)
    return _mean_of_known(recall)


def macro_f1(matrices: Vector) -> Vector:
    """(R,) mean F1 over the labels that occur or were predicted."""
    right = np.diagonal(matrices, axis1=1, axis2=2)
    with np.errstate(invalid="ignore"):
        return _mean_of_known(2 * right / (matrices.sum(axis=1) + matrices.sum(axis=2)))


def auroc(truth: npt.NDArray[np.int64], probability: Vector, weights: Vector) -> Vector:
    """(R,) area under the ROC curve, one label against the rest, averaged over the labels for which it is defined; NaN
    for the same prediction for every clip, which ranks nothing.
    """
    if (probability == probability[0]).all():
        return np.full(len(weights), np.nan)
    return _mean_of_known(
        np.stack([_area(truth == label, score, weights) for label, score in enumerate(probability.T)], axis=1)
    )


def _area(positive: npt.NDArray[np.bool_], score: Vector, weights: Vector) -> Vector:
    """(R,) share of (positive, negative) pairs ranked correctly, ties counted half; NaN without positives or
    negatives.
    """
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    ups = np.add.reduceat(weights[:, order] * positive[order], starts, axis=1)
    downs = np.add.reduceat(weights[:, order] * ~positive[order], starts, axis=1)
    below = np.cumsum(downs, axis=1) - downs
    with np.errstate(invalid="ignore"):
        return np.asarray((ups * (below + downs / 2)).sum(axis=1) / (ups.sum(axis=1) * downs.sum(axis=1)))


def _mean_of_known(values: Vector) -> Vector:
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0).sum(axis=1) / known.sum(axis=1))


def _figure(value: float, interval: tuple[float, float] | None) -> Figure:
    if not np.isfinite(value) or interval is None:
        return None
    return {"value": value, "low": interval[0], "high": interval[1]}


def _share_of_best(balanced: Figure, chance: float, best: float | None) -> Figure:
    """(balanced accuracy - chance) / (best possible - chance); None where the best possible is unknown."""
    if balanced is None or best is None or best <= chance:
        return None
    return {key: (value - chance) / (best - chance) for key, value in balanced.items()}
