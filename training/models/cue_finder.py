"""A layer that tells from a token which cues are on, taught by the cues that rules measure, and how often it finds each.

Auxiliary tasks as in Caruana, "Multitask learning", Machine Learning 28, 1997: what a rule finds in the key points tells a
network what to look for, where some hundred labels of whole interviews do not.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.data.cue_targets import UNKNOWN
from training.data.pose_input import FRAME_HZ

_SMOOTHED_TOKENS = 3
_ON = 0.5


class CueFinder(nn.Module):
    """Tokens (B, L, width), of `patch_frames` frames each, to logits (B, L, cues)."""

    positive_weight: Tensor

    def __init__(self, width: int, cues: int, patch_frames: int) -> None:
        super().__init__()
        self._patch_frames = patch_frames
        self.layers = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, cues))
        self.register_buffer("positive_weight", torch.ones(cues))

    def forward(self, tokens: Tensor) -> Tensor:
        """The logits; each token is told from itself and what its convolutions see."""
        logits: Tensor = self.layers(tokens)
        return logits

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The mean binary cross-entropy over tokens and cues that could be measured; 0 where none could.

        `targets` (B, T, cues) by frame (training.data.cue_targets); a token is taught by the frame in its middle.
        """
        middle = self._patch_frames // 2
        asked = F.pad(targets, (0, 0, 0, self._patch_frames), value=UNKNOWN)[:, middle :: self._patch_frames]
        asked = asked[:, : logits.shape[1]]
        known = asked != UNKNOWN
        losses = F.binary_cross_entropy_with_logits(
            logits.float(), asked.clamp(min=0).float(), pos_weight=self.positive_weight, reduction="none"
        )
        return (losses * known).sum() / known.sum().clamp(min=1)

    def counts_so_far(self, logits: Tensor, there: Tensor) -> Tensor:
        """(B, L, cues, 2): how often each cue has set in up to each token, and the minutes of the tokens that are there.

        A cue is on where its probability, smoothed over three tokens, is above one half.
        """
        smooth = F.avg_pool1d(
            (logits.sigmoid() * there.unsqueeze(-1)).transpose(1, 2),
            _SMOOTHED_TOKENS,
            stride=1,
            padding=_SMOOTHED_TOKENS // 2,
        ).transpose(1, 2)
        on = (smooth > _ON) & there.unsqueeze(-1)
        sets_in = on & ~F.pad(on, (0, 0, 1, 0))[:, :-1]
        minutes = there.cumsum(dim=1) * (self._patch_frames / FRAME_HZ / 60)
        return torch.stack([sets_in.cumsum(dim=1).double(), minutes.unsqueeze(-1).expand_as(on).double()], dim=-1)
