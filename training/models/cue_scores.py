"""What the rates of the measured cues say of each label, beside what the networks say: wide and deep (Cheng et al., 2016)."""

import torch
from torch import Tensor, nn

from training.cue_rates import FAR, CueWeights


class CueScores(nn.Module):
    """`training.cue_rates` as a part of the model: fitted before the fit, not by it, and kept with the weights."""

    mean: Tensor
    deviation: Tensor
    weight: Tensor
    bias: Tensor

    def __init__(self, cues: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(cues))
        self.register_buffer("deviation", torch.ones(cues))
        self.register_buffer("weight", torch.zeros(classes, cues))
        self.register_buffer("bias", torch.zeros(classes))

    def set_weights(self, found: CueWeights) -> None:
        """Takes over what was fitted on the training rows."""
        for name in ("mean", "deviation", "weight", "bias"):
            buffer: Tensor = getattr(self, name)
            buffer.copy_(torch.as_tensor(getattr(found, name)))

    def forward(self, rates: Tensor) -> Tensor:
        """Events a measurable minute (..., cues), NaN where unknown, to scores (..., classes); nothing known is even."""
        known = ((rates - self.mean) / self.deviation).clamp(-FAR, FAR).nan_to_num()
        return known @ self.weight.T + self.bias
