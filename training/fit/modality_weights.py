"""How much each modality counts in the fusion, by what it tells of training people whom its model has not seen.

A network of a modality that says nothing of the label still knows the clips it has learned from by heart: on these it is
as sure as one that has learned something, and only other people show the difference. So each modality is fitted on one half
of the training people and asked about the other half, and the weights are those with which the sum of their logits predicts
best: stacking (Wolpert, "Stacked generalization", Neural Networks 5, 1992) by weights of at least 0 (Breiman, "Stacked
regressions", Machine Learning 24, 1996). They are shrunk towards 1, the plain sum: each part of it is fitted to be as sure as
it should be alone, and a hundred clips tell little more.

No weight is above 1: a model of half of the people is less sure than the one of all, so that what would make it sure enough
makes the other too sure.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from core.errors import TrainingError
from core.types.runs import CuratedRow
from training.data.splits import fold_splits, grouped_folds

HALVES = 2
_SHRINKAGE = 3.0

Matrix = npt.NDArray[np.float64]


def halves(rows: Sequence[CuratedRow]) -> list[tuple[list[CuratedRow], list[CuratedRow]]]:
    """Each half of the people with the other half, which it is asked about; none where the people cannot be halved, or a
    label is of one of them alone.
    """
    try:
        half_of = grouped_folds([row.subject_id for row in rows], [row.label for row in rows], HALVES, seed=0)
    except TrainingError:  # too few people: whoever asks for weights takes the mean
        return []
    of_clip = {row.clip_id: row for row in rows}
    return [(learned, [of_clip[clip_id] for clip_id in asked]) for learned, asked in fold_splits(rows, half_of, HALVES)]


def stacked_weights(terms: Matrix, wanted: Matrix) -> Matrix:
    """(M,) the weights, 0 to 1, of the terms (N, M, classes) of each clip's logits, 0 where a clip lacks one.

    `wanted` (N, classes): the soft labels of the clips, times the clips' weights. The logits assume that all labels are
    equally frequent, as those of a fit do.
    """
    prior = np.log(np.maximum(wanted.sum(axis=0) / wanted.sum(), 1e-6))
    clip_weights = wanted.sum(axis=1, keepdims=True)

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        logits = np.einsum("m,nmc->nc", weights, terms) + prior
        logits -= logits.max(axis=1, keepdims=True)
        log_shares = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        slope = np.einsum("nc,nmc->m", clip_weights * np.exp(log_shares) - wanted, terms)
        away = weights - 1
        return float(-(wanted * log_shares).sum() + _SHRINKAGE / 2 * away @ away), slope + _SHRINKAGE * away

    start = np.ones(terms.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, 1)] * len(start))
    return np.asarray(found.x, dtype=np.float64)
