"""A linear model on statistics of the input, added to the logits: what a simple model finds is not to be lost.

Measured on real movements: balanced accuracy .741 with it against .728 on 14 actions, .920 against .887 on 8 strikes.
"""

import torch
from torch import Tensor, nn

from training.models.dropout import Dropout

_CONSTANT = 1e-4
_LESSER_WEIGHT = 0.1


class InputShortcut(nn.Module):
    """Statistics of a clip (`training.models.pose_mlp.clip_statistics`), standardized over the training clips, to scores.

    Its last layer starts at zero, so that a new network is the network without it. The first `lesser` statistics count a
    tenth: with them in full, some 2,500 moments drown some 400 energies (one-minute clips: .74 against .76).
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, statistics: int, classes: int, dropout: float, lesser: int = 0) -> None:
        super().__init__()
        self._lesser = lesser
        self.register_buffer("mean", torch.zeros(statistics))
        self.register_buffer("deviation", torch.ones(statistics))
        self.dropout = Dropout(dropout)
        self.scores = nn.Linear(statistics, classes)
        nn.init.zeros_(self.scores.weight)
        nn.init.zeros_(self.scores.bias)

    def set_scale(self, statistics: Tensor) -> None:
        """Sets mean and deviation by the statistics (clips, statistics) of the training clips."""
        deviation = statistics.std(dim=0, correction=0)
        self.mean.copy_(statistics.mean(dim=0))
        self.deviation.copy_(torch.where(deviation < _CONSTANT, torch.ones_like(deviation), deviation))

    def forward(self, statistics: Tensor) -> Tensor:
        """(..., statistics) to (..., classes)."""
        scaled = ((statistics - self.mean) / self.deviation).clamp(-5, 5)
        if self._lesser:
            scaled = torch.cat([_LESSER_WEIGHT * scaled[..., : self._lesser], scaled[..., self._lesser :]], dim=-1)
        scores: Tensor = self.scores(self.dropout(scaled))
        return scores
