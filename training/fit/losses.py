"""Training losses: cross-entropy and two that are robust to label noise.

All take logits (B, classes) and soft labels (B, classes) that sum to 1: one label, or the shares of several people's labels.
"""

from collections.abc import Callable, Mapping

import torch.nn.functional as F
from torch import Tensor

_Q = 0.7  # of Zhang and Sabuncu; towards 0 it becomes cross-entropy, at 1 the mean absolute error
_BETA = 0.95  # of Reed et al., for their soft bootstrapping
_LEAST = 1e-7  # of a probability under a power below 1, whose slope at 0 is infinite


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """(B,) nats."""
    return F.cross_entropy(logits, targets, reduction="none")


def generalized_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """(B,): (1 - p^q) / q of each label by its share, q = 0.7.

    Zhang and Sabuncu, "Generalized cross entropy loss for training deep neural networks with noisy labels", NeurIPS 2018.
    """
    p = logits.softmax(dim=-1).clamp(min=_LEAST)
    return (targets * (1 - p**_Q) / _Q).sum(dim=-1)


def bootstrapping(logits: Tensor, targets: Tensor) -> Tensor:
    """(B,): cross-entropy with the labels given and, by 5 %, with the model's own answer.

    Reed et al., "Training deep neural networks on noisy labels with bootstrapping", ICLR 2015 workshop, its soft form.
    """
    log_p = logits.log_softmax(dim=-1)
    return -((_BETA * targets + (1 - _BETA) * log_p.exp()) * log_p).sum(dim=-1)


LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cross-entropy": cross_entropy,
    "generalized-cross-entropy": generalized_cross_entropy,
    "bootstrapping": bootstrapping,
}
"""By the name that `training.loss` has."""
