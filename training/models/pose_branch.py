"""The key-point branch: key points to one vector per clip, by PoseMLP and a Transformer or by ST-GCN."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from training.models.long_transformer import LongTransformer
from training.models.model_shape import ModelShape
from training.models.pose_mlp import PoseMLP
from training.models.stgcn import StGcn, segment_starts

_FRAMES_AT_ONCE = 2_000  # frames per forward pass of ST-GCN in prediction; its 64 channels per joint need much memory


class MlpEncoder(nn.Module):
    """PoseMLP, then the encoder of a LongTransformer over its tokens."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.frames = PoseMLP(shape.width, shape.patch_frames, shape.dropout, shape.keypoint_joints)
        self.clip = LongTransformer(shape.width, shape.layers, shape.heads, shape.dropout)

    def token_starts(self, frames: int) -> list[int]:
        """The first frame of each token of a clip with `frames` frames."""
        return self.frames.token_starts(frames)

    def forward(self, points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, T, 137, 5) and mask (B, T, 137) to tokens (B, L, width) and pooling weights (B, L)."""
        return self.clip.encode(*self.frames(points, mask))


class StGcnEncoder(nn.Module):
    """ST-GCN on segments of the clip, pooled by the mean over time as in its paper.

    A linear projection without a nonlinearity brings its channels to the branch's width; together with the head it
    is the single linear layer of the paper.
    """

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.frames = StGcn(shape.stgcn_channels, shape.keypoint_joints)
        self.project = nn.Linear(self.frames.width, shape.width)
        self.segment_frames = shape.stgcn_segment_frames

    def token_starts(self, frames: int) -> list[int]:
        """The first frame of each token of a clip with `frames` frames."""
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
    """Key points to one vector: the pooled tokens of an encoder."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.encoder = _ENCODERS[shape.keypoint_model](shape)

    def set_scale(self, mean: Tensor, deviation: Tensor) -> None:
        """Sets the mean and standard deviation (137, 5) of the training frames."""
        self.encoder.frames.set_scale(mean, deviation)

    def token_starts(self, frames: int) -> list[int]:
        """The first frame of each token of a clip with `frames` frames."""
        return self.encoder.token_starts(frames)

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, T, 137, 5) and mask (B, T, 137) to (B, width) and attention (B, L)."""
        tokens, attention = self.tokens(values, mask)
        return torch.einsum("bl,blw->bw", attention, tokens), attention

    def tokens(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """As `forward`, before pooling: (B, L, width) and attention (B, L)."""
        tokens: tuple[Tensor, Tensor] = self.encoder(values, mask)
        return tokens
