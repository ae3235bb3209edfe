"""MiniRocket (Dempster, Schmidt, Webb, KDD 2021, arXiv 2012.08791) with a ridge classifier, as its authors use it.

10,000 convolutional features of the share of positive values, standardized, under a ridge whose strength the
generalized cross-validation on the training clips chooses among ten from 0.001 to 1,000. Its channels are x and y of
the joints in the clip and relative to the neck, wrist or nose bridge, clips resampled to one length; fingers and face
are brought to the size of a body.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import BODY, FACE, LEFT_HAND, RIGHT_HAND
from core.progress import Progress
from training.peers.constant import Constant
from training.peers.interface import FittedPeer, LabeledClips, Scores, spread_out
from training.peers.placement import joints_there, placed, resampled, rooted

FRAMES = 64
_KERNELS = 10_000
_STRENGTHS = np.logspace(-3, 3, 10)
_LARGEST = 1e4  # spreads: a place that is farther away is a fault of its detector


@dataclass(frozen=True)
class MiniRocket:
    """MiniRocket and ridge."""

    name: str = "MiniRocket + ridge"
    seeded: bool = True

    def fit(self, training: LabeledClips, *, seed: int, progress: Progress) -> FittedPeer:
        """Transforms the clips and fits the ridge."""
        from sklearn.linear_model import RidgeClassifierCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        taught = training.taught
        if len(taught) < 2:
            return Constant.of_the_only_label(training)
        joints = joints_there(training.tracks)
        series = series_of(training.tracks, joints)
        scale = _scale(series, joints)
        progress.report(0.2, "kernels")
        progress.raise_if_cancelled()
        kernels = _transform(seed)
        kernels.fit(series / scale)
        features = kernels.transform(series / scale)
        progress.report(0.5, "ridge")
        progress.raise_if_cancelled()
        # A kernel whose share never differs has no spread to divide by.
        ridge = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=_STRENGTHS, class_weight="balanced"))
        ridge.fit(features, training.labels)
        last = ridge.named_steps["ridgeclassifiercv"]
        return _Fitted(
            kernels,
            scale,
            ridge,
            joints,
            taught,
            len(training.classes),
            int(last.coef_.size + np.size(last.intercept_)),
        )


@dataclass(frozen=True)
class _Fitted:
    kernels: Any
    scale: npt.NDArray[np.float32]
    ridge: Any
    joints: npt.NDArray[np.intp]
    taught: npt.NDArray[np.intp]
    classes: int
    parameters: int
    remark: str = ""

    def scores(self, tracks: Sequence[KeypointTrack]) -> Scores:
        """The ridge's decision values."""
        if not tracks:
            return np.zeros((0, self.classes))
        found = self.ridge.decision_function(self.kernels.transform(series_of(tracks, self.joints) / self.scale))
        if found.ndim == 1:
            found = np.stack([-found, found], axis=1)
        return spread_out(found, self.taught, self.classes)


def series_of(tracks: Sequence[KeypointTrack], joints: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """(N, C, 64) the clips as series of one length: x and y of all joints from their root, then of the body in the clip."""
    body = joints < BODY.stop
    out = np.empty((len(tracks), 2 * (len(joints) + body.sum()), FRAMES), dtype=np.float32)
    for place, track in enumerate(tracks):
        frames = placed(track, joints)
        places = resampled(np.concatenate([rooted(frames, joints), frames[:, body]], axis=1), FRAMES)
        out[place] = np.clip(places, -_LARGEST, _LARGEST).reshape(FRAMES, -1).T
    return out


def _scale(series: npt.NDArray[np.float32], joints: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """(1, C, 1) the deviation of the small parts, each as a whole, from their roots; 1 for the body."""
    out = np.ones((1, series.shape[1], 1), dtype=np.float32)
    for part in (FACE, LEFT_HAND, RIGHT_HAND):
        channels = np.flatnonzero(np.repeat((joints >= part.start) & (joints < part.stop), 2))
        if len(channels) and (spread := float(series[:, channels].std())) > 0:
            out[0, channels] = spread
    return out


def _transform(seed: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # aeon warns of what it will rename
        from aeon.transformations.collection.convolution_based import MiniRocket as Kernels
    return Kernels(n_kernels=_KERNELS, random_state=seed, n_jobs=1)
