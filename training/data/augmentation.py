"""Augmentation of training windows that keeps the label: mirroring, speed, missing points, jitter.

Each change occurs in real key points: people are recorded from either side and move at their own pace; OpenPose
misses joints and whole hands, and points of low confidence jitter more.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from core.pose.skeleton import BODY, FACE, JOINT_COUNT, LEFT_HAND, RIGHT_HAND
from core.settings.training import TrainingSettings
from training.data.batch import Example
from training.data.pose_input import mirrored

_MIRROR_SHARE = 0.5
_PARTS = (BODY, FACE, LEFT_HAND, RIGHT_HAND)
_CONFIDENCE = 2
_OFFSETS = slice(3, None)


@dataclass(frozen=True, slots=True)
class Augmentation:
    """The strength of each change, in the units of `TrainingSettings`; 0 turns a change off."""

    mirror_share: float = 0.0
    speed_change: float = 0.0
    joint_dropout: float = 0.0
    stream_dropout: float = 0.0
    jitter: float = 0.0

    @classmethod
    def of(cls, settings: TrainingSettings) -> "Augmentation":
        """The augmentation of the settings; half of the windows are mirrored."""
        return cls(
            _MIRROR_SHARE,
            settings.speed_change,
            settings.joint_dropout,
            settings.stream_dropout,
            settings.jitter,
        )

    def speed(self, random: torch.Generator) -> float:
        """A random factor from 1 / (1 + speed_change) to 1 + speed_change, log-uniform."""
        return float((1 + self.speed_change) ** (2 * torch.rand(1, generator=random).item() - 1))

    def __call__(self, example: Example, random: torch.Generator, *, frames: int) -> Example:
        """The augmented window, resampled to `frames` frames; a window without key points is returned unchanged."""
        if example.pose_mask is None:
            return example
        channels, mask = example.values["pose"], example.pose_mask
        speed = len(channels) / frames if len(channels) else 1.0
        if len(channels) not in (0, frames):
            kept = np.arange(frames) * len(channels) // frames
            channels, mask = channels[kept], mask[kept]
        if torch.rand(1, generator=random).item() < self.mirror_share:
            channels, mask = mirrored(channels, mask)
        points, there = torch.from_numpy(channels).float(), torch.from_numpy(mask)
        points[..., _OFFSETS] *= speed
        lost = self._lost(random)
        if bool((there & ~lost).any()):
            there = there & ~lost
            points[:, lost] = 0
        if self.jitter:
            jitter_(points, there, self.jitter, random)
        values = {**example.values, "pose": points.half().numpy()}
        return replace(example, values=values, pose_mask=there.numpy())

    def _lost(self, random: torch.Generator) -> Tensor:
        """(137,) joints, single ones and whole parts, that are removed from the whole window."""
        lost = torch.rand(JOINT_COUNT, generator=random) < self.joint_dropout
        parts = torch.rand(len(_PARTS), generator=random) < self.stream_dropout
        for part, all_of_it in zip(_PARTS, parts.tolist(), strict=True):
            lost[part] |= all_of_it
        return lost


def jitter_(points: Tensor, there: Tensor, jitter: float, random: torch.Generator) -> None:
    """Adds noise of `jitter` body scales times (1 - confidence) to points (T, 137, 5) in place, and to their
    offsets.
    """
    unsure = (1 - points[..., _CONFIDENCE]).clamp_(0, 1) * there * jitter
    noise = torch.randn(*there.shape, 2, generator=random) * unsure.unsqueeze(-1)
    points[..., :_CONFIDENCE] += noise
    both = there[1:] & there[:-1]
    points[1:, :, _OFFSETS] += (noise[1:] - noise[:-1]) * both.unsqueeze(-1)
