"""Paired comparison of two rows of a results table, on the same clips, seeds and resamples. Free of torch.

    {"a", "b", "n", "difference": {"value", "low", "high"}, "p"}

`difference` is balanced accuracy of a minus b, averaged over seeds, with its 95 % `difference_interval` over subjects,
or percentiles of resampled subjects where that cannot be told. `p` is of a
permutation test that swaps the predictions of a and b for whole subjects. `p` is of the pair alone; what is shown side
by side goes through `holm`.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.intervals import (
    RESAMPLES,
    Vector,
    difference_interval,
    percentiles,
    subject_resamples,
    without_each_subject,
)
from training.evaluation.results_table import Scored, balanced_accuracy, confusions

BySeed = Sequence[Mapping[int, tuple[float, ...]]]


def paired_difference(
    rows: Mapping[str, BySeed],
    pair: tuple[str, str],
    scored: Sequence[Scored],
    labels: Sequence[str],
    seed: int = 0,
) -> dict[str, Any] | None:
    """Compares the two rows of `pair` on the scored clips that all seeds of both predicted; None where there are
    none.

    Raises ValueError where the two have different numbers of seeds.
    """
    (name_a, name_b), (a, b) = pair, (rows[pair[0]], rows[pair[1]])
    if len(a) != len(b):
        raise ValueError(f"{name_a} has {len(a)} seeds, {name_b} has {len(b)}")
    clips = [clip for clip in scored if all(clip.clip_id in predictions for predictions in (*a, *b))]
    if not clips:
        return None
    classes = len(labels)
    truth = np.array([labels.index(clip.label) for clip in clips])
    subjects = np.array([clip.subject_id for clip in clips])
    said = [
        [np.array([int(np.argmax(predictions[clip.clip_id])) for clip in clips]) for predictions in side]
        for side in (a, b)
    ]

    def difference(first: Vector, second: Vector) -> Vector:
        """(R,) balanced accuracy of a minus b under `first` (R, n), and of b minus a under `second` (R, n)."""
        found = []
        for of_a, of_b in zip(*said, strict=True):
            one = confusions(truth, of_a, classes, first) + confusions(truth, of_b, classes, second)
            other = confusions(truth, of_b, classes, first) + confusions(truth, of_a, classes, second)
            found.append(balanced_accuracy(one) - balanced_accuracy(other))
        return np.asarray(np.mean(found, axis=0))

    once = np.ones((1, len(clips)))
    swapped = _swaps(subjects, seed)
    value = float(difference(once, 0 * once)[0])

    def of_a(weights: Vector) -> Vector:
        return difference(weights, 0 * weights)

    # With more subjects than resamples, percentiles are as good, and leaving each out costs more than drawing them.
    few = len(set(subjects.tolist())) <= RESAMPLES
    interval = difference_interval(value, of_a(without_each_subject(subjects))) if few else None
    interval = interval or percentiles(of_a(subject_resamples(subjects, seed)))
    if interval is None:
        return None
    by_chance = difference(1 - swapped, swapped)
    as_far = int((np.abs(by_chance) >= abs(value) - 1e-12).sum())
    return {
        "a": name_a,
        "b": name_b,
        "n": len(clips),
        "difference": {"value": value, "low": interval[0], "high": interval[1]},
        "p": (1 + as_far) / (1 + len(by_chance)),
    }


def all_pairs(
    rows: Mapping[str, BySeed], scored: Sequence[Scored], labels: Sequence[str], seed: int = 0
) -> list[dict[str, Any]]:
    """The comparison of every two rows that have clips in common, in the order of the rows."""
    found = [paired_difference(rows, pair, scored, labels, seed) for pair in combinations(rows, 2)]
    return [pair for pair in found if pair is not None]


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for being looked at together (Holm, Scandinavian Journal of Statistics 6, 1979), in
    their order: below 0.05, an adjusted one keeps the chance of any false finding below 5 %.
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def _swaps(subject_ids: npt.NDArray[np.int64], seed: int) -> Vector:
    """(RESAMPLES, n) of 0 and 1, the same for all clips of a subject; 1 swaps the two rows."""
    subjects, of_clip = np.unique(subject_ids, return_inverse=True)
    drawn = np.random.default_rng(seed + 1).integers(0, 2, size=(RESAMPLES, len(subjects)))
    return np.asarray(drawn[:, of_clip], dtype=np.float64)
