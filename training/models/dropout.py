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
