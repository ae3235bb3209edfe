"""A Transformer encoder whose memory grows linearly with the length of the clip.

Rotary positions (Su et al., 2021), pre-norm blocks, `scaled_dot_product_attention` without attention dropout: dropout
inside the attention leaves the fused kernel, and 8,700 frames then need 16 GB instead of 1.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_BASE = 10_000.0


def rotate(vectors: Tensor) -> Tensor:
    """Rotary positions 0, 1, 2 ... on (B, heads, L, head_width): pairs of channels turn with the position.

    Head width must be even. Attention then depends on the distance between tokens alone.
    """
    length, width = vectors.shape[-2:]
    half = width // 2
    rates = _BASE ** (-torch.arange(half, device=vectors.device, dtype=torch.float32) / half)
    angle = torch.arange(length, device=vectors.device, dtype=torch.float32)[:, None] * rates
    cosine, sine = angle.cos().to(vectors.dtype), angle.sin().to(vectors.dtype)
    first, second = vectors[..., :half], vectors[..., half:]
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


class Block(nn.Module):
    """Pre-norm attention and MLP; dropout on what they add, never inside the attention."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, attend: Tensor | None) -> Tensor:
        """Tokens (B, L, width); `attend` (B, 1, 1, L) is True where a token may be looked at, None for everywhere."""
        batch, length, width = tokens.shape
        mixed = self.query_key_value(self.attention_norm(tokens))
        query, key, value = mixed.view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(rotate(query), rotate(key), value, attn_mask=attend, dropout_p=0.0)
        tokens = tokens + self.dropout(self.attention_out(seen.transpose(1, 2).reshape(batch, length, width)))
        result: Tensor = tokens + self.dropout(self.mlp(self.mlp_norm(tokens)))
        return result


class LongTransformer(nn.Module):
    """Tokens to one vector a clip by attention pooling, with the weights of the pooling.

    The pooling begins as the plain mean, the statistic in which gesture rates are seen at once.
    """

    def __init__(self, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        if width % (2 * heads):
            raise ValueError(f"width {width} must be a multiple of twice the heads ({2 * heads}) for rotary positions")
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.score = nn.Linear(width, 1)
        nn.init.zeros_(self.score.weight)
        nn.init.zeros_(self.score.bias)

    def forward(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B, L, width) and mask (B, L) to vectors (B, width) and pooling weights (B, L) that sum to 1.

        Masked tokens have weight 0. A clip without any token is pooled over its padding, so that nothing becomes NaN;
        the caller replaces its vector.
        """
        tokens, weights = self.encode(tokens, mask)
        return torch.einsum("bl,blw->bw", weights, tokens), weights

    def encode(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What is pooled (B, L, width) and the weights (B, L) that it is pooled with."""
        mask = mask | ~mask.any(dim=-1, keepdim=True)
        attend = None if bool(mask.all()) else mask[:, None, None, :]
        for block in self.blocks:
            tokens = block(tokens, attend)
        tokens = self.norm(tokens)
        score = self.score(tokens).squeeze(-1).masked_fill(~mask, float("-inf"))
        return tokens, score.softmax(dim=-1)
