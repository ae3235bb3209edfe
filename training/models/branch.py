"""What a branch of the fusion gives back: the vector of a clip, the weights of its tokens, and scores beside it."""

from dataclasses import dataclass

from torch import Tensor

from training.models.long_transformer import Encoded
from training.models.pose_mlp import PoseFeatures


@dataclass(frozen=True, slots=True)
class Read:
    """Encoded tokens of a batch and, for PoseMLP, the features that they were made of."""

    encoded: Encoded
    features: PoseFeatures | None = None


@dataclass(frozen=True, slots=True)
class Pooled:
    """`vector` (B, 3 x width); `attention` (B, L), the pooling weights of the tokens; `scores` (B, classes), added to the
    logits, or None.
    """

    vector: Tensor
    attention: Tensor
    scores: Tensor | None = None
