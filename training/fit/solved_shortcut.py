"""The linear shortcut of long clips, solved at once instead of stepped.

Logistic regression on the statistics of whole clips has one best answer, which a solver finds in a second; stepped beside
a network that knows the training labels by heart, the shortcut stops learning early (one-minute clips: balanced accuracy
.72 stepped, .75 solved). Its penalty is the one with the lowest log loss on held-out people. The network learns beside
the scores that each training clip gets from other people (Wolpert, "Stacked generalization", Neural Networks 5, 1992).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.data.inner_folds import inner_folds
from training.data.soft_labels import even_log_loss

Matrix = npt.NDArray[np.float64]

_INVERSE_PENALTIES = (0.0003, 0.001, 0.003, 0.01, 0.03)
_MOMENT_SHARES = (0.1, 1.0)
_SHARES = (0.0, 0.25, 0.5, 1.0)
_MOST_ROUNDS = 500


@dataclass(frozen=True, slots=True)
class ShortcutSolution:
    """Scores = statistics @ weight.T + bias: `weight` (labels, statistics), `bias` (labels,). `by_others` (N, labels): the
    scores of each training clip by a solution from other people.
    """

    weight: Matrix
    bias: Matrix
    by_others: Matrix

    def times(self, share: float) -> "ShortcutSolution":
        """The solution with all its scores times `share`."""
        return ShortcutSolution(share * self.weight, share * self.bias, share * self.by_others)


def solved(views: Sequence[Matrix], taught: Matrix, subjects: Sequence[int], moments: int = 0) -> ShortcutSolution:
    """The best linear scores for the standardized statistics (N, S) of training clips.

    The first `moments` of them count in full or a tenth, as held-out people tell: some 2,500 moments can drown the energies
    after them. `views`: of the clips, and of their mirror images where these teach. `taught` (N, labels): weight of each
    label of a clip; labels count equally in total. `subjects` (N,). All scores are 0 with one person or one label, and where
    all clips are alike.
    """
    statistics, clips = np.concatenate(views), len(taught)
    if not statistics.any() or len(set(subjects)) < 2 or (taught.sum(axis=0) > 0).sum() < 2:
        labels = taught.shape[1]
        return ShortcutSolution(np.zeros((labels, statistics.shape[1])), np.zeros(labels), np.zeros(taught.shape))
    taught, subjects = np.tile(taught, (len(views), 1)), [*subjects] * len(views)
    found = []
    for share in _MOMENT_SHARES if moments else (1.0,):
        counted = np.concatenate([np.full(moments, share), np.ones(statistics.shape[1] - moments)])
        reduced, basis = _reduced(statistics * counted)
        for penalty in _INVERSE_PENALTIES:
            by_others = _by_others(reduced, taught, subjects, penalty)
            found.append((even_log_loss(by_others, taught), by_others, penalty, (reduced, basis * counted)))
    _, by_others, penalty, (reduced, basis) = min(found, key=lambda one: one[0])
    weight, bias = _fitted(reduced, taught, penalty)
    return ShortcutSolution(weight @ basis, bias, by_others[:clips])


def share_beside(scores: Matrix, others: Matrix, taught: Matrix) -> float:
    """How much of `scores` (N, labels) to add to other scores (N, labels) of the same clips: the share, 0 to 1, with the
    lowest log loss. Both know nothing of a clip's own person.
    """
    return min(_SHARES, key=lambda share: even_log_loss(others + share * scores, taught))


def _reduced(statistics: Matrix) -> tuple[Matrix, Matrix]:
    """The rows in an orthonormal basis (rank, S) of their span: the same problem with as many unknowns as clips."""
    left, sizes, basis = np.linalg.svd(statistics, full_matrices=False)
    kept = sizes > 1e-9 * max(float(sizes.max(initial=0.0)), 1e-9)
    return left[:, kept] * sizes[kept], basis[kept]


def _by_others(rows: Matrix, taught: Matrix, subjects: Sequence[int], inverse_penalty: float) -> Matrix:
    scores = np.zeros(taught.shape)
    for training, held_out in inner_folds(subjects):
        weight, bias = _fitted(rows[training], taught[training], inverse_penalty)
        scores[held_out] = rows[held_out] @ weight.T + bias
    return scores


def _fitted(rows: Matrix, taught: Matrix, inverse_penalty: float) -> tuple[Matrix, Matrix]:
    """(labels, rank) and (labels,); a label that no row has scores 0."""
    from sklearn.linear_model import LogisticRegression

    clip, label = np.nonzero(taught)
    present = np.unique(label)
    weight, bias = np.zeros((taught.shape[1], rows.shape[1])), np.zeros(taught.shape[1])
    if len(present) < 2:
        return weight, bias
    even = taught / np.maximum(taught.sum(axis=0), 1e-9) * len(rows) / len(present)
    model = LogisticRegression(C=inverse_penalty, max_iter=_MOST_ROUNDS)
    model.fit(rows[clip], label, sample_weight=even[clip, label])
    if len(present) == 2:
        weight[present] = np.concatenate([-model.coef_, model.coef_]) / 2
        bias[present] = np.concatenate([-model.intercept_, model.intercept_]) / 2
    else:
        weight[present], bias[present] = model.coef_, model.intercept_
    return weight, bias
