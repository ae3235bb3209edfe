"""The key-point branch: key points to tokens, by PoseMLP and a Transformer or by ST-GCN."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.data.batch import ModalityInput
from training.data.mixing import Mixing
from training.models.band_energies import band_count, band_energies_so_far
from training.models.branch import Pooled, Read
from training.models.cue_finder import CueFinder
from training.models.input_shortcut import InputShortcut
from training.models.long_transformer import Encoded, LongTransformer
from training.models.model_shape import ModelShape
from training.models.pooling import pooled, pooled_so_far
from training.models.pose_mlp import PoseMLP, clip_statistics, statistics_so_far
from training.models.stgcn import StGcn, segment_starts

_FRAMES_AT_ONCE = 2_000  # frames per forward pass of ST-GCN in prediction; its 64 channels per joint need much memory


class MlpEncoder(nn.Module):
    """PoseMLP, then the encoder of a LongTransformer over its tokens.

    Without dropout where cues are taught: thousands of moments teach each, and noise hides a hand that touches a face.
    """

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        taught = shape.taught_cues
        dropout = 0.0 if taught else shape.dropout
        self.frames = PoseMLP(shape.width, shape.patch_frames, dropout, shape.joints)
        self.clip = LongTransformer(shape.width, shape.layers, shape.heads, dropout)
        self.cue_finder = CueFinder(shape.width, taught, shape.patch_frames) if taught else None

    def token_starts(self, frames: int) -> list[int]:
        """The first frame of each token of a clip with `frames` frames."""
        return self.frames.token_starts(frames)

    def forward(self, points: Tensor, mask: Tensor, mixing: Mixing | None = None, *, energies: bool = True) -> Read:
        """Points (B, T, 137, 3) and mask (B, T, 137) to tokens, and the features that they are made of."""
        given = self.frames.features(points, mask, energies=energies)
        if mixing is not None:
            given = given.mixed(mixing)
        tokens, there = self.frames(given)
        return Read(self.clip(tokens, there), given, None if self.cue_finder is None else self.cue_finder(tokens))


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

    def forward(
        self,
        points: Tensor,
        mask: Tensor,
        mixing: Mixing | None = None,  # noqa: ARG002  # as PoseMLP's
        *,
        energies: bool = True,  # noqa: ARG002
    ) -> Read:
        """Points (B, T, 137, 3) and mask (B, T, 137) to tokens; its authors know no mixup, and it does none."""
        parts = []
        for start in range(0, points.shape[1], self.segment_frames):
            segment = slice(start, start + self.segment_frames)
            parts.append(self._segment(points[:, segment], mask[:, segment]))
        tokens = torch.cat([one for one, _ in parts], dim=1)
        there = torch.cat([one for _, one in parts], dim=1)
        there = there | ~there.any(dim=-1, keepdim=True)
        weights = there.to(tokens.dtype)
        return Read(Encoded(self.project(tokens), weights / weights.sum(dim=-1, keepdim=True), there))

    def _segment(self, points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        if torch.is_grad_enabled():
            found: tuple[Tensor, Tensor] = self.frames(points, mask)
            return found
        clips = max(1, _FRAMES_AT_ONCE // points.shape[1])
        starts = range(0, len(points), clips)
        each = [self.frames(points[one : one + clips], mask[one : one + clips]) for one in starts]
        return torch.cat([tokens for tokens, _ in each]), torch.cat([there for _, there in each])


_ENCODERS: Mapping[str, type[MlpEncoder] | type[StGcnEncoder]] = {"mlp": MlpEncoder, "stgcn": StGcnEncoder}


@dataclass(frozen=True, slots=True)
class SoFar:
    """Of one clip: the weights of its tokens (1, L) and, up to each of them, `vectors` (L, 3 x width), `scores` (L, classes)
    and `cue_counts` (L, cues, 2).
    """

    attention: Tensor
    vectors: Tensor
    scores: Tensor | None = None
    cue_counts: Tensor | None = None


class PoseBranch(nn.Module):
    """Key points to one vector: the pooled tokens of an encoder. PoseMLP has a linear shortcut to the logits beside."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.encoder = _ENCODERS[shape.keypoint_model](shape)
        self.maximum = not shape.reads_parts
        self.shortcut: InputShortcut | None = None
        if isinstance(self.encoder, MlpEncoder):
            frames = self.encoder.frames
            self.shortcut = InputShortcut(
                frames.statistics,
                shape.classes,
                shape.head_dropout,
                energies=band_count(frames.joints),
                solved=shape.reads_parts,
            )

    def token_starts(self, frames: int) -> list[int]:
        """The first frame of each token of a clip with `frames` frames."""
        return self.encoder.token_starts(frames)

    def read(self, values: Tensor, mask: Tensor, mixing: Mixing | None = None, *, energies: bool = True) -> Read:
        """Points (B, T, 137, 3) and mask (B, T, 137) to tokens, before pooling."""
        tokens: Read = self.encoder(values, mask, mixing, energies=energies)
        return tokens

    def forward(self, given: ModalityInput, mixing: Mixing | None = None) -> Pooled:
        """Points (B, T, 137, 3) and mask (B, T, 137) to one vector a clip, each blended with its partner's."""
        values, mask = given.whole
        known = given.shortcut_scores
        read = self.read(values, mask, mixing, energies=known is None)
        one = read.encoded
        scores = None
        if known is not None:
            scores = known if mixing is None else mixing.rows(known)
        elif self.shortcut is not None and read.features is not None:
            scores = self.shortcut(clip_statistics(read.features))
        vector = pooled(one.tokens, one.weights, one.mask, maximum=self.maximum)
        return Pooled(vector, one.weights, scores, read.cues, self._counts(read))

    @property
    def cue_finder(self) -> CueFinder | None:
        """What finds the cues that the network is taught."""
        return self.encoder.cue_finder if isinstance(self.encoder, MlpEncoder) else None

    def found_cues(self, points: Tensor, mask: Tensor) -> Tensor:
        """(B, cues, 2) events and minutes of the cues found in whole clips, of points (B, T, 137, 3) and mask (B, T, 137).

        Raises ValueError for a branch that was taught none.
        """
        if not isinstance(self.encoder, MlpEncoder) or self.encoder.cue_finder is None:
            raise ValueError("this branch was taught no cues")
        frames, finder = self.encoder.frames, self.encoder.cue_finder
        tokens, there = frames(frames.features(points, mask, energies=False))
        return finder.counts_so_far(finder(tokens), there)[:, -1]

    def _counts(self, read: Read) -> Tensor | None:
        """(B, cues, 2) of whole clips; none in training, where a step reads parts of them."""
        if self.training or self.cue_finder is None or read.cues is None:
            return None
        return self.cue_finder.counts_so_far(read.cues, read.encoded.mask)[:, -1]

    def so_far(self, values: Tensor, mask: Tensor) -> SoFar:
        """For one clip, up to each of its tokens."""
        read = self.read(values, mask)
        one = read.encoded
        vectors = pooled_so_far(one.tokens[0], one.weights[0], one.mask[0], maximum=self.maximum)
        if self.shortcut is None or read.features is None or not isinstance(self.encoder, MlpEncoder):
            return SoFar(one.weights, vectors)
        frames = values.shape[1]
        ends = torch.tensor([*self.token_starts(frames)[1:], frames], device=vectors.device) - 1
        energies = band_energies_so_far(values, mask, self.encoder.frames.joints, ends)
        scores = self.shortcut(statistics_so_far(read.features, energies, ends))
        counts = None
        if self.cue_finder is not None and read.cues is not None:
            counts = self.cue_finder.counts_so_far(read.cues, one.mask)[0]
        return SoFar(one.weights, vectors, scores, counts)
