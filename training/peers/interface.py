"""What a peer is: it is fitted on labeled clips of key points and scores others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import KeypointTrack
from core.progress import Progress

Scores = npt.NDArray[np.float64]
"""(N, classes) the higher, the likelier; minus infinity for a label that no training clip had."""


@dataclass(frozen=True)
class LabeledClips:
    """Clips with their labels and people.

    `labels` (N,) places in `classes`; `subjects` (N,) who is seen. Some of `classes` may have no clip here.
    """

    tracks: Sequence[KeypointTrack]
    labels: npt.NDArray[np.intp]
    subjects: npt.NDArray[np.intp]
    classes: Sequence[str]

    def part(self, places: npt.NDArray[np.intp]) -> "LabeledClips":
        """The clips at these places."""
        return LabeledClips(
            [self.tracks[place] for place in places], self.labels[places], self.subjects[places], self.classes
        )

    @property
    def taught(self) -> npt.NDArray[np.intp]:
        """The labels that occur, ascending."""
        return np.unique(self.labels)


class FittedPeer(Protocol):
    """A fitted model. `parameters` are the numbers that it learned. `remark` is "" or says why its scores mean little."""

    @property
    def parameters(self) -> int:
        """How many."""

    @property
    def remark(self) -> str:
        """A clause."""

    def scores(self, tracks: Sequence[KeypointTrack]) -> Scores:
        """(N, classes) for clips that may be empty or of any length."""


class Peer(Protocol):
    """A kind of model. `seeded`: whether another seed gives another model."""

    @property
    def name(self) -> str:
        """As in a table."""

    @property
    def seeded(self) -> bool:
        """Whether chance is in it."""

    def fit(self, training: LabeledClips, *, seed: int, progress: Progress) -> FittedPeer:
        """Learns from these clips alone; what it tunes, it tunes on people held out among them."""


def spread_out(scores: Scores, taught: npt.NDArray[np.intp], classes: int) -> Scores:
    """(N, len(taught)) to (N, classes)."""
    out = np.full((len(scores), classes), -np.inf)
    out[:, taught] = scores
    return out
