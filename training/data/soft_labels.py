"""Training targets of curated rows: one label, or a soft label from several raters."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.types.runs import CuratedRow

_LEAST_WEIGHT = 1e-9


def target_of(row: CuratedRow, label_index: Mapping[str, int]) -> npt.NDArray[np.float32]:
    """(classes,) the soft label of a row; sums to 1."""
    target = np.zeros(len(label_index), dtype=np.float32)
    for label, share in row.soft_labels or ((row.label, 1.0),):
        target[label_index[label]] = share
    return target


def even_log_loss(scores: npt.NDArray[np.float64], taught: npt.NDArray[np.float64]) -> float:
    """The log loss of scores (N, labels) against the weights `taught` (N, labels), which count equally in total for each
    label.
    """
    even = taught / np.maximum(taught.sum(axis=0), _LEAST_WEIGHT)
    scores = scores - scores.max(axis=1, keepdims=True)
    return float(-(even * (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))).sum())


def weighted_targets(rows: Sequence[CuratedRow], labels: Sequence[str]) -> npt.NDArray[np.float64]:
    """(N, labels) the soft labels of the rows, times the weights of the rows."""
    place = {name: index for index, name in enumerate(labels)}
    return np.stack([row.weight * target_of(row, place) for row in rows]).astype(np.float64)
