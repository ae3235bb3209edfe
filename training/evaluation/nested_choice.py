"""Chooses a setting of a baseline by its training rows alone, on subjects held out among them.

A setting that is chosen by the held-out clips whose figures are reported would make these figures too good (Varma and
Simon, BMC Bioinformatics 7, 2006). Free of torch.
"""

from collections.abc import Callable, Sequence

import numpy as np

from core.types.runs import CuratedRow
from training.data.inner_folds import Places, inner_folds
from training.evaluation.intervals import Vector

Candidates = Callable[[Places, Places], Sequence[Vector]]
"""Fits every candidate on the first rows and predicts the second: (n, labels) each, labels in alphabetical order."""

_LEAST = 1e-6


def least_surprised(rows: Sequence[CuratedRow], candidates: Candidates) -> int:
    """Which candidate has the lowest log loss on held-out subjects, rows weighted and labels balanced.

    The first one where several have or where nothing can be held out: with one subject, or where every training part
    lacks a label. So candidates go from what believes the rows least to what believes them most.
    """
    given, subjects = np.array([row.label for row in rows]), [row.subject_id for row in rows]
    labels = np.unique(given)
    weights = np.array([row.weight for row in rows]) * balancing(rows)
    losses: list[Vector] = []
    for training, held_out in inner_folds(subjects):
        if len(np.unique(given[training])) < len(labels):
            continue
        right = given[held_out, None] == labels
        predicted = np.stack([found[right] for found in candidates(training, held_out)])
        losses.append(-np.log(np.maximum(predicted, _LEAST)) @ weights[held_out])
    return int(np.sum(losses, axis=0).argmin()) if losses else 0


def balancing(rows: Sequence[CuratedRow]) -> Vector:
    """(n,) factors that make the total weight of every label the same."""
    given, weights = np.array([row.label for row in rows]), np.array([row.weight for row in rows])
    labels, of_row = np.unique(given, return_inverse=True)
    totals = np.bincount(of_row, weights)
    return np.asarray(weights.sum() / (len(labels) * totals[of_row]))
