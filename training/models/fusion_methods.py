"""How the clip vectors of the modalities become one: three ways, each the plain concatenation before anything is learned.

All take (B, modalities, width), the vector of an absent modality being a learned one, and give (B, modalities x width) to the
fully connected layer behind them.
"""

import torch
from torch import Tensor, nn


class Concatenation(nn.Module):
    """One beside the other, as in arXiv 2602.08057."""

    def forward(self, vectors: Tensor) -> Tensor:
        """See the module."""
        return vectors.flatten(1)


class Gated(nn.Module):
    """Each modality is given a share that depends on all of them, after Arevalo et al., "Gated multimodal units", 2017.

    The shares sum to the number of modalities, so that even ones change nothing.
    """

    def __init__(self, modalities: int, width: int) -> None:
        super().__init__()
        self.share = nn.Linear(modalities * width, modalities)
        nn.init.zeros_(self.share.weight)
        nn.init.zeros_(self.share.bias)

    def forward(self, vectors: Tensor) -> Tensor:
        """See the module."""
        shares: Tensor = vectors.shape[1] * self.share(vectors.flatten(1)).softmax(dim=-1)
        return (shares[:, :, None] * vectors).flatten(1)


class CrossAttention(nn.Module):
    """Each modality asks the others, never itself, and adds what it hears.

    The attention is between the clip vectors. Between tokens (Tsai et al., "Multimodal Transformer", 2019) it would grow with
    frames times pictures, on interviews of 39,000 frames.
    """

    own: Tensor

    def __init__(self, modalities: int, width: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        nn.init.zeros_(self.attention.out_proj.weight)
        self.register_buffer("own", torch.eye(modalities, dtype=torch.bool), persistent=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """See the module."""
        asked = self.norm(vectors)
        heard: Tensor = self.attention(asked, asked, asked, attn_mask=self.own, need_weights=False)[0]
        return (vectors + heard).flatten(1)


def fusion_layer(name: str, modalities: int, width: int, heads: int) -> nn.Module:
    """The join "concatenation", "gated" or "cross-attention"; one modality has nothing to join. Else ValueError."""
    if modalities == 1 or name == "concatenation":
        return Concatenation()
    if name == "gated":
        return Gated(modalities, width)
    if name == "cross-attention":
        return CrossAttention(modalities, width, heads)
    raise ValueError(f"{name!r} is no join of modalities")
