"""The linear row of a results table: what means and deviations of the key points tell, without a network.

A network that is not ahead of this row is not worth its time.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from core.errors import InputError, TrainingError
from core.feature_store import FeatureStore
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT
from core.progress import Progress
from core.types.features import FeatureKind
from core.types.runs import CuratedRow
from training.evaluation.baselines import logistic_regression
from training.evaluation.intervals import Vector
from training.evaluation.predictions import Predictions
from training.peers.linear import clip_statistics

_REGULARIZATIONS = (0.001, 0.01, 0.1, 1.0)  # C of scikit-learn, the strongest first
_JOINTS = np.arange(JOINT_COUNT)


class KeyPointStatistics:
    """`training.peers.linear.clip_statistics` of the clips that have key points, each made when it is first asked for.

    A joint that no clip shows has the same statistics everywhere, which tell nothing.
    """

    def __init__(self, store: FeatureStore, kinds: Mapping[int, frozenset[str]], progress: Progress) -> None:
        self._store, self._kinds, self._progress = store, kinds, progress
        self._found: dict[int, Vector] = {}

    def has(self, clip_id: int) -> bool:
        """Whether the clip has key points."""
        return "pose" in self._kinds.get(clip_id, ())

    def of(self, clip_id: int) -> Vector:
        """Raises TrainingError where the key points cannot be read, JobCancelledError where the work was cancelled."""
        if clip_id not in self._found:
            self._progress.raise_if_cancelled()
            with self._store.open(clip_id, FeatureKind.KEYPOINTS) as file:
                try:
                    track = KeypointTrack(file.read("points", 3), file.read("time_s", 1))
                except InputError as error:
                    raise TrainingError(f"The key points of clip {clip_id} cannot be read: {error}") from error
            self._found[clip_id] = clip_statistics(track, _JOINTS)
        return self._found[clip_id]


def linear_on_key_points(
    training: Sequence[CuratedRow], held_out: Sequence[int], labels: Sequence[str], statistics: KeyPointStatistics
) -> Predictions:
    """L2-regularized logistic regression on `statistics`; classes balanced, rows weighted, the regularization chosen on
    people held out of the training rows. Clips without key points are neither learned nor predicted.
    """
    from threadpoolctl import threadpool_limits

    learned = [row for row in training if statistics.has(row.clip_id)]
    asked = [clip_id for clip_id in held_out if statistics.has(clip_id)]
    if not learned:
        return {}
    with threadpool_limits(1):  # matrices so small that a second thread costs more than it does
        return logistic_regression(learned, asked, labels, statistics.of, _REGULARIZATIONS)
