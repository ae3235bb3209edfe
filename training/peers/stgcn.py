"""ST-GCN as a peer: the network of the paper at its full width, on the points that a set has or on all 137.

As its authors train it on key points of films: stochastic gradient descent with Nesterov's momentum 0.9 and decay
0.0001, the learning rate divided by ten twice, random windows of at most 150 frames, randomly turned (10 degrees),
scaled (a tenth) and shifted (a fifth of the body). A step takes 16 clips instead of 64 at a quarter of their learning
rate (0.1). Clips keep their frames; longer ones are predicted by their middle 150.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT
from core.progress import Progress
from training.models.stgcn import StGcnClassifier
from training.peers.constant import Constant
from training.peers.interface import FittedPeer, LabeledClips, Scores, spread_out
from training.peers.network_fit import Schedule, fit_network, logits_of, not_learned
from training.peers.placement import joints_there, placed

_WINDOW = 150
_RATE = 0.025
_FALLS = (0.6, 0.85)
_LARGEST = 1e3  # spreads: a place that is farther away is a fault of its detector
_LEAST_FRAMES = 4  # one frame after both strides

Frames = npt.NDArray[np.float32]


@dataclass(frozen=True)
class StGcnPeer:
    """ST-GCN; `all_points`: on the graph of 137 points, whatever the set has."""

    channels: int = 64
    steps: int = 1_500
    batch: int = 16
    all_points: bool = False
    name: str = "ST-GCN"
    seeded: bool = True

    def fit(self, training: LabeledClips, *, seed: int, progress: Progress) -> FittedPeer:
        """Learns for all steps; the last weights count."""
        taught = training.taught
        if len(taught) < 2:
            return Constant.of_the_only_label(training)
        joints = np.arange(JOINT_COUNT) if self.all_points else joints_there(training.tracks)
        clips = [frames_of(track, joints) for track in training.tracks]
        torch.manual_seed(seed)
        model = StGcnClassifier(joints.tolist(), len(taught), self.channels)
        optimizer = torch.optim.SGD(model.parameters(), _RATE, momentum=0.9, nesterov=True, weight_decay=1e-4)
        schedule = Schedule(self.steps, self.batch, _falling)
        random = np.random.default_rng(seed)

        def changed(places: Sequence[int]) -> tuple[Tensor, ...]:
            return padded([_moved(_window(clips[place], random), random) for place in places])

        fit_network(model, optimizer, training, changed, schedule, random=random, progress=progress)
        seen = np.array([track.present.any() for track in training.tracks])
        remark = not_learned(logits_of(model, _Whole(clips), len(clips)), training, seen)
        return _Fitted(model, joints, taught, len(training.classes), sum(p.numel() for p in model.parameters()), remark)


@dataclass(frozen=True)
class _Fitted:
    model: StGcnClassifier
    joints: npt.NDArray[np.intp]
    taught: npt.NDArray[np.intp]
    classes: int
    parameters: int
    remark: str

    def scores(self, tracks: Sequence[KeypointTrack]) -> Scores:
        """Logits."""
        if not tracks:
            return np.zeros((0, self.classes))
        clips = [frames_of(track, self.joints) for track in tracks]
        return spread_out(logits_of(self.model, _Whole(clips), len(clips)), self.taught, self.classes)


def frames_of(track: KeypointTrack, joints: npt.NDArray[np.intp]) -> Frames:
    """(T, J, 3) x and y in spreads and confidence; zeros where a point is missing, as in the authors' files."""
    if not len(track.points):
        return np.zeros((_LEAST_FRAMES, len(joints), 3), dtype=np.float32)
    there = track.present[:, joints, None]
    places = np.clip(placed(track, joints), -_LARGEST, _LARGEST) * there
    confidence = np.clip(track.points[:, joints, 2:], 0, 1)
    return np.concatenate([places, confidence], axis=2)


def padded(clips: Sequence[Frames]) -> tuple[Tensor, Tensor]:
    """(B, T, J, 3) and (B, T), false after the end of a clip."""
    longest = max(_LEAST_FRAMES, *(len(clip) for clip in clips))
    points = torch.zeros(len(clips), longest, *clips[0].shape[1:])
    inside = torch.zeros(len(clips), longest, dtype=torch.bool)
    for place, clip in enumerate(clips):
        points[place, : len(clip)] = torch.from_numpy(clip)
        inside[place, : len(clip)] = True
    return points, inside


class _Whole:
    def __init__(self, clips: Sequence[Frames]) -> None:
        self._clips = clips

    def __call__(self, places: Sequence[int]) -> tuple[Tensor, ...]:
        middles = []
        for place in places:
            clip = self._clips[place]
            start = max(0, (len(clip) - _WINDOW) // 2)
            middles.append(clip[start : start + _WINDOW])
        return padded(middles)


def _window(clip: Frames, random: np.random.Generator) -> Frames:
    start = int(random.integers(0, max(1, len(clip) - _WINDOW + 1)))
    return clip[start : start + _WINDOW]


def _moved(clip: Frames, random: np.random.Generator) -> Frames:
    """The clip turned, scaled and shifted as a whole; what is missing stays zero."""
    angle = np.deg2rad(random.uniform(-10, 10))
    turn = random.uniform(0.9, 1.1) * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    out = clip.copy()
    moved = clip[..., :2] @ turn.T.astype(np.float32) + random.uniform(-0.2, 0.2, 2).astype(np.float32)
    out[..., :2] = np.where(clip[..., 2:] > 0, moved, 0)
    return out


def _falling(done: float) -> float:
    return float(_RATE * 0.1 ** sum(done >= fall for fall in _FALLS))
