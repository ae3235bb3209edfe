"""Changes to a training window that leave its label true: mirrored, faster or slower, with points lost and unsure.

They are what happens to real key points: people are filmed from either side, move at their own pace, OpenPose loses joints
and whole hands, and the less it is sure of a point the more the point jitters. The measured cues beside the points stay.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from core.settings import TrainingSettings
from core.skeleton import BODY, FACE, JOINT_COUNT, LEFT_HAND, RIGHT_HAND
from training.batch import Example
from training.pose_input import mirrored

_MIRROR_SHARE = 0.5
_PARTS = (BODY, FACE, LEFT_HAND, RIGHT_HAND)
_CONFIDENCE = 2

Channels = npt.NDArray[np.float16]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a window is changed; see `TrainingSettings` for the units. With zeros everywhere nothing is changed."""

    mirror_share: float = 0.0
    speed_change: float = 0.0
    joint_dropout: float = 0.0
    stream_dropout: float = 0.0
    jitter: float = 0.0

    @classmethod
    def of(cls, settings: TrainingSettings) -> "Augmentation":
        """As the settings say; half of the windows are mirrored."""
        return cls(
            _MIRROR_SHARE,
            settings.speed_change,
            settings.joint_dropout,
            settings.stream_dropout,
            settings.jitter,
        )

    def speed(self, random: torch.Generator) -> float:
        """Between 1 / (1 + speed_change) and 1 + speed_change, slower as likely as faster."""
        return float((1 + self.speed_change) ** (2 * torch.rand(1, generator=random).item() - 1))

    def __call__(self, example: Example, random: torch.Generator, *, frames: int) -> Example:
        """The window in `frames` frames, however many it was filmed in; one without key points comes back as it is."""
        if example.pose_mask is None:
            return example
        channels, mask, cues = example.values["pose"], example.pose_mask, example.cues
        if len(channels) != frames and len(channels):
            kept = np.arange(frames) * len(channels) // frames
            channels, mask = at_speed(channels[kept], len(channels) / frames), mask[kept]
            cues = None if cues is None else cues[kept]
        if torch.rand(1, generator=random).item() < self.mirror_share:
            channels, mask = mirrored(channels, mask)
        if self.joint_dropout or self.stream_dropout:
            channels, mask = self._with_losses(channels, mask, random)
        if self.jitter:
            channels = jittered(channels, mask, self.jitter, random)
        return replace(example, values={**example.values, "pose": channels}, pose_mask=mask, cues=cues)

    def _with_losses(self, channels: Channels, mask: Mask, random: torch.Generator) -> tuple[Channels, Mask]:
        """Joints, and whole parts, that are missing for the whole window; something is always left."""
        kept = (torch.rand(JOINT_COUNT, generator=random) >= self.joint_dropout).numpy()
        parts = (torch.rand(len(_PARTS), generator=random) >= self.stream_dropout).tolist()
        for part, stays in zip(_PARTS, parts, strict=True):
            kept[part] &= stays
        if not mask[:, kept].any():
            return channels, mask
        return np.where(kept[:, None], channels, np.float16(0)), mask & kept


def at_speed(channels: Channels, speed: float) -> Channels:
    """(T, 137, 5) with the offsets of somebody who moves `speed` times as fast."""
    out = channels.copy()
    out[..., _CONFIDENCE + 1 :] *= np.float16(speed)
    return out


def jittered(channels: Channels, mask: Mask, jitter: float, random: torch.Generator) -> Channels:
    """Places moved at random by `jitter` body scales times (1 - confidence), offsets by what that makes of them."""
    noise = torch.randn(*mask.shape, 2, generator=random).numpy()
    unsure = np.clip(1 - channels[..., _CONFIDENCE].astype(np.float32), 0, 1) * jitter
    noise *= np.where(mask, unsure, 0)[..., None]
    out = channels.astype(np.float32)
    out[..., :_CONFIDENCE] += noise
    both = mask[1:] & mask[:-1]
    out[1:, :, _CONFIDENCE + 1 :] += np.where(both[..., None], np.diff(noise, axis=0), 0)
    return out.astype(np.float16)
