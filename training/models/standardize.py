"""Standardizes key points by the mean and standard deviation of the training clips; missing points are exactly zero."""

import torch
from torch import Tensor, nn

from core.pose.skeleton import JOINT_COUNT
from training.data.pose_input import CHANNELS

_CLAMP = 5.0  # standard deviations; limits the effect of outliers, such as a hand detected in the wrong place
_PLACE = 2  # only x and y are centered: an offset of 0 may be a missing one, and has to stay 0


class Standardize(nn.Module):
    """Its statistics are set once from the training clips of a fold, are not learned, and are saved with the
    weights.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, joints: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(joints, CHANNELS))
        self.register_buffer("deviation", torch.ones(joints, CHANNELS))

    def set_scale(self, mean: Tensor, deviation: Tensor) -> None:
        """Sets the mean and standard deviation (137, 5) of the training frames; the confidence is not scaled."""
        self.mean.zero_()
        self.mean[:, :_PLACE] = mean[: len(self.mean), :_PLACE]
        self.deviation.copy_(deviation[: len(self.deviation)])
        self.deviation[:, _PLACE] = 1.0

    def forward(self, points: Tensor, mask: Tensor) -> Tensor:
        """Points (..., joints, 5) and mask (..., joints) to the same shape; 0 where masked, even for NaN."""
        scaled = (points - self.mean) / self.deviation
        return scaled.clamp_(-_CLAMP, _CLAMP).masked_fill_(~mask.unsqueeze(-1), 0.0)


def checked_joints(joints: int) -> int:
    """`joints`, which must be 137, or 25 for the body alone. Raises ValueError otherwise."""
    if joints not in (25, JOINT_COUNT):
        raise ValueError(f"a model reads 25 or {JOINT_COUNT} joints, not {joints}")
    return joints
