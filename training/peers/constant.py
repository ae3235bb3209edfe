"""Majority: what is right without looking at a clip."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import KeypointTrack
from core.progress import Progress
from training.peers.interface import FittedPeer, LabeledClips, Scores


@dataclass(frozen=True)
class Majority:
    """Always the most frequent label of the training clips, the first of several."""

    name: str = "majority"
    seeded: bool = False

    def fit(self, training: LabeledClips, *, seed: int, progress: Progress) -> FittedPeer:  # noqa: ARG002
        """Counts the labels."""
        return Constant(np.bincount(training.labels, minlength=len(training.classes)) / len(training.labels))


@dataclass(frozen=True)
class Constant:
    """The same scores for every clip."""

    shares: npt.NDArray[np.float64]
    parameters: int = 0
    remark: str = ""

    @classmethod
    def of_the_only_label(cls, training: LabeledClips) -> "Constant":
        """What there is to learn where all training clips have one label."""
        return cls(np.eye(len(training.classes))[training.labels[0]])

    def scores(self, tracks: Sequence[KeypointTrack]) -> Scores:
        """The shares of the training labels."""
        return np.tile(self.shares, (len(tracks), 1))
