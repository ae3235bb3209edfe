"""The scales of a model's input, by the training clips of a fit: of each feature, and of each clip's statistics.

Sums over a clip do not depend on the fit; they are taken once a run and clip.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.data.augmentation import mirrored as as_in_a_mirror
from training.data.dataset import ClipSource
from training.data.pose_cache import CachedPose
from training.models.band_energies import band_energies
from training.models.pose_branch import MlpEncoder, PoseBranch
from training.models.pose_features import StreamFeatures
from training.models.standardize import Standardize

_AT_ONCE_FRAMES = 4_000
_OVERLAP_FRAMES = 8  # as many as the longest offset, so that a chunk's first offsets are those of the clip


@dataclass(frozen=True, slots=True)
class FeatureSums:
    """Number, sum and sum of squares of the known values of each feature (features,), float64."""

    number: Tensor
    total: Tensor
    squares: Tensor

    def __add__(self, other: "FeatureSums") -> "FeatureSums":
        return FeatureSums(self.number + other.number, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> Tensor:
        """0 for a feature that is never known."""
        return self.total / self.number.clamp(min=1)

    @property
    def deviation(self) -> Tensor:
        """0 for a feature that is constant or never known."""
        return (self.squares / self.number.clamp(min=1) - self.mean**2).clamp(min=0).sqrt()


@dataclass(frozen=True, slots=True)
class _ClipSums:
    """The sums of one clip by stream, its frames that have any joint, and its band energies (energies,)."""

    streams: Mapping[str, FeatureSums]
    frames: int
    energies: Tensor

    def statistics(self, scales: Mapping[str, Standardize]) -> Tensor:
        """(statistics,) as `training.models.pose_mlp.clip_statistics`, but for the limit of outliers."""
        means, squares = [], []
        for name, sums in self.streams.items():
            mean, deviation = scales[name].mean.double(), scales[name].deviation.double()
            means.append((sums.total - sums.number * mean) / deviation / max(self.frames, 1))
            around = sums.squares - 2 * mean * sums.total + sums.number * mean**2
            squares.append(around / deviation**2 / max(self.frames, 1))
        mean, square = torch.cat(means), torch.cat(squares)
        return torch.cat([mean, (square - mean**2).clamp(min=0).sqrt(), self.energies.double()])


@dataclass(slots=True)
class FeatureScales:
    """Scales of the key-point models of one run, which read the same joints."""

    source: ClipSource
    _sums: dict[tuple[int, bool], _ClipSums] = field(default_factory=dict)

    def set_scale(self, branch: PoseBranch, clip_ids: Sequence[int]) -> None:
        """Sets the branch's scales by these clips; a feature that none of them has is read as 0 everywhere."""
        of_clips = [self._of_clip(branch, clip_id) for clip_id in clip_ids]
        if not of_clips:
            return
        for name, scale in _scales(branch).items():
            whole = reduce(add, (one.streams[name] for one in of_clips))
            scale.set_scale(whole.mean.float(), torch.where(whole.number > 0, whole.deviation, torch.inf).float())
        if branch.shortcut is not None:
            branch.shortcut.set_scale(self.statistics(branch, clip_ids).float())

    def statistics(self, branch: PoseBranch, clip_ids: Sequence[int], *, mirrored: bool = False) -> Tensor:
        """(clips, statistics) of whole clips, or of their mirror images, by the scales that are set; float64."""
        scales = _scales(branch)
        return torch.stack([self._of_clip(branch, one, mirrored=mirrored).statistics(scales) for one in clip_ids])

    def energies(self, branch: PoseBranch, clip_id: int) -> npt.NDArray[np.float32]:
        """(energies,) the band energies of a whole clip, none where the branch reads none."""
        return np.asarray(self._of_clip(branch, clip_id).energies.numpy(), dtype=np.float32)

    def _of_clip(self, branch: PoseBranch, clip_id: int, *, mirrored: bool = False) -> _ClipSums:
        if (clip_id, mirrored) not in self._sums:
            pose = self.source.pose(clip_id)
            parts: list[dict[str, FeatureSums]] = []
            for start in range(0, max(1, len(pose.time_s)), _AT_ONCE_FRAMES):
                before = max(0, start - _OVERLAP_FRAMES)
                points, mask = _tensors(pose, slice(before, start + _AT_ONCE_FRAMES), mirrored=mirrored)
                given = branch.encoder.frames.raw_features(points, mask)
                parts.append({name: _sums(one, start - before) for name, one in given.items()})
            streams = {name: reduce(add, (one[name] for one in parts)) for name in parts[0]}
            frames = int(pose.mask.any(axis=1).sum())
            self._sums[clip_id, mirrored] = _ClipSums(streams, frames, _energies(branch, pose, mirrored=mirrored))
        return self._sums[clip_id, mirrored]


def _scales(branch: PoseBranch) -> dict[str, Standardize]:
    return {name: one for name, one in branch.encoder.frames.standardize.items() if isinstance(one, Standardize)}


def _tensors(pose: CachedPose, rows: slice, *, mirrored: bool) -> tuple[Tensor, Tensor]:
    """Points (1, T, 137, 3) and mask (1, T, 137) of these frames, or of their mirror image."""
    points = torch.from_numpy(np.asarray(pose.channels[rows], dtype=np.float32))[None]
    mask = torch.from_numpy(np.array(pose.mask[rows]))[None]
    return as_in_a_mirror(points, mask) if mirrored else (points, mask)


def _sums(given: StreamFeatures, skipped: int) -> FeatureSums:
    values = given.values[0, skipped:].double()
    number = given.known[0, skipped:].sum(dim=0).double()[given.source]
    return FeatureSums(number, values.sum(dim=0), (values**2).sum(dim=0))


def _energies(branch: PoseBranch, pose: CachedPose, *, mirrored: bool) -> Tensor:
    if not isinstance(branch.encoder, MlpEncoder):
        return torch.zeros(0)
    points, mask = _tensors(pose, slice(None), mirrored=mirrored)
    return band_energies(points, mask, branch.encoder.frames.joints)[0]
