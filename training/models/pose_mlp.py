"""PoseMLP: an MLP per frame and stream (body, face, hands) instead of a graph convolution; patches of frames become
tokens.

The method of arXiv 2602.08057 ("an MLP in place of the GCN"), whose layer sizes are not published. The gate follows
the spatial gating unit of gMLP (Liu et al., NeurIPS 2021) and SiT-MLP (Zhang et al., 2023): one half of the
channels, mixed over tokens, multiplies the other half. The tokens mixed here are the streams of a patch and of its
neighbors in time.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.pose.skeleton import STREAMS
from training.data.pose_input import CHANNELS
from training.models.standardize import Standardize, checked_joints

_REACH = 2  # patches on each side that the gate mixes: one second in all, with 5 frames per patch at 25 frames a second


class StreamGate(nn.Module):
    """Gated mixing of the streams of neighboring patches, with weights shared by all channels.

    The gate starts as 1 (weights 0, bias 1), so that a new network is one plain MLP per stream. A stream that is
    missing in a patch stays zero and does not enter the gate.
    """

    def __init__(self, width: int, streams: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.spread = nn.Linear(width, 2 * width)
        self.mix = nn.Conv1d(streams, streams, 2 * _REACH + 1, padding=_REACH)
        self.project = nn.Linear(width, width)
        nn.init.zeros_(self.mix.weight)
        nn.init.ones_(self.mix.bias)  # type: ignore[arg-type]  # a Conv1d made with a bias has one

    def forward(self, tokens: Tensor, there: Tensor) -> Tensor:
        """Tokens (B, L, streams, width) and their presence (B, L, streams) to the same shape, with a residual; zero
        where absent.
        """
        batch, patches, streams, width = tokens.shape
        seen = there.unsqueeze(-1)
        carried, gate = (self.spread(self.norm(tokens)) * seen).chunk(2, dim=-1)
        gate = self.mix(gate.permute(0, 3, 2, 1).reshape(batch * width, streams, patches))
        gate = gate.view(batch, width, streams, patches).permute(0, 3, 2, 1)
        mixed: Tensor = (tokens + self.project(F.gelu(carried) * gate)) * seen
        return mixed


class FrameMLP(nn.Module):
    """The two layers of one stream and frame; the second is residual and starts at zero."""

    def __init__(self, inside: int, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(inside, width)
        self.second = nn.Linear(width, width)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, points: Tensor) -> Tensor:
        """(..., inside) to (..., width)."""
        hidden = F.gelu(self.first(points))
        deeper: Tensor = hidden + F.gelu(self.second(hidden))
        return deeper


class PoseMLP(nn.Module):
    """Key points of T frames to ceil(T / patch_frames) tokens.

    An MLP of two layers per stream and frame; `patch_frames` frames become one token per stream; the gate mixes
    streams and neighboring patches, which is cheaper than mixing frames; then the streams are joined. A missing
    joint is zero in every channel, its confidence included; a stream without joints in a frame gives zeros. Tokens
    without any joint are masked and not computed.
    """

    def __init__(self, width: int, patch_frames: int, dropout: float, joints: int = 137) -> None:
        super().__init__()
        self.patch_frames = patch_frames
        self.joints = checked_joints(joints)
        self.streams = {name: part for name, part in STREAMS.items() if part[0] < joints}
        self.standardise = Standardize(joints)  # the attribute is spelled as in saved weights
        self.per_frame = nn.ModuleDict(
            {name: FrameMLP(len(part) * CHANNELS, width) for name, part in self.streams.items()}
        )
        self.per_patch = nn.ModuleDict({name: nn.Linear(patch_frames * width, width) for name in self.streams})
        self.dropout = nn.Dropout(dropout)
        self.gate = StreamGate(width, len(self.streams))
        self.join = nn.Linear(len(self.streams) * width, width)

    def set_scale(self, mean: Tensor, deviation: Tensor) -> None:
        """Sets the mean and standard deviation (137, 5) of the training frames."""
        self.standardise.set_scale(mean, deviation)

    def token_starts(self, frames: int) -> list[int]:
        """The first frame of each token of a clip with `frames` frames."""
        return list(range(0, frames, self.patch_frames))

    def forward(self, points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, T, 137, 5) and mask (B, T, 137) to tokens (B, L, width) and token mask (B, L), L = ceil(T / patch)."""
        points, mask = points[:, :, : self.joints], mask[:, :, : self.joints]
        short = -points.shape[1] % self.patch_frames
        if short:
            points, mask = F.pad(points, (0, 0, 0, 0, 0, short)), F.pad(mask, (0, 0, 0, short))
        batch, patches = points.shape[0], points.shape[1] // self.patch_frames
        points = points.reshape(batch * patches, self.patch_frames, self.joints, CHANNELS)
        mask = mask.reshape(batch * patches, self.patch_frames, self.joints)
        kept = mask.flatten(1).any(dim=1)
        if not bool(kept.all()):
            points, mask = points[kept], mask[kept]
        hidden, there = self._embedded(self.standardise(points, mask), mask)
        if not bool(kept.all()):
            hidden, there = _spread(hidden, kept), _spread(there, kept)
        hidden = hidden.view(batch, patches, len(self.streams), -1)
        there = there.view(batch, patches, len(self.streams))
        tokens: Tensor = self.join(self.gate(hidden, there).flatten(2))
        return tokens, there.any(dim=-1)

    def _embedded(self, scaled: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(N, patch, joints, 5) and mask (N, patch, joints) to (N, streams, width) and the presence of each stream
        (N, streams).
        """
        hidden, there = [], []
        for name, joints in self.streams.items():
            part = slice(joints[0], joints[-1] + 1)
            in_frame = mask[:, :, part].any(dim=-1)
            of_frame = self.per_frame[name](scaled[:, :, part].flatten(2)) * in_frame.unsqueeze(-1)
            in_patch = in_frame.any(dim=-1)
            hidden.append(self.dropout(self.per_patch[name](of_frame.flatten(1))) * in_patch.unsqueeze(-1))
            there.append(in_patch)
        return torch.stack(hidden, dim=1), torch.stack(there, dim=1)


def _spread(rows: Tensor, kept: Tensor) -> Tensor:
    """Puts rows (N, ...) where `kept` (M,) is true, zeros elsewhere: (M, ...)."""
    whole = rows.new_zeros((len(kept), *rows.shape[1:]))
    whole[kept] = rows
    return whole
