"""Standardizes the features of a stream by their mean and deviation in the training clips; what is unknown stays zero."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from training.models.pose_features import StreamFeatures

_CLAMP = 5.0  # standard deviations; limits outliers, such as a hand detected in the wrong place
_CONSTANT = 1e-4  # a smaller deviation is rounding; the feature is then only centered


class Standardize(nn.Module):
    """Its statistics are set once from the training clips of a fold, are not learned, and are saved with the weights.

    `centered`: the features from which the mean is taken.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, features: int, centered: Sequence[slice]) -> None:
        super().__init__()
        self._centered = tuple(centered)
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    def set_scale(self, mean: Tensor, deviation: Tensor) -> None:
        """Sets the mean and standard deviation (features,) of the training frames."""
        self.mean.zero_()
        for part in self._centered:
            self.mean[part] = mean[part]
        self.deviation.copy_(torch.where(deviation < _CONSTANT, torch.ones_like(deviation), deviation))

    def forward(self, given: StreamFeatures) -> StreamFeatures:
        """The features in standard deviations, within ±5; 0 where unknown."""
        scaled = given.values / self.deviation
        for part, known in zip(self._centered, given.known_centered, strict=True):
            scaled[..., part].addcmul_(known, self.mean[part] / self.deviation[part], value=-1)
        return replace(given, values=scaled.clamp_(-_CLAMP, _CLAMP))
