"""How the vectors of the modalities are joined: each way is equal to concatenation at initialization. Late fusion is
concatenation that is never fitted on, so that it stays the weighted sum of the logits of each modality.

All take (B, modalities, width), with a learned vector for an absent modality, and return (B, modalities x width).
"""

import torch
from torch import Tensor, nn

LATE = "late"


class Concatenation(nn.Module):
    """Plain concatenation, as in arXiv 2602.08057."""

    def forward(self, vectors: Tensor) -> Tensor:
        """See the module."""
        return vectors.flatten(1)


class Gated(nn.Module):
    """Weights each modality by a gate computed from all of them (Arevalo et al., "Gated multimodal units", 2017).

    The gates sum to the number of modalities, so that equal gates change nothing.
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
    """Adds to each modality's vector what it attends to in the other modalities, never in itself.

    The attention is between clip vectors. Between tokens (Tsai et al., "Multimodal Transformer", 2019) its cost
    would grow with key-point frames times images, and an interview can have 39,000 frames.
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
    """The layer "late", "concatenation", "gated" or "cross-attention"; concatenation for one modality. Raises ValueError
    for another name.
    """
    if modalities == 1 or name in (LATE, "concatenation"):
        return Concatenation()
    if name == "gated":
        return Gated(modalities, width)
    if name == "cross-attention":
        return CrossAttention(modalities, width, heads)
    raise ValueError(f"{name!r} is no join of modalities")
