"""DD-Net as a peer: the network of `training.models.ddnet`, fitted as its authors do.

Adam at 0.001, 600 steps; the learning rate is halved along the way to 5e-6, where the authors halve it whenever the
training loss stalls. They take all clips in each step (433 of JHMDB); here a step takes 128 at most, so that 1,600
clips are learned in minutes and not in hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import FACE
from core.progress import Progress
from training.models.ddnet import FRAMES, DdNet
from training.peers.constant import Constant
from training.peers.interface import FittedPeer, LabeledClips, Scores, spread_out
from training.peers.network_fit import Schedule, fit_network, logits_of, not_learned
from training.peers.placement import joints_there, placed, resampled

_RATE, _LEAST_RATE = 1e-3, 5e-6
_LARGEST = 1e3  # spreads: a place that is farther away is a fault of its detector
_MOST_PAIRED = 67  # body and hands; with the face there would be 9,316 distances


@dataclass(frozen=True)
class DdNetPeer:
    """DD-Net with `filters` 64, 32 or 16."""

    filters: int = 64
    steps: int = 600
    batch: int = 128
    name: str = "DD-Net"
    seeded: bool = True

    def fit(self, training: LabeledClips, *, seed: int, progress: Progress) -> FittedPeer:
        """Learns for all steps; the last weights count."""
        taught = training.taught
        if len(taught) < 2:
            return Constant.of_the_only_label(training)
        joints = joints_there(training.tracks)
        given = places_of(training.tracks, joints)
        torch.manual_seed(seed)
        model = DdNet(len(joints), len(taught), self.filters, _paired(joints))
        optimizer = torch.optim.Adam(model.parameters(), _RATE)
        schedule = Schedule(self.steps, self.batch, _halving)
        random = np.random.default_rng(seed)

        def inputs(places: Sequence[int]) -> tuple[Tensor, ...]:
            return (given[torch.as_tensor(list(places))],)

        fit_network(model, optimizer, training, inputs, schedule, random=random, progress=progress)
        seen = np.array([track.present.any() for track in training.tracks])
        remark = not_learned(logits_of(model, inputs, len(given)), training, seen)
        count = sum(one.numel() for one in model.parameters())
        return _Fitted(model, joints, taught, len(training.classes), count, remark)


@dataclass(frozen=True)
class _Fitted:
    model: DdNet
    joints: npt.NDArray[np.intp]
    taught: npt.NDArray[np.intp]
    classes: int
    parameters: int
    remark: str

    def scores(self, tracks: Sequence[KeypointTrack]) -> Scores:
        """Logits."""
        if not tracks:
            return np.zeros((0, self.classes))
        given = places_of(tracks, self.joints)
        found = logits_of(self.model, lambda places: (given[torch.as_tensor(list(places))],), len(given))
        return spread_out(found, self.taught, self.classes)


def places_of(tracks: Sequence[KeypointTrack], joints: npt.NDArray[np.intp]) -> Tensor:
    """(N, 32, J, 2) the clips in spreads."""
    each = [np.clip(resampled(placed(track, joints), FRAMES), -_LARGEST, _LARGEST) for track in tracks]
    return torch.from_numpy(np.stack(each))


def _paired(joints: npt.NDArray[np.intp]) -> tuple[int, ...]:
    """Places in `joints` of those whose distances are read."""
    if len(joints) <= _MOST_PAIRED:
        return tuple(range(len(joints)))
    return tuple(np.flatnonzero((joints < FACE.start) | (joints >= FACE.stop)).tolist())


def _halving(done: float) -> float:
    """From 0.001 by halves to 5e-6, as the authors' training ends."""
    halvings = int(done * (1 + np.log2(_RATE / _LEAST_RATE)))
    return float(max(_LEAST_RATE, _RATE * 0.5**halvings))
