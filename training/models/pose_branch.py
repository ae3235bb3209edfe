"""The key-point branch: points to one vector a clip, by PoseMLP and a Transformer or by ST-GCN, beside the measured cues."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from training.models.long_transformer import LongTransformer
from training.models.pose_mlp import PoseMLP
from training.models.shape import ModelShape
from training.models.stgcn import StGcn, segment_starts

_SHARE_GAIN = 20.0  # log(1 + 20 share): a cue in 5 % of the time is far from none, one in 50 % not ten times as far
_FRAMES_AT_ONCE = 2_000  # that ST-GCN reads when no gradient is wanted: its 64 channels of every joint are large


class MlpEncoder(nn.Module):
    """PoseMLP, then LongTransformer over its tokens."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.frames = PoseMLP(shape.width, shape.patch_frames, shape.dropout, shape.keypoint_joints)
        self.clip = LongTransformer(shape.width, shape.layers, shape.heads, shape.dropout)

    def token_starts(self, frames: int) -> list[int]:
        """The first frame of each token of a clip of so many frames."""
        return self.frames.token_starts(frames)

    def forward(self, points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, T, 137, 5) and mask (B, T, 137) to tokens (B, L, width) and pooling weights (B, L)."""
        return self.clip.encode(*self.frames(points, mask))


class StGcnEncoder(nn.Module):
    """ST-GCN on segments of the clip, every moment of equal weight, as in its paper.

    Its 256 channels are brought to the branch's width without a nonlinearity, so that with the head behind it this is the
    paper's one linear layer.
    """

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.frames = StGcn(shape.stgcn_channels, shape.keypoint_joints)
        self.project = nn.Linear(self.frames.width, shape.width)
        self.segment_frames = shape.stgcn_segment_frames

    def token_starts(self, frames: int) -> list[int]:
        """The first frame of each token of a clip of so many frames."""
        return segment_starts(frames, self.segment_frames)

    def forward(self, points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, T, 137, 5) and mask (B, T, 137) to tokens (B, L, width) and pooling weights (B, L)."""
        parts = []
        for start in range(0, points.shape[1], self.segment_frames):
            segment = slice(start, start + self.segment_frames)
            parts.append(self._segment(points[:, segment], mask[:, segment]))
        tokens = torch.cat([one for one, _ in parts], dim=1)
        there = torch.cat([one for _, one in parts], dim=1)
        there = (there | ~there.any(dim=-1, keepdim=True)).to(tokens.dtype)
        return self.project(tokens), there / there.sum(dim=-1, keepdim=True)

    def _segment(self, points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        if torch.is_grad_enabled():
            found: tuple[Tensor, Tensor] = self.frames(points, mask)
            return found
        clips = max(1, _FRAMES_AT_ONCE // points.shape[1])
        starts = range(0, len(points), clips)
        each = [self.frames(points[one : one + clips], mask[one : one + clips]) for one in starts]
        return torch.cat([tokens for tokens, _ in each]), torch.cat([there for _, there in each])


_ENCODERS: Mapping[str, type[MlpEncoder] | type[StGcnEncoder]] = {"mlp": MlpEncoder, "stgcn": StGcnEncoder}


class PoseBranch(nn.Module):
    """Key points to one vector: an encoder's tokens, pooled, with what rules measured on the same points in each.

    A few dozen labels cannot teach what a gesture is. The measured cues (core.cues) say it: for each, the share of the
    measurable time in which it was there, and the share of the time in which it could be measured.
    """

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.encoder = _ENCODERS[shape.keypoint_model](shape)
        self.cues = nn.Linear(2 * shape.cues, shape.width) if shape.cues else None

    def set_scale(self, mean: Tensor, deviation: Tensor) -> None:
        """Mean and standard deviation (137, 5) of the training frames."""
        self.encoder.frames.set_scale(mean, deviation)

    def token_starts(self, frames: int) -> list[int]:
        """The first frame of each token of a clip of so many frames."""
        return self.encoder.token_starts(frames)

    def forward(self, values: Tensor, mask: Tensor, cues: Tensor | None) -> tuple[Tensor, Tensor]:
        """Points (B, T, 137, 5), mask (B, T, 137), cues (B, T, cues) to (B, width) and attention (B, L)."""
        tokens, attention = self.tokens(values, mask, cues)
        return torch.einsum("bl,blw->bw", attention, tokens), attention

    def tokens(self, values: Tensor, mask: Tensor, cues: Tensor | None) -> tuple[Tensor, Tensor]:
        """As `forward`, before pooling: (B, L, width) and attention (B, L). What the cues say is in every token."""
        tokens, attention = self.encoder(values, mask)
        if self.cues is not None and cues is not None:
            tokens = tokens + self.cues(_cue_shares(cues, mask.any(dim=-1).sum(dim=1))).unsqueeze(1)
        return tokens, attention


def _cue_shares(cues: Tensor, frames: Tensor) -> Tensor:
    """(B, T, cues) of 1, 0, -1 and frames (B,) to (B, 2 cues): log share of the measurable time, share measurable."""
    measurable = (cues >= 0).sum(dim=1)
    there = (cues == 1).sum(dim=1) / measurable.clamp(min=1)
    return torch.cat([torch.log1p(_SHARE_GAIN * there), measurable / frames.clamp(min=1).unsqueeze(1)], dim=1)
