"""A linear model on statistics of the input, added to the logits: what a simple model finds is not to be lost.

Measured on real movements: balanced accuracy .741 with it against .728 on 14 actions, .920 against .887 on 8 strikes.
"""

import torch
from torch import Tensor, nn

from training.models.dropout import Dropout

_CONSTANT, _CONSTANT_ENERGY = 1e-4, 1e-10  # a smaller deviation is rounding


class InputShortcut(nn.Module):
    """Statistics of a clip (`training.models.pose_mlp.clip_statistics`), standardized over the training clips, to scores.

    Its layer starts at zero, so that a new network is the network without it. Where it is `solved`, no step changes it
    (`set_solution`). The last statistics are the `energies`.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, statistics: int, classes: int, dropout: float, *, energies: int = 0, solved: bool = False
    ) -> None:
        super().__init__()
        self.solved = solved
        self.moments = statistics - energies
        self.register_buffer("mean", torch.zeros(statistics))
        self.register_buffer("deviation", torch.ones(statistics))
        self.dropout = Dropout(dropout)
        self.scores = nn.Linear(statistics, classes)
        nn.init.zeros_(self.scores.weight)
        nn.init.zeros_(self.scores.bias)
        self.scores.requires_grad_(not solved)

    def set_scale(self, statistics: Tensor) -> None:
        """Sets mean and deviation by the statistics (clips, statistics) of the training clips."""
        deviation = statistics.std(dim=0, correction=0)
        self.mean.copy_(statistics.mean(dim=0))
        least = torch.full_like(deviation, _CONSTANT)
        least[self.moments :] = _CONSTANT_ENERGY
        self.deviation.copy_(torch.where(deviation < least, torch.ones_like(deviation), deviation))

    def forward(self, statistics: Tensor) -> Tensor:
        """(..., statistics) to (..., classes)."""
        scaled = self.scaled(statistics)
        scores: Tensor = self.scores(scaled if self.solved else self.dropout(scaled))
        return scores

    def scaled(self, statistics: Tensor) -> Tensor:
        """(..., statistics) as the linear layer reads them."""
        return ((statistics - self.mean) / self.deviation).clamp(-5, 5)

    @torch.no_grad()
    def set_solution(self, weight: Tensor, bias: Tensor) -> None:
        """Sets and keeps the linear layer: `weight` (classes, statistics), `bias` (classes,)."""
        self.scores.weight.copy_(weight)
        self.scores.bias.copy_(bias)
