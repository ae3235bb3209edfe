"""Pools the tokens of a clip: their weighted mean, deviation and maximum side by side.

The mean tells how often something happens, the deviation how much it varies, the maximum that it happens at all.
"""

import torch
from torch import Tensor

PARTS = 3
_LEAST = 1e-5


def pooled(tokens: Tensor, weights: Tensor, mask: Tensor, *, maximum: bool = True) -> Tensor:
    """Tokens (B, L, width), weights (B, L) that sum to 1, and mask (B, L) to (B, 3 x width).

    Without `maximum` its part is zero: a maximum over a whole interview is not one over the windows that a step reads.
    """
    mean = torch.einsum("bl,blw->bw", weights, tokens)
    squares = torch.einsum("bl,blw->bw", weights, tokens**2)
    most = tokens.masked_fill(~mask.unsqueeze(-1), float("-inf")).amax(dim=1)
    return torch.cat([mean, _deviation(mean, squares), most if maximum else torch.zeros_like(most)], dim=-1)


def pooled_so_far(tokens: Tensor, weights: Tensor, mask: Tensor, *, maximum: bool = True) -> Tensor:
    """(L, width), (L,), (L,) to (L, 3 x width): the tokens up to each one, pooled; those before the first are as the first."""
    shares = weights.double().unsqueeze(-1)
    total = shares.cumsum(dim=0).clamp(min=1e-12)
    mean = (shares * tokens).cumsum(dim=0) / total
    squares = (shares * tokens.double() ** 2).cumsum(dim=0) / total
    most = tokens.masked_fill(~mask.unsqueeze(-1), float("-inf")).cummax(dim=0).values
    first = tokens[int(mask.int().argmax())]
    most = torch.where(most.isinf(), first, most) if maximum else torch.zeros_like(most)
    return torch.cat([mean.to(tokens.dtype), _deviation(mean, squares).to(tokens.dtype), most], dim=-1)


def _deviation(mean: Tensor, squares: Tensor) -> Tensor:
    return ((squares - mean**2).clamp(min=0) + _LEAST).sqrt()  # the root has no slope at 0
