"""PoseMLP: an MLP over the points of each frame instead of a graph convolution; patches of frames become tokens.

The method of arXiv 2602.08057 ("an MLP in place of the GCN"), whose layer sizes are not published. Body, face and hands
are projected apart and added, so that a stream that a data set lacks costs nothing. Two residual temporal convolutions
follow, because attention alone learns short movements badly (measured: balanced accuracy .75 without, .79 with them).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.data.mixing import Mixing
from training.models.band_energies import band_count, band_energies
from training.models.dropout import Dropout
from training.models.pose_features import StreamFeatures, StreamLayout
from training.models.standardize import Standardize

_KERNEL = 5  # frames: a fifth of a second


class TemporalConvolution(nn.Module):
    """A pre-norm residual convolution over neighboring frames; frames that are not there are zero before and after."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Conv1d(width, width, _KERNEL, padding=_KERNEL // 2)
        self.dropout = Dropout(dropout)

    def forward(self, frames: Tensor, there: Tensor) -> Tensor:
        """(B, T, width) and bool (B, T) to the same shape."""
        seen = there.unsqueeze(-1)
        mixed = self.mix((self.norm(frames) * seen).transpose(1, 2)).transpose(1, 2)
        mixed = F.gelu(mixed.contiguous())  # on a transposed tensor its gradient is slow
        result: Tensor = (frames + self.dropout(mixed)) * seen
        return result


@dataclass(frozen=True, slots=True)
class PoseFeatures:
    """The standardized features of a batch by stream, and the band energies of its clips (B, energies) where these are
    wanted.
    """

    streams: Mapping[str, StreamFeatures]
    energies: Tensor | None

    @property
    def there(self) -> Tensor:
        """(B, T) frames with any joint."""
        return torch.stack([one.present for one in self.streams.values()]).any(dim=0)

    def mixed(self, mixing: Mixing) -> "PoseFeatures":
        """Each clip blended with its partner."""
        there = self.there
        streams = {n: replace(one, values=mixing.over_time(one.values, there)) for n, one in self.streams.items()}
        return PoseFeatures(streams, None if self.energies is None else mixing.rows(self.energies))


