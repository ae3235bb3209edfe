"""Late fusion as in arXiv 2602.08057: one branch per modality, joined (concatenated in the paper), one linear layer.

A missing modality is replaced by a learned vector, and modality dropout trains the network on every subset of
modalities. For a clip with key points, scores are added to the logits: those of a linear shortcut from the input, and those
of its cue rates, by `CueScores` or, in training, those that come with the batch, by models that have not seen the clip's
subject. In prediction those of the cues that its own network finds come beside.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.data.batch import Batch, ModalityInput
from training.data.cue_rates import CueModel
from training.data.mixing import Mixing
from training.models.branch import Pooled
from training.models.cue_scores import CueScores
from training.models.dropout import Dropout, FeatureDropout
from training.models.fusion_methods import fusion_layer
from training.models.long_transformer import Encoded, LongTransformer
from training.models.model_shape import ModelShape
from training.models.pooling import PARTS, pooled
from training.models.pose_branch import PoseBranch

CUES = "cues"  # their part of the logits, which has a weight of its own in a fusion
_IMAGE_DROPOUT = 0.8  # of the features of an image


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """Logits (B, classes) and, per modality, the pooling weights of its tokens (B, L); `cues` (B, L, cues), the logits of
    the taught cues.
    """

    logits: Tensor
    attention: dict[str, Tensor]
    cues: Tensor | None = None


class ImageBranch(nn.Module):
    """Image features to one vector: layer norm, dropout of whole features, projection, LongTransformer, pooling.

    On two cohorts whose signal is a towel in HOG portraits (288 and 216 clips, people apart, 400 steps of 16 clips with 12
    images each) dropping .8 gave balanced accuracies of .892 and .930, dropping none .819 and .893; on the first, a linear
    model had .873 and the true counts .910.
    """

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.project = nn.Sequential(
            nn.LayerNorm(shape.image_features),
            FeatureDropout(_IMAGE_DROPOUT),
            nn.Linear(shape.image_features, shape.width),
        )
        self.clip = LongTransformer(shape.width, shape.layers, shape.heads, shape.dropout)

    def read(self, values: Tensor, mask: Tensor) -> Encoded:
        """Features (B, N, D) and mask (B, N) to tokens, before pooling."""
        encoded: Encoded = self.clip(self.project(values), mask)
        return encoded

    def forward(self, given: ModalityInput, mixing: Mixing | None = None) -> Pooled:
        """Features (B, N, D) and mask (B, N) to one vector a clip, each blended with its partner's."""
        values, mask = given.whole
        one = self.read(values if mixing is None else mixing.over_time(values, mask), mask)
        return Pooled(pooled(one.tokens, one.weights, one.mask), one.weights)


