"""Whether mirror images of the training clips teach a model, chosen on training people alone.

Where left and right mean something (a strike with the left hand), mirroring half of the clips costs a tenth and more of
accuracy; where they do not (an exercise done well or badly), it gains as much. A linear model tells the two apart in a
second: ridge regression on the clips' statistics, once on the clips and once on their mirror images beside them, is tested
on the clips of inner folds of people.
"""

import numpy as np
import numpy.typing as npt

from training.data.inner_folds import inner_folds

Matrix = npt.NDArray[np.float64]

_PENALTY = 300.0
_CLAMP = 5.0
_MOST_CLIPS = 1_000  # more make the choice no surer and the solution slow


def mirror_helps(
    statistics: Matrix, mirrored: Matrix, labels: npt.NDArray[np.intp], subjects: npt.NDArray[np.intp]
) -> bool:
    """Whether the mirror images raise the balanced accuracy on held-out people.

    `statistics` and `mirrored` (N, statistics) of the clips and of their mirror images; `labels` and `subjects` (N,).
    False with a single person or label.
    """
    from sklearn.metrics import balanced_accuracy_score

    people = len(set(subjects.tolist()))
    if people < 2 or len(set(labels.tolist())) < 2:
        return False
    kept = np.random.default_rng(0).permutation(len(labels))[:_MOST_CLIPS]
    statistics, mirrored, labels, subjects = statistics[kept], mirrored[kept], labels[kept], subjects[kept]
    without, beside = np.zeros(len(labels), dtype=np.intp), np.zeros(len(labels), dtype=np.intp)
    for training, tested in inner_folds(subjects.tolist()):
        rows, taught = statistics[training], labels[training]
        without[tested] = _ridge(rows, taught, statistics[tested])
        both = np.concatenate([rows, mirrored[training]])
        beside[tested] = _ridge(both, np.concatenate([taught, taught]), statistics[tested])
    return bool(balanced_accuracy_score(labels, beside) > balanced_accuracy_score(labels, without))


def _ridge(rows: Matrix, labels: npt.NDArray[np.intp], asked: Matrix) -> npt.NDArray[np.intp]:
    """The label of each asked clip by ridge regression on centered indicators of the labels, in its dual form."""
    mean, deviation = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-4)
    scaled, wanted = (np.clip((one - mean) / deviation, -_CLAMP, _CLAMP) for one in (rows, asked))
    classes, place = np.unique(labels, return_inverse=True)
    targets = np.eye(len(classes))[place]
    targets = targets - targets.mean(axis=0)
    weights = np.linalg.solve(scaled @ scaled.T + _PENALTY * np.eye(len(rows)), targets)
    found: npt.NDArray[np.intp] = classes[(wanted @ (scaled.T @ weights)).argmax(axis=1)]
    return found