class PoseMLP(nn.Module):
    """Key points of T frames to ceil(T / patch_frames) tokens.

    A missing joint is zero in every feature and told by a flag; a stream without joints in a frame is told by a learned
    vector. Frames without any joint are not computed, tokens without any are masked.
    """

    def __init__(self, width: int, patch_frames: int, dropout: float, joints: Sequence[int]) -> None:
        super().__init__()
        self.patch_frames = patch_frames
        self.joints = tuple(joints)
        self.layouts = StreamLayout.all_of(joints)
        self.standardize = nn.ModuleDict({one.name: Standardize(one.count, one.centered) for one in self.layouts})
        self.first = nn.ModuleDict({one.name: nn.Linear(one.count, width) for one in self.layouts})
        self.absent = nn.ParameterDict({one.name: nn.Parameter(torch.zeros(width)) for one in self.layouts})
        self.norm = nn.LayerNorm(width)
        self.second = nn.Linear(width, width)
        self.temporal = nn.ModuleList(TemporalConvolution(width, dropout) for _ in range(2))
        self.patch = nn.Linear(patch_frames * width, width)

    @property
    def statistics(self) -> int:
        """Number of statistics of a clip (`clip_statistics`)."""
        return 2 * sum(one.count for one in self.layouts) + band_count(self.joints)

    def token_starts(self, frames: int) -> list[int]:
        """The first frame of each token of a clip with `frames` frames."""
        return list(range(0, frames, self.patch_frames))

    def raw_features(self, points: Tensor, mask: Tensor) -> dict[str, StreamFeatures]:
        """The features by stream, as measured, of points (B, T, 137, 3) and mask (B, T, 137)."""
        return {one.name: one.features(points, mask) for one in self.layouts}

    @torch.no_grad()
    def features(self, points: Tensor, mask: Tensor, *, energies: bool = True) -> PoseFeatures:
        """The standardized features by stream, and the energies, of points (B, T, 137, 3) and mask (B, T, 137)."""
        raw = self.raw_features(points, mask)
        streams = {name: self.standardize[name](one) for name, one in raw.items()}
        return PoseFeatures(streams, band_energies(points, mask, self.joints) if energies else None)

    def forward(self, given: PoseFeatures) -> tuple[Tensor, Tensor]:
        """The features of B clips of T frames to tokens (B, L, width) and token mask (B, L)."""
        there = given.there
        hidden = self._frames(given.streams, there)
        for layer in self.temporal:
            hidden = layer(hidden, there)
        return self._patched(hidden, there)

    def _frames(self, given: Mapping[str, StreamFeatures], there: Tensor) -> Tensor:
        """(B, T, width), zero where no joint is."""
        rows = there.flatten().nonzero()[:, 0]
        total = None
        for name, one in given.items():
            of_stream = self._projected(name, one, rows)
            total = of_stream if total is None else total + of_stream
        if total is None:
            raise ValueError("a model reads at least one stream")
        packed = F.gelu(self.norm(total))
        packed = packed + F.gelu(self.second(packed))
        hidden = packed.new_zeros(there.numel(), packed.shape[-1]).index_copy(0, rows, packed)
        return hidden.view(*there.shape, packed.shape[-1])

    def _projected(self, name: str, given: StreamFeatures, rows: Tensor) -> Tensor:
        """(N, width) of the frames `rows` (N,) of the batch: what a stream says, or that it is not there."""
        present = given.present.flatten().index_select(0, rows)
        if bool(present.all()):
            projected: Tensor = self.first[name](given.values.flatten(0, 1).index_select(0, rows))
            return projected
        absent: Tensor = self.absent[name].expand(len(rows), -1)
        if not bool(present.any()):
            return absent
        found = self.first[name](given.values.flatten(0, 1).index_select(0, rows[present]))
        both: Tensor = absent.to(found.dtype).index_copy(0, present.nonzero()[:, 0], found)
        return both

    def _patched(self, hidden: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        short = -hidden.shape[1] % self.patch_frames
        if short:
            hidden, there = F.pad(hidden, (0, 0, 0, short)), F.pad(there, (0, short))
        batch, frames, width = hidden.shape
        patches = frames // self.patch_frames
        tokens = self.patch(hidden.reshape(batch, patches, self.patch_frames * width))
        return tokens, there.view(batch, patches, self.patch_frames).any(dim=-1)


def clip_statistics(given: PoseFeatures) -> Tensor:
    """(B, statistics): mean and deviation of each standardized feature over the frames of a clip that have any joint, where
    what is unknown in a frame counts as 0, the mean of the training clips; then the band energies.

    Raises ValueError for features without energies.
    """
    if given.energies is None:
        raise ValueError("the statistics of a clip need its energies")
    frames = given.there.sum(dim=1, keepdim=True).clamp(min=1)
    sums = [(one.values.sum(dim=1), one.values.square().sum(dim=1)) for one in given.streams.values()]
    moments = _moments(*(torch.cat(part, dim=-1) / frames for part in zip(*sums, strict=True)))
    return torch.cat([moments, given.energies], dim=-1)


def statistics_so_far(given: PoseFeatures, energies: Tensor, ends: Tensor) -> Tensor:
    """(L, statistics): the `clip_statistics` of the first clip up to each of the frames `ends` (L,), included, with the
    `energies` (L, energies) up to there.
    """
    frames = given.there[0].cumsum(dim=0)[ends, None].clamp(min=1)
    values = torch.cat([one.values[0] for one in given.streams.values()], dim=-1).double()
    moments = _moments(values.cumsum(dim=0)[ends] / frames, values.square().cumsum(dim=0)[ends] / frames)
    return torch.cat([moments.float(), energies], dim=-1)


def _moments(mean: Tensor, squares: Tensor) -> Tensor:
    return torch.cat([mean, (squares - mean**2).clamp(min=0).sqrt()], dim=-1)
