"""The linear row of a results table: what moments and band energies of the key points tell, without a network.

A network that is not ahead of this row is not worth its time.
"""

from collections.abc import Sequence

import numpy as np

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT
from core.types.runs import CuratedRow
from training.data.dataset import ClipSource
from training.data.pose_input import PoseInput
from training.evaluation.baselines import logistic_regression
from training.evaluation.intervals import Vector
from training.evaluation.predictions import Predictions
from training.peers.linear import clip_features, readings_of

_REGULARIZATIONS = (0.001, 0.01, 0.1, 1.0)  # C of scikit-learn, the strongest first
_JOINTS = np.arange(JOINT_COUNT)


def key_point_summary(track: KeypointTrack, pose: PoseInput) -> Vector:
    """What the row reads of a clip: the `summary` that `open_clips` makes while it has the key points at hand.

    A joint that no clip shows has the same features everywhere, which tell nothing.
    """
    return clip_features(track, pose, _JOINTS)


def linear_on_key_points(
    training: Sequence[CuratedRow], held_out: Sequence[int], labels: Sequence[str], source: ClipSource
) -> Predictions:
    """L2-regularized logistic regression on the summaries of `source`; classes balanced, rows weighted, what is read and the
    regularization chosen on people held out of the training rows. Clips without key points are neither learned nor predicted.
    """
    from threadpoolctl import threadpool_limits

    learned = [row for row in training if row.clip_id in source.summaries]
    asked = [clip_id for clip_id in held_out if clip_id in source.summaries]
    if not learned:
        return {}
    with threadpool_limits(1):  # matrices so small that a second thread costs more than it does
        return logistic_regression(
            learned, asked, labels, source.summaries.__getitem__, _REGULARIZATIONS, readings=readings_of(_JOINTS)
        )
