"""Augmentation of a batch of key points that keeps the label: another camera, missing points, noise, a mirror.

Each change occurs in real key points: cameras stand higher or lean, OpenPose misses joints and whole hands, points of low
confidence jitter more. What is stored of a point is a difference of places (training.data.pose_input), so that a linear
map of the picture acts on each alike. All changes are made in tensors, for a whole batch at once.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core.pose.skeleton import BODY, FACE, JOINT_COUNT, LEFT_HAND, MIRROR, RIGHT_HAND
from core.settings.training import TrainingSettings
from training.data.batch import Batch

_PARTS = (BODY, FACE, LEFT_HAND, RIGHT_HAND)
_PLACE = 2  # x and y are the first channels
_CONFIDENCE = 2


@dataclass(frozen=True, slots=True)
class Augmentation:
    """The strength of each change, in the units of `TrainingSettings`; 0 turns a change off."""

    mirror_share: float = 0.0
    rotation_deg: float = 0.0
    scale_change: float = 0.0
    shear: float = 0.0
    joint_dropout: float = 0.0
    stream_dropout: float = 0.0
    jitter: float = 0.0

    @classmethod
    def of(cls, settings: TrainingSettings, *, mirror: bool) -> "Augmentation":
        """The augmentation of the settings; with `mirror`, half of the clips are mirrored."""
        return cls(
            0.5 if mirror else 0.0,
            settings.rotation_deg,
            settings.scale_change,
            settings.shear,
            settings.joint_dropout,
            settings.stream_dropout,
            settings.jitter,
        )

    def __call__(self, batch: Batch, random: torch.Generator) -> Batch:
        """The augmented batch; one without key points is returned unchanged."""
        given = batch.inputs.get("pose")
        if given is None or given.values is None or given.mask is None:
            return batch
        points, mask = given.values, given.mask
        if self.mirror_share:
            points, mask = _some_mirrored(points, mask, self.mirror_share, random)
        seen = mask.flatten(0, 1).any(dim=0).nonzero()[:, 0]
        if len(seen) == JOINT_COUNT:
            values, there = self._changed(points, mask, seen, random)
        else:  # the others are missing in the whole batch
            changed, kept = self._changed(points.index_select(2, seen), mask.index_select(2, seen), seen, random)
            values = torch.zeros_like(points).index_copy_(2, seen, changed)
            there = torch.zeros_like(mask).index_copy_(2, seen, kept)
        return replace(batch, inputs={**batch.inputs, "pose": replace(given, values=values, mask=there)})

    def _changed(self, points: Tensor, mask: Tensor, joints: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Points (B, T, J, 3) and mask (B, T, J) of these joints (J,), as another camera and detector see them."""
        changed = points.clone()
        if self.rotation_deg or self.scale_change or self.shear:
            maps = self._maps(len(points), random).to(points)[..., None, None]
            for axis in range(_PLACE):
                torch.mul(points[..., 0], maps[:, 0, axis], out=changed[..., axis])
                changed[..., axis].addcmul_(points[..., 1], maps[:, 1, axis])
        mask = _without(mask, self._lost(len(points), random)[:, joints.cpu()].to(mask.device))
        if self.jitter:
            noise = torch.randn((*mask.shape, _PLACE), generator=random).to(points)
            strength = (2 - points[..., _CONFIDENCE].clamp(0, 1)).mul_(self.jitter)
            changed[..., :_PLACE].addcmul_(noise, strength.unsqueeze(-1))
        return changed.masked_fill_(~mask.unsqueeze(-1), 0), mask

    def _maps(self, clips: int, random: torch.Generator) -> Tensor:
        """(B, 2, 2) maps of the picture, to be multiplied from the right: rotation, scale per axis, shear."""
        angle = math.radians(self.rotation_deg) * _spread(clips, random)
        turn = torch.stack([angle.cos(), angle.sin(), -angle.sin(), angle.cos()], -1).view(clips, 2, 2)
        stretched = torch.diag_embed(
            1 + self.scale_change * torch.stack([_spread(clips, random) for _ in range(2)], -1)
        )
        stretched[:, 0, 1] = self.shear * _spread(clips, random)
        stretched[:, 1, 0] = self.shear * _spread(clips, random)
        return turn @ stretched

    def _lost(self, clips: int, random: torch.Generator) -> Tensor:
        """(B, 137) joints, single ones and whole parts, that are removed from the whole clip."""
        lost = torch.rand(clips, JOINT_COUNT, generator=random) < self.joint_dropout
        parts = torch.rand(clips, len(_PARTS), generator=random) < self.stream_dropout
        for number, part in enumerate(_PARTS):
            lost[:, part] |= parts[:, number, None]
        return lost


def mirrored(points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Left and right joints swapped and x negated, of (..., 137, 3) and (..., 137): the input of the mirrored video."""
    across = torch.tensor(MIRROR, device=points.device)
    turned = points.index_select(-2, across)
    turned[..., 0] *= -1
    return turned, mask.index_select(-1, across)


def mirrored_batch(batch: Batch) -> Batch:
    """The batch as a mirror shows it; one without key points is returned unchanged."""
    given = batch.inputs.get("pose")
    if given is None or given.values is None or given.mask is None:
        return batch
    points, mask = mirrored(given.values, given.mask)
    return replace(batch, inputs={**batch.inputs, "pose": replace(given, values=points, mask=mask)})


def _some_mirrored(points: Tensor, mask: Tensor, share: float, random: torch.Generator) -> tuple[Tensor, Tensor]:
    chosen = (torch.rand(len(points), generator=random) < share).to(points.device)
    if not bool(chosen.any()):
        return points, mask
    points, mask = points.clone(), mask.clone()
    points[chosen], mask[chosen] = mirrored(points[chosen], mask[chosen])
    return points, mask


def _without(mask: Tensor, lost: Tensor) -> Tensor:
    """The mask without the lost joints, but for clips that would lose all they have."""
    kept = mask & ~lost[:, None]
    something = kept.flatten(1).any(dim=1)
    return torch.where(something[:, None, None], kept, mask)


def _spread(clips: int, random: torch.Generator) -> Tensor:
    """(B,) uniform in -1..1."""
    return 2 * torch.rand(clips, generator=random) - 1
