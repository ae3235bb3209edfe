"""The scales of a model's input, by the training clips of a fit: of each feature, and of each clip's statistics.

Sums over a clip do not depend on the fit; they are taken once a run and clip.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from training.data.augmentation import mirrored as as_in_a_mirror
from training.data.dataset import ClipSource
from training.data.pose_input import PoseInput
from training.models.band_energies import band_count, band_energies
from training.models.pose_branch import MlpEncoder, PoseBranch
from training.models.standardize import Standardize

_AT_ONCE_FRAMES = 4_000
_OVERLAP_FRAMES = 8  # as many as the longest offset, so that a chunk's first offsets are those of the clip


@dataclass(frozen=True, slots=True)
class _ClipSums:
    """Of one clip: number, sum and sum of squares of the known values of each feature (3, features), float64; its frames
    that have any joint; its band energies (energies,).
    """

    moments: Tensor
    frames: int
    energies: Tensor

    def statistics(self, mean: Tensor, deviation: Tensor) -> Tensor:
        """(statistics,) as `training.models.pose_mlp.clip_statistics`, but for the limit of outliers."""
        number, total, squares = self.moments
        found = (total - number * mean) / deviation / max(self.frames, 1)
        around = (squares - 2 * mean * total + number * mean**2) / deviation**2 / max(self.frames, 1)
        return torch.cat([found, (around - found**2).clamp(min=0).sqrt(), self.energies.double()])


@dataclass(slots=True)
class FeatureScales:
    """Scales of the key-point models of one run, which read the same joints."""

    source: ClipSource
    _sums: dict[tuple[int, bool], _ClipSums] = field(default_factory=dict)

    def set_scale(self, branch: PoseBranch, clip_ids: Sequence[int]) -> None:
        """Sets the branch's scales by these clips; a feature that none of them has is read as 0 everywhere."""
        if not clip_ids:
            return
        number, total, squares = torch.stack([one.moments for one in self._of_clips(branch, clip_ids)]).sum(dim=0)
        mean = total / number.clamp(min=1)
        deviation = (squares / number.clamp(min=1) - mean**2).clamp(min=0).sqrt()
        deviation = torch.where(number > 0, deviation, torch.inf)
        for scale, part in zip(_scales(branch), _parts(branch), strict=True):
            scale.set_scale(mean[part].float(), deviation[part].float())
        if branch.shortcut is not None:
            branch.shortcut.set_scale(self.statistics(branch, clip_ids).float())

    def statistics(self, branch: PoseBranch, clip_ids: Sequence[int], *, mirrored: bool = False) -> Tensor:
        """(clips, statistics) of whole clips, or of their mirror images, by the scales that are set; float64."""
        mean = torch.cat([one.mean for one in _scales(branch)]).double()
        deviation = torch.cat([one.deviation for one in _scales(branch)]).double()
        found = self._of_clips(branch, clip_ids, mirrored=mirrored)
        return torch.stack([one.statistics(mean, deviation) for one in found])

    def _of_clips(self, branch: PoseBranch, clip_ids: Sequence[int], *, mirrored: bool = False) -> list[_ClipSums]:
        missing = [one for one in clip_ids if (one, mirrored) not in self._sums]
        if missing:
            features, energies = _parts(branch)[-1].stop, _energy_count(branch)
            # Made before the rest: small results between large intermediate ones would keep the memory from being freed.
            moments = torch.zeros(len(missing), 3, features, dtype=torch.float64)
            of_bands = torch.zeros(len(missing), energies)
            for place, clip_id in enumerate(missing):
                pose = self.source.pose(clip_id)
                self._sum_up(branch, pose, moments[place], mirrored=mirrored)
                of_bands[place] = _energies(branch, pose, mirrored=mirrored)
                frames = int(pose.mask.any(axis=1).sum())
                self._sums[clip_id, mirrored] = _ClipSums(moments[place], frames, of_bands[place])
        return [self._sums[one, mirrored] for one in clip_ids]

    def _sum_up(self, branch: PoseBranch, pose: PoseInput, moments: Tensor, *, mirrored: bool) -> None:
        """Adds to `moments` (3, features) the sums of a clip, some thousand frames at a time."""
        for start in range(0, max(1, len(pose.time_s)), _AT_ONCE_FRAMES):
            before = max(0, start - _OVERLAP_FRAMES)
            points, mask = _tensors(pose, slice(before, start + _AT_ONCE_FRAMES), mirrored=mirrored)
            given = branch.encoder.frames.raw_features(points, mask).values()
            for one, part in zip(given, _parts(branch), strict=True):
                values = one.values[0, start - before :].double()
                moments[0, part] += one.known[0, start - before :].sum(dim=0).double()[one.source]
                moments[1, part] += values.sum(dim=0)
                moments[2, part] += values.square_().sum(dim=0)


def _parts(branch: PoseBranch) -> list[slice]:
    """The features of each stream, of all."""
    ends = list(accumulate(len(one.mean) for one in _scales(branch)))
    return [slice(end - len(one.mean), end) for one, end in zip(_scales(branch), ends, strict=True)]


def _energy_count(branch: PoseBranch) -> int:
    return band_count(branch.encoder.frames.joints) if isinstance(branch.encoder, MlpEncoder) else 0


def _scales(branch: PoseBranch) -> list[Standardize]:
    return [one for one in branch.encoder.frames.standardize.values() if isinstance(one, Standardize)]


def _tensors(pose: PoseInput, rows: slice, *, mirrored: bool) -> tuple[Tensor, Tensor]:
    """Points (1, T, 137, 3) and mask (1, T, 137) of these frames, or of their mirror image."""
    points = torch.from_numpy(np.asarray(pose.channels[rows], dtype=np.float32))[None]
    mask = torch.from_numpy(np.array(pose.mask[rows]))[None]
    return as_in_a_mirror(points, mask) if mirrored else (points, mask)


def _energies(branch: PoseBranch, pose: PoseInput, *, mirrored: bool) -> Tensor:
    if not isinstance(branch.encoder, MlpEncoder):
        return torch.zeros(0)
    points, mask = _tensors(pose, slice(None), mirrored=mirrored)
    return band_energies(points, mask, branch.encoder.frames.joints)[0]
