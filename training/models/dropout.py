"""Dropout by comparing uniform numbers: `nn.Dropout` draws Bernoulli numbers, which took an eighth of a step on the CPU."""

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """As `nn.Dropout`: zeroes a share of the values in training and scales the others up."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, values: Tensor) -> Tensor:
        """Values of any shape to the same."""
        if not self.training or not self.share:
            return values
        return values * ((torch.rand_like(values) >= self.share) / (1 - self.share))


class FeatureDropout(Dropout):
    """As `Dropout`, of whole features: what is dropped of a clip is dropped in all its tokens.

    A wide input, such as HOG's 1,764 numbers, has features enough to recognize every clip of a few hundred by; a token of
    the clip tells them all. Dropped in one token alone, they would still be read from the others.
    """

    def forward(self, values: Tensor) -> Tensor:
        """Values (B, N, D) to the same."""
        if not self.training or not self.share:
            return values
        kept = torch.rand(len(values), 1, values.shape[-1], device=values.device) >= self.share
        return values * (kept / (1 - self.share))
