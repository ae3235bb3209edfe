"""Late fusion as in arXiv 2602.08057: one branch per modality, joined (concatenated in the paper), one linear layer.

A missing modality is replaced by a learned vector, and modality dropout trains the network on every subset of
modalities. For a clip with key points, the scores of its cue rates are added to the logits: those of `CueScores`, or in
training those that come with the batch, by models that have not seen the clip's subject.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.data.batch import Batch
from training.data.cue_rates import CueModel
from training.models.cue_scores import CueScores
from training.models.fusion_methods import fusion_layer
from training.models.long_transformer import LongTransformer
from training.models.model_shape import ModelShape
from training.models.pose_branch import PoseBranch


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """Logits (B, classes) and, per modality, the pooling weights of its tokens (B, L)."""

    logits: Tensor
    attention: dict[str, Tensor]


class ImageBranch(nn.Module):
    """Image features to one vector: layer norm, projection, LongTransformer."""

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
    """Sentence features to one vector: projection, then the mean over sentences."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.project = nn.Sequential(nn.Linear(shape.text_features, shape.width), nn.GELU(), nn.Dropout(shape.dropout))

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, S, D) and mask (B, S) to (B, width) and the weight of each sentence (B, S)."""
        weights = mask / mask.sum(dim=-1, keepdim=True).clamp(min=1)
        return torch.einsum("bs,bsw->bw", weights, self.project(values)), weights


BRANCHES: Mapping[str, type[PoseBranch] | type[ImageBranch] | type[TextBranch]] = {
    "pose": PoseBranch,
    "image": ImageBranch,
    "text": TextBranch,
}


class Fusion(nn.Module):
    """One branch per modality, a join (`training.models.fusion_methods`) and one linear layer.

    With a single modality it is the stage-1 model of that modality. It predicts from any subset of its modalities;
    without any, from the learned vectors for absent ones.
    """

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.shape = shape
        self.branches = nn.ModuleDict({name: BRANCHES[name](shape) for name in shape.modalities})
        self.absent = nn.ParameterDict(
            {name: nn.Parameter(torch.randn(shape.width) * 0.02) for name in shape.modalities}
        )
        self.join = fusion_layer(shape.join, len(shape.modalities), shape.width, shape.heads)
        self.dropout = nn.Dropout(shape.dropout)
        self.head = nn.Linear(len(shape.modalities) * shape.width, shape.classes)
        nn.init.zeros_(self.head.weight)  # a new network predicts a uniform distribution
        nn.init.zeros_(self.head.bias)
        self.cue_scores = CueScores(shape.cues, shape.classes) if shape.cues and "pose" in shape.modalities else None

    def start_from(self, singles: "Mapping[str, Fusion]") -> None:
        """Copies the branches of the stage-1 models, and their heads such that the logits start as the mean of
        theirs.
        """
        with torch.no_grad():
            self.head.weight.copy_(torch.cat([singles[name].head.weight for name in self.shape.modalities], dim=1))
            self.head.weight.div_(len(singles))
            self.head.bias.copy_(torch.stack([single.head.bias for single in singles.values()]).mean(dim=0))
        for name, single in singles.items():
            self.branches[name].load_state_dict(single.branches[name].state_dict())

    def set_pose_scale(self, mean: Tensor, deviation: Tensor) -> None:
        """Sets the mean and standard deviation (137, 5) that the key points are standardized with."""
        branch = self.branches["pose"]
        if isinstance(branch, PoseBranch):
            branch.set_scale(mean, deviation)

    def set_cue_model(self, found: CueModel) -> None:
        """Sets the fitted cue model, where this model reads cues."""
        if self.cue_scores is not None:
            self.cue_scores.set_model(found)

    def forward(self, batch: Batch) -> ModelOutput:
        """Logits, in the taxonomy's order, and attention for every clip of the batch."""
        there = torch.stack([batch.inputs[name].present for name in self.shape.modalities])
        if self.training and self.shape.modality_dropout and len(self.shape.modalities) > 1:
            there = _drop_modalities(there, self.shape.modality_dropout)
        vectors, attention = [], {}
        beside: Tensor | float = 0.0
        for name, present in zip(self.shape.modalities, there, strict=True):
            given = batch.inputs[name]
            vector = self.absent[name].expand(len(present), -1)
            if given.values is not None and given.mask is not None:
                pooled, attention[name] = self.branches[name](given.values, given.mask)
                vector = torch.where(present[:, None], pooled, vector)
            vectors.append(vector)
            if name == "pose" and self.cue_scores is not None and given.cues is not None:
                scores = self.cue_scores(given.cues) if given.cue_scores is None else given.cue_scores
                beside = scores * present[:, None]
        return ModelOutput(self.head(self.dropout(self.join(torch.stack(vectors, dim=1)))) + beside, attention)


def _drop_modalities(there: Tensor, share: float) -> Tensor:
    """(M, B) presence after modality dropout; a clip that would lose every modality keeps all it had."""
    kept = there & (torch.rand(there.shape) >= share).to(there.device)
    return torch.where(kept.any(dim=0), kept, there)


def parameter_count(model: nn.Module) -> int:
    """The number of learned parameters, without buffers."""
    return sum(parameter.numel() for parameter in model.parameters())
