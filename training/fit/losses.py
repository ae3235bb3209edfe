"""Training losses: cross-entropy and two that are robust to label noise.

All take logits (B, classes) and soft labels (B, classes) that sum to 1: one label, or the shares of several raters.
"""

from collections.abc import Callable, Mapping

import torch.nn.functional as F
from torch import Tensor

_Q = 0.7  # as in Zhang and Sabuncu; 0 would be cross-entropy, 1 the mean absolute error
_BETA = 0.95  # as in Reed et al. for soft bootstrapping
_LEAST = 1e-7  # clamp of the probability: the gradient of p^q is infinite at 0


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """(B,) cross-entropy in nats."""
    return F.cross_entropy(logits, targets, reduction="none")


def generalized_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """(B,) sum over labels of share x (1 - p^q) / q, with q = 0.7.

    Zhang and Sabuncu, "Generalized cross entropy loss for training deep neural networks with noisy labels", NeurIPS
    2018.
    """
    p = logits.softmax(dim=-1).clamp(min=_LEAST)
    return (targets * (1 - p**_Q) / _Q).sum(dim=-1)


def bootstrapping(logits: Tensor, targets: Tensor) -> Tensor:
    """(B,) cross-entropy against 95 % of the given label and 5 % of the model's own prediction.

    Reed et al., "Training deep neural networks on noisy labels with bootstrapping", ICLR 2015 workshop; the soft
    variant.
    """
    log_p = logits.log_softmax(dim=-1)
    return -((_BETA * targets + (1 - _BETA) * log_p.exp()) * log_p).sum(dim=-1)


LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cross-entropy": cross_entropy,
    "generalized-cross-entropy": generalized_cross_entropy,
    "bootstrapping": bootstrapping,
}
"""Loss by the value of the setting `training.loss`."""
