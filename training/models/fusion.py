"""Late fusion as in arXiv 2602.08057: one branch a modality, concatenation, one fully connected layer.

A missing modality is normal: its vector is a learned one that says "absent", and modality dropout makes the network
practise with every subset.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from training.batch import Batch
from training.models.long_transformer import LongTransformer
from training.models.pose_mlp import PoseMLP

_SHARE_GAIN = 20.0  # log(1 + 20 share): a cue in 5 % of the time is far from none, one in 50 % not ten times as far


@dataclass(frozen=True, slots=True)
class ModelShape:
    """All that the number and shape of the weights depend on; saved beside them as config.json.

    `image_features` and `text_features` are the widths of those features, 0 where the modality is not used. `cues` is the
    number of measured cues that the key-point branch reads beside the points, 0 for none.
    """

    modalities: tuple[str, ...]
    classes: int
    width: int
    layers: int
    heads: int
    patch_frames: int
    image_features: int
    text_features: int
    dropout: float
    modality_dropout: float
    cues: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values for config.json."""
        return {**asdict(self), "modalities": list(self.modalities)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ModelShape":
        """The shape that `to_json` wrote."""
        return cls(**{**values, "modalities": tuple(values["modalities"])})


@dataclass(frozen=True, slots=True)
class Answer:
    """Logits (B, classes) and, per modality, the pooling weights of its tokens (B, L)."""

    logits: Tensor
    attention: dict[str, Tensor]


class PoseBranch(nn.Module):
    """Key points to one vector: PoseMLP, then LongTransformer over its tokens, then what rules measured on the same points.

    A few dozen labels cannot teach what a gesture is. The measured cues (core.cues) say it: for each, the share of the
    measurable time in which it was there, and the share of the time in which it could be measured.
    """

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.frames = PoseMLP(shape.width, shape.patch_frames, shape.dropout)
        self.clip = LongTransformer(shape.width, shape.layers, shape.heads, shape.dropout)
        self.cues = nn.Linear(2 * shape.cues, shape.width) if shape.cues else None

    def forward(self, values: Tensor, mask: Tensor, cues: Tensor | None) -> tuple[Tensor, Tensor]:
        """Points (B, T, 137, 5), mask (B, T, 137), cues (B, T, cues) to (B, width) and attention (B, L)."""
        tokens, attention = self.tokens(values, mask, cues)
        return torch.einsum("bl,blw->bw", attention, tokens), attention

    def tokens(self, values: Tensor, mask: Tensor, cues: Tensor | None) -> tuple[Tensor, Tensor]:
        """As `forward`, before pooling: (B, L, width) and attention (B, L). What the cues say is in every token."""
        tokens, attention = self.clip.encode(*self.frames(values, mask))
        if self.cues is not None and cues is not None:
            tokens = tokens + self.cues(_cue_shares(cues, mask.any(dim=-1).sum(dim=1))).unsqueeze(1)
        return tokens, attention


def _cue_shares(cues: Tensor, frames: Tensor) -> Tensor:
    """(B, T, cues) of 1, 0, -1 and frames (B,) to (B, 2 cues): log share of the measurable time, share measurable."""
    measurable = (cues >= 0).sum(dim=1)
    there = (cues == 1).sum(dim=1) / measurable.clamp(min=1)
    return torch.cat([torch.log1p(_SHARE_GAIN * there), measurable / frames.clamp(min=1).unsqueeze(1)], dim=1)


class ImageBranch(nn.Module):
    """Image features to one vector: normalised, projected, LongTransformer."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.project = nn.Sequential(nn.LayerNorm(shape.image_features), nn.Linear(shape.image_features, shape.width))
        self.clip = LongTransformer(shape.width, shape.layers, shape.heads, shape.dropout)

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, N, D), mask (B, N) to (B, width) and attention (B, N)."""
        pooled: tuple[Tensor, Tensor] = self.clip(self.project(values), mask)
        return pooled

    def tokens(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """As `forward`, before pooling: (B, N, width) and attention (B, N)."""
        return self.clip.encode(self.project(values), mask)


class TextBranch(nn.Module):
    """Sentence features to one vector: projected, then the mean over sentences."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.project = nn.Sequential(nn.Linear(shape.text_features, shape.width), nn.GELU(), nn.Dropout(shape.dropout))

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, S, D), mask (B, S) to (B, width) and the share of each sentence (B, S)."""
        weights = mask / mask.sum(dim=-1, keepdim=True).clamp(min=1)
        return torch.einsum("bs,bsw->bw", weights, self.project(values)), weights


BRANCHES: Mapping[str, type[PoseBranch] | type[ImageBranch] | type[TextBranch]] = {
    "pose": PoseBranch,
    "image": ImageBranch,
    "text": TextBranch,
}


class Fusion(nn.Module):
    """One branch per modality, joined by concatenation and one fully connected layer.

    With a single modality it is that modality's stage-1 model. A clip answers with whatever subset it has; with nothing
    at all the answer is what the absence vectors say.
    """

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.shape = shape
        self.branches = nn.ModuleDict({name: BRANCHES[name](shape) for name in shape.modalities})
        self.absent = nn.ParameterDict(
            {name: nn.Parameter(torch.randn(shape.width) * 0.02) for name in shape.modalities}
        )
        self.dropout = nn.Dropout(shape.dropout)
        self.head = nn.Linear(len(shape.modalities) * shape.width, shape.classes)

    def start_from(self, singles: "Mapping[str, Fusion]") -> None:
        """Takes over the branches of the stage-1 models, and their heads so that the first answer is their mean logit."""
        with torch.no_grad():
            self.head.weight.copy_(torch.cat([singles[name].head.weight for name in self.shape.modalities], dim=1))
            self.head.weight.div_(len(singles))
            self.head.bias.copy_(torch.stack([single.head.bias for single in singles.values()]).mean(dim=0))
        for name, single in singles.items():
            self.branches[name].load_state_dict(single.branches[name].state_dict())

    def set_pose_scale(self, mean: Tensor, deviation: Tensor) -> None:
        """Hands the input's mean and deviation (137, 5) to the key-point branch."""
        branch = self.branches["pose"]
        if isinstance(branch, PoseBranch):
            branch.frames.set_scale(mean, deviation)

    def forward(self, batch: Batch) -> Answer:
        """Logits in the taxonomy's order for every clip of the batch."""
        there = torch.stack([batch.inputs[name].present for name in self.shape.modalities])
        if self.training and self.shape.modality_dropout and len(self.shape.modalities) > 1:
            there = _drop_modalities(there, self.shape.modality_dropout)
        vectors, attention = [], {}
        for name, present in zip(self.shape.modalities, there, strict=True):
            given = batch.inputs[name]
            vector = self.absent[name].expand(len(present), -1)
            if given.values is not None and given.mask is not None:
                beside = (given.cues,) if name == "pose" else ()
                pooled, attention[name] = self.branches[name](given.values, given.mask, *beside)
                vector = torch.where(present[:, None], pooled, vector)
            vectors.append(vector)
        return Answer(self.head(self.dropout(torch.cat(vectors, dim=-1))), attention)


def _drop_modalities(there: Tensor, share: float) -> Tensor:
    """(M, B) presence with some taken away; a clip that would be left with nothing keeps all it had."""
    kept = there & (torch.rand(there.shape) >= share).to(there.device)
    return torch.where(kept.any(dim=0), kept, there)


def parameter_count(model: nn.Module) -> int:
    """Learned numbers, without buffers."""
    return sum(parameter.numel() for parameter in model.parameters())
