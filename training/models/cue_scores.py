"""Scores of the labels from the rates of the measured cues, added to the network's logits.

A wide and deep model: Cheng et al., "Wide & deep learning for recommender systems", 2016.
"""

import torch
from torch import Tensor, nn

from training.data.cue_rates import FAR, CueModel


class CueScores(nn.Module):
    """`training.data.cue_rates.cue_terms` as a module. Its buffers are fitted before the network and saved with its
    weights.

    `usual` and `gain` are the base rates and the shrinkage; saved weights have these names.
    """

    usual: Tensor
    shape: Tensor
    log_factor: Tensor
    gain: Tensor

    def __init__(self, cues: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("usual", torch.ones(cues, dtype=torch.float64))
        self.register_buffer("shape", torch.ones(cues, dtype=torch.float64))
        self.register_buffer("log_factor", torch.zeros(classes, cues, dtype=torch.float64))
        self.register_buffer("gain", torch.zeros((), dtype=torch.float64))

    def set_model(self, found: CueModel) -> None:
        """Copies the model that was fitted on the training rows."""
        fitted = (found.base_rate, found.shape, found.log_factor, found.shrinkage)
        for buffer, values in zip((self.usual, self.shape, self.log_factor, self.gain), fitted, strict=True):
            buffer.copy_(torch.as_tensor(values, dtype=torch.float64))

    def model(self) -> CueModel:
        """The model given to `set_model`."""
        base_rate, shape, log_factor = (one.cpu().numpy() for one in (self.usual, self.shape, self.log_factor))
        return CueModel(base_rate, shape, log_factor, float(self.gain))

    def forward(self, counts: Tensor) -> Tensor:
        """Events and measurable minutes (..., cues, 2) to scores (..., classes); 0 where nothing was measured."""
        given = counts.double()
        expected = self.usual * given[..., 1]
        most = expected + FAR * (expected + expected**2 / self.shape).sqrt()
        events = torch.minimum(given[..., 0], most).unsqueeze(-2)
        by_label = expected.unsqueeze(-2) * self.log_factor.exp()
        terms = events * self.log_factor - (events + self.shape) * (self.shape + by_label).log()
        scores = self.gain * terms.sum(dim=-1)
        return (scores - scores.mean(dim=-1, keepdim=True)).to(counts.dtype)
