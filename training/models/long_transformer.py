"""A Transformer encoder whose memory grows linearly with the length of the clip.

Rotary position embeddings (Su et al., 2021), pre-norm blocks, `scaled_dot_product_attention` without attention
dropout: with it torch leaves the fused kernel, and 8,700 frames then need 16 GB instead of 1.

Clips of different lengths are packed: their tokens are concatenated, all layers except the attention process them as
one row, and the attention runs clip by clip, so padding costs nothing. Forward and backward of eight clips of 823 to
3,586 tokens, on 2 cores: clip by clip 0.5-1.5 s, two buckets of padded lengths 0.9-2.3 s, padded with a mask 1.5-3.9
s, jagged nested tensors, which leave the fused kernel on the CPU, 37-52 s and 10 GB.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from training.models.dropout import Dropout

_BASE = 10_000.0
_SHORT_TOKENS = 256

Turns = tuple[Tensor, Tensor]
"""Cosine and sine (N, 1, head_width / 2) of the rotation angle of each token."""


def turns_of(positions: Tensor, head_width: int) -> Turns:
    """The rotations for tokens at `positions` (N,). `head_width` must be even."""
    half = head_width // 2
    rates = _BASE ** (-torch.arange(half, device=positions.device, dtype=torch.float32) / half)
    angle = (positions.float()[:, None] * rates)[:, None]
    return angle.cos(), angle.sin()


def rotate(vectors: Tensor, turns: Turns) -> Tensor:
    """Applies rotary position embeddings to (N, heads, head_width), so that attention depends on relative positions
    only.
    """
    cosine, sine = (part.to(vectors.dtype) for part in turns)
    first, second = vectors.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


class Block(nn.Module):
    """A pre-norm block of attention and MLP, with dropout on the residual branches but not inside the attention."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.dropout = Dropout(dropout)

    def forward(self, tokens: Tensor, turns: Turns, lengths: Sequence[int]) -> Tensor:
        """Packed tokens (N, width) to the same shape. `lengths` of the clips sum to N; attention stays within a
        clip.
        """
        mixed = self.query_key_value(self.attention_norm(tokens)).view(len(tokens), 3, self.heads, -1)
        query, key, value = mixed.unbind(dim=1)
        seen = _attended(rotate(query, turns), rotate(key, turns), value, lengths)
        tokens = tokens + self.dropout(self.attention_out(seen.flatten(1)))
        result: Tensor = tokens + self.dropout(self.mlp(self.mlp_norm(tokens)))
        return result


def _attended(query: Tensor, key: Tensor, value: Tensor, lengths: Sequence[int]) -> Tensor:
    """Attention within each clip, (N, heads, head_width) each. Clips of equal length run as one batch, short ones as one
    padded batch: so little costs less padded than clip by clip.
    """
    if len(set(lengths)) == 1:
        shape = (len(lengths), lengths[0], *query.shape[1:])
        return _attention(query.view(shape), key.view(shape), value.view(shape)).reshape(query.shape)
    if max(lengths) <= _SHORT_TOKENS:
        return _padded(query, key, value, lengths)
    seen, start = [], 0
    for length in lengths:
        clip = slice(start, start + length)
        seen.append(_attention(query[None, clip], key[None, clip], value[None, clip])[0])
        start += length
    return torch.cat(seen)


def _padded(query: Tensor, key: Tensor, value: Tensor, lengths: Sequence[int]) -> Tensor:
    mask = torch.arange(max(lengths), device=query.device) < torch.tensor(lengths, device=query.device)[:, None]

    def spread(packed: Tensor) -> Tensor:
        whole = packed.new_zeros(*mask.shape, *packed.shape[1:])
        return whole.masked_scatter(mask[..., None, None], packed).transpose(1, 2)

    heard = F.scaled_dot_product_attention(spread(query), spread(key), spread(value), attn_mask=mask[:, None, None])
    return heard.transpose(1, 2)[mask]


def _attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention of (B, L, heads, head_width) each, to the same shape."""
    seen = F.scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
    return seen.transpose(1, 2)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Tokens (B, L, width), zero where masked; pooling weights (B, L) that sum to 1; mask (B, L), full for a clip without
    any token, which avoids NaN: the caller replaces its vector.
    """

    tokens: Tensor
    weights: Tensor
    mask: Tensor


class LongTransformer(nn.Module):
    """Encodes the tokens of a clip and weighs them for pooling.

    The weights start equal: a plain mean, in which differences of gesture rates show at once. There is no norm after the
    last block: the size of a token would be lost to deviation and maximum. With `checkpointing`, a
    block stores only its input and is computed again for the gradient: less memory, a third more time.
    """

    def __init__(self, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        if width % (2 * heads):
            raise ValueError(f"width {width} must be a multiple of twice the heads ({2 * heads}) for rotary positions")
        self.checkpointing = False
        self.head_width = width // heads
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.score = nn.Linear(width, 1)
        nn.init.zeros_(self.score.weight)
        nn.init.zeros_(self.score.bias)

    def forward(self, tokens: Tensor, mask: Tensor) -> Encoded:
        """Encodes tokens (B, L, width) with mask (B, L)."""
        mask = mask | ~mask.any(dim=-1, keepdim=True)
        lengths = mask.sum(dim=-1).tolist()
        packed = tokens[mask]
        turns = turns_of(mask.nonzero()[:, 1], self.head_width)
        for block in self.blocks:
            if self.checkpointing and self.training:
                packed = checkpoint(block, packed, turns, lengths, use_reentrant=False)
            else:
                packed = block(packed, turns, lengths)
        whole = packed.new_zeros(tokens.shape)
        whole[mask] = packed
        score = self.score(whole).squeeze(-1).masked_fill(~mask, float("-inf"))
        return Encoded(whole, score.softmax(dim=-1), mask)


def set_checkpointing(model: nn.Module, on: bool) -> None:
    """Turns activation checkpointing on or off in every Transformer of the model; does not change the weights."""
    for module in model.modules():
        if isinstance(module, LongTransformer):
            module.checkpointing = on
