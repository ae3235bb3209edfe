"""What a branch of the fusion gives back: the vector of a clip, the weights of its tokens, and scores beside it."""

from dataclasses import dataclass

from torch import Tensor

from training.models.long_transformer import Encoded
from training.models.pose_mlp import PoseFeatures


@dataclass(frozen=True, slots=True)
class Read:
    """Encoded tokens of a batch and, for PoseMLP, the features that they were made of, and the logits (B, L, cues) of the
    cues that it was taught to find.
    """

    encoded: Encoded
    features: PoseFeatures | None = None
    cues: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Pooled:
    """`vector` (B, 3 x width); `attention` (B, L), the pooling weights of the tokens; `scores` (B, classes), added to the
    logits, or None; `cues` (B, L, cues), the logits of the cues that are taught, and `cue_counts` (B, cues, 2), events and
    minutes of those found in the whole clip.
    """

    vector: Tensor
    attention: Tensor
    scores: Tensor | None = None
    cues: Tensor | None = None
    cue_counts: Tensor | None = None
