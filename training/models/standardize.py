"""Key points in units of the training clips' own spread, with exact zeros where nothing was seen."""

import torch
from torch import Tensor, nn

from core.pose.skeleton import JOINT_COUNT
from training.data.pose_input import CHANNELS

_CLAMP = 5.0  # standard deviations; a hand that jumps across the picture must not swamp the rest
_PLACE = 2  # x and y alone are centred: an offset that could not be taken is 0 and stays 0


class Standardise(nn.Module):
    """Its numbers are filled once from the training clips of a fold, never learned, and saved with the weights."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, joints: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(joints, CHANNELS))
        self.register_buffer("deviation", torch.ones(joints, CHANNELS))

    def set_scale(self, mean: Tensor, deviation: Tensor) -> None:
        """(137, 5) mean and standard deviation of the training frames; the confidence is left as it is."""
        self.mean.zero_()
        self.mean[:, :_PLACE] = mean[: len(self.mean), :_PLACE]
        self.deviation.copy_(deviation[: len(self.deviation)])
        self.deviation[:, _PLACE] = 1.0

    def forward(self, points: Tensor, mask: Tensor) -> Tensor:
        """Points (..., joints, 5) and mask (..., joints); whatever stands in a missing point, even no number, becomes 0."""
        scaled = (points - self.mean) / self.deviation
        return scaled.clamp_(-_CLAMP, _CLAMP).masked_fill_(~mask.unsqueeze(-1), 0.0)


def checked_joints(joints: int) -> int:
    """137, or 25 for the body alone; ValueError for another number."""
    if joints not in (25, JOINT_COUNT):
        raise ValueError(f"a model reads 25 or {JOINT_COUNT} joints, not {joints}")
    return joints
