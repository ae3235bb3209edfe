"""Per-frame MLPs on three streams of key points instead of a graph convolution, then patches of frames as tokens.

The method of arXiv 2602.08057 ("an MLP in place of the GCN"); its sizes are not public. The gate between streams follows
the spatial gating unit of gMLP (Liu et al., NeurIPS 2021) and of SiT-MLP (Zhang et al., 2023): one half of the channels,
mixed over the tokens of a frame, multiplies the other half. Here the tokens of a frame are its streams.
"""

import torch
from torch import Tensor, nn

from core.skeleton import JOINT_COUNT, STREAMS

CHANNELS = 5  # x, y, confidence, dx, dy: training.pose_input
_CLAMP = 5.0  # standard deviations; a hand that jumps across the picture must not swamp the rest


class StreamGate(nn.Module):
    """Gated mix between the streams of one frame.

    The gate begins as "let through" (weights 0, bias 1), so that a fresh network is three plain MLPs.
    """

    def __init__(self, width: int, streams: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.spread = nn.Linear(width, 2 * width)
        self.mix = nn.Linear(streams, streams)
        self.project = nn.Linear(width, width)
        nn.init.zeros_(self.mix.weight)
        nn.init.ones_(self.mix.bias)

    def forward(self, tokens: Tensor) -> Tensor:
        """(..., streams, width) to the same shape; residual."""
        carried, gate = self.spread(self.norm(tokens)).chunk(2, dim=-1)
        gate = self.mix(gate.transpose(-1, -2)).transpose(-1, -2)
        mixed: Tensor = self.project(nn.functional.gelu(carried) * gate)
        return tokens + mixed


class PoseMLP(nn.Module):
    """Key points of T frames to ceil(T / patch_frames) tokens.

    Per stream one MLP layer a frame, then `patch_frames` frames become one token; the gate then mixes the streams of a
    patch, where it costs a patch's share of what it would cost on frames, and the streams are joined. Missing joints enter
    as zeros in every channel (their confidence says that they are missing); a stream without a joint in a frame gives
    zeros; a token is masked out when none of its frames has a joint.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, width: int, patch_frames: int, dropout: float) -> None:
        super().__init__()
        self.patch_frames = patch_frames
        self.streams = tuple(STREAMS)
        self.per_frame = nn.ModuleDict(
            {name: nn.Linear(len(joints) * CHANNELS, width) for name, joints in STREAMS.items()}
        )
        self.per_patch = nn.ModuleDict({name: nn.Linear(patch_frames * width, width) for name in STREAMS})
        self.dropout = nn.Dropout(dropout)
        self.gate = StreamGate(width, len(self.streams))
        self.join = nn.Linear(len(self.streams) * width, width)
        # Filled once from the training clips of a fold, never learned, saved with the weights.
        self.register_buffer("mean", torch.zeros(JOINT_COUNT, CHANNELS))
        self.register_buffer("deviation", torch.ones(JOINT_COUNT, CHANNELS))

    def set_scale(self, mean: Tensor, deviation: Tensor) -> None:
        """Standardises x, y, dx, dy per joint by (137, 5) mean and standard deviation of the training frames."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)
        confidence = 2
        self.mean[:, confidence] = 0.0
        self.deviation[:, confidence] = 1.0

    def forward(self, points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, T, 137, 5) and mask (B, T, 137) to tokens (B, L, width) and token mask (B, L), L = ceil(T / patch)."""
        short = -points.shape[1] % self.patch_frames
        if short:
            points = nn.functional.pad(points, (0, 0, 0, 0, 0, short))
            mask = nn.functional.pad(mask, (0, 0, 0, short))
        batch, frames = points.shape[:2]
        patches = frames // self.patch_frames
        scaled = (points - self.mean).div_(self.deviation).clamp_(-_CLAMP, _CLAMP).mul_(mask.unsqueeze(-1))
        hidden, present = [], []
        for name, joints in STREAMS.items():
            part = slice(joints[0], joints[-1] + 1)
            there = mask[:, :, part].any(dim=-1)
            of_frame = nn.functional.gelu(self.per_frame[name](scaled[:, :, part].flatten(2))) * there.unsqueeze(-1)
            hidden.append(self.dropout(self.per_patch[name](of_frame.reshape(batch, patches, -1))))
            present.append(there.reshape(batch, patches, -1).any(dim=-1))
        there_in_patch = torch.stack(present, dim=2)
        mixed = self.gate(torch.stack(hidden, dim=2)) * there_in_patch.unsqueeze(-1)
        return self.join(mixed.flatten(2)), there_in_patch.any(dim=-1)