class TextBranch(nn.Module):
    """Sentence features to one vector: projection, then the mean over sentences.

    Deviation and maximum of a handful of sentences mostly tell single sentences apart: with them, two cohorts whose signal
    is how often a topic is spoken of had balanced accuracies of .82 and .86, with the mean alone .85 and .90.
    """

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.project = nn.Sequential(
            nn.Linear(shape.text_features, PARTS * shape.width), nn.GELU(), Dropout(shape.dropout)
        )

    def forward(self, given: ModalityInput, mixing: Mixing | None = None) -> Pooled:
        """Features (B, S, D) and mask (B, S) to one vector a clip, each blended with its partner's."""
        values, mask = given.whole
        values = values if mixing is None else mixing.over_time(values, mask)
        weights = mask / mask.sum(dim=-1, keepdim=True).clamp(min=1)
        return Pooled(torch.einsum("bs,bsw->bw", weights, self.project(values)), weights)


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
            {name: nn.Parameter(torch.randn(PARTS * shape.width) * 0.02) for name in shape.modalities}
        )
        self.join = fusion_layer(shape.join, len(shape.modalities), PARTS * shape.width, shape.heads)
        self.dropout = Dropout(shape.head_dropout)
        self.head = nn.Linear(len(shape.modalities) * PARTS * shape.width, shape.classes)
        nn.init.zeros_(self.head.weight)  # a new network predicts a uniform distribution
        nn.init.zeros_(self.head.bias)
        with_pose = "pose" in shape.modalities
        self.cue_scores = CueScores(shape.cues, shape.classes) if shape.cues and with_pose else None
        taught = shape.taught_cues
        self.found_cue_scores = CueScores(taught, shape.classes) if taught and with_pose else None

    @torch.no_grad()
    def start_from(self, singles: "Mapping[str, Fusion]", weights: Mapping[str, float]) -> None:
        """Copies the branches of the stage-1 models, and their heads such that the logits start as the sum of theirs, by
        the weight of each modality and of `CUES`. What an absent one adds is 0.
        """
        heads = [weights[name] * singles[name].head.weight for name in self.shape.modalities]
        self.head.weight.copy_(torch.cat(heads, dim=1))
        self.head.bias.copy_(torch.stack([weights[name] * single.head.bias for name, single in singles.items()]).sum(0))
        for name, single in singles.items():
            self.branches[name].load_state_dict(single.branches[name].state_dict())
            self.absent[name].copy_(-torch.linalg.pinv(single.head.weight) @ single.head.bias)
        if self.pose is not None and self.pose.shortcut is not None:
            for parameter in self.pose.shortcut.parameters():
                parameter.mul_(weights["pose"])
        if self.cue_scores is not None:
            self.cue_scores.gain.mul_(weights[CUES])
        found = singles["pose"].found_cue_scores if self.found_cue_scores is not None else None
        if self.found_cue_scores is not None and found is not None:
            self.found_cue_scores.load_state_dict(found.state_dict())
            self.found_cue_scores.gain.mul_(weights["pose"])

    @property
    def pose(self) -> PoseBranch | None:
        """The key-point branch, if there is one."""
        branch = dict(self.branches.items()).get("pose")
        return branch if isinstance(branch, PoseBranch) else None

    def set_cue_model(self, found: CueModel) -> None:
        """Sets the fitted cue model, where this model reads cues."""
        if self.cue_scores is not None:
            self.cue_scores.set_model(found)

    def forward(self, batch: Batch, mixing: Mixing | None = None) -> ModelOutput:
        """Logits, in the taxonomy's order, and attention for every clip of the batch; `mixing` blends clips in training."""
        there = torch.stack([batch.inputs[name].present for name in self.shape.modalities])
        if self.training and self.shape.modality_dropout and len(self.shape.modalities) > 1:
            there = _drop_modalities(there, self.shape.modality_dropout)
        vectors, attention = [], {}
        beside: Tensor | float = 0.0
        cues = None
        for name, present in zip(self.shape.modalities, there, strict=True):
            given = batch.inputs[name]
            vector = self.absent[name].expand(len(present), -1)
            if given.values is not None and given.mask is not None:
                read: Pooled = self.branches[name](given, mixing)
                attention[name] = read.attention
                vector = torch.where(present[:, None], read.vector, vector)
                cues = read.cues if name == "pose" else cues
                if read.scores is not None:
                    beside = beside + read.scores * present[:, None]
                if self.found_cue_scores is not None and read.cue_counts is not None:
                    found = self.found_cue_scores(read.cue_counts).to(vector.dtype)
                    beside = beside + found * present[:, None]
            vectors.append(vector)
            if name == "pose" and self.cue_scores is not None and given.cues is not None:
                scores = self.cue_scores(given.cues) if given.cue_scores is None else given.cue_scores
                scores = scores if mixing is None else mixing.rows(scores)
                beside = beside + scores * present[:, None]
        logits = self.head(self.dropout(self.join(torch.stack(vectors, dim=1)))) + beside
        return ModelOutput(logits, attention, cues)


def _drop_modalities(there: Tensor, share: float) -> Tensor:
    """(M, B) presence after modality dropout; a clip that would lose every modality keeps all it had."""
    kept = there & (torch.rand(there.shape) >= share).to(there.device)
    return torch.where(kept.any(dim=0), kept, there)


def parameter_count(model: nn.Module) -> int:
    """The number of learned parameters, without buffers."""
    return sum(parameter.numel() for parameter in model.parameters())
