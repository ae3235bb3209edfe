"""DD-Net (Yang, Wu, Sakti, Nakamura, "Make Skeleton-based Action Recognition Model Smaller, Faster and Better", ACM
Multimedia Asia 2019, arXiv 1907.09658): 1-D convolutions over joint distances and two motions.

Written from the paper: a clip is 32 frames; the distances of all pairs of joints (JCD) and the motions from frame to
frame (slow) and over two frames (fast) each pass convolutions of kernel 1, 3 and 1 with 2f, f and f filters; JCD and
slow motion are halved in time, so that the three can be concatenated; two convolutions of kernel 3 with 2f, 4f and 8f
filters follow each, halved in time between; then the maximum over time, two dense layers of 128 and the labels. Each
layer has batch norm and leaky ReLU (0.2); whole channels are dropped at 0.1, dense ones at 0.5. f is 64 (1.8 million
parameters), 32 (0.5 million) or 16.

The distances of a clip are divided by their mean, less one; those of a clip without points are zero, where the
authors' code divides by zero.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FRAMES = 32
_SLOPE = 0.2
_DENSE = 128


def joint_distances(places: Tensor, pairs: Tensor) -> Tensor:
    """(B, T, J, 2) and (2, P) places of joints to (B, T, P), each clip divided by its mean, less one."""
    apart = (places[:, :, pairs[0]] - places[:, :, pairs[1]]).norm(dim=-1)
    mean = apart.mean(dim=(1, 2), keepdim=True)
    return torch.where(mean > 0, apart / mean.clamp_min(1e-6) - 1, torch.zeros_like(apart))


def motions(places: Tensor) -> tuple[Tensor, Tensor]:
    """(B, T, J, 2) to slow (B, T, 2 J) and fast motion (B, T / 2, 2 J); the last frame moves as the one before it."""
    flat = places.flatten(2)
    return _moved(flat), _moved(flat[:, ::2])


def _moved(flat: Tensor) -> Tensor:
    moved = flat[:, 1:] - flat[:, :-1]
    return torch.cat([moved, moved[:, -1:]], dim=1)


class _Convolution(nn.Module):
    """(B, C, T) to (B, filters, T)."""

    def __init__(self, inside: int, filters: int, kernel: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(inside, filters, kernel, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm1d(filters)

    def forward(self, given: Tensor) -> Tensor:
        """Convolution, batch norm, leaky ReLU."""
        return F.leaky_relu(self.norm(self.convolution(given)), _SLOPE)


def _stream(inside: int, filters: int, *, halved: bool) -> nn.Sequential:
    layers: list[nn.Module] = [_Convolution(inside, 2 * filters, 1), nn.Dropout1d(0.1)]
    layers += [_Convolution(2 * filters, filters, 3), nn.Dropout1d(0.1), _Convolution(filters, filters, 1)]
    return nn.Sequential(*layers, *([nn.MaxPool1d(2)] if halved else []), nn.Dropout1d(0.1))


def _block(inside: int, filters: int, *, halved: bool) -> nn.Sequential:
    layers: list[nn.Module] = [_Convolution(inside, filters, 3), _Convolution(filters, filters, 3)]
    return nn.Sequential(*layers, *([nn.MaxPool1d(2)] if halved else []), nn.Dropout1d(0.1))


class DdNet(nn.Module):
    """Places (B, 32, J, 2) to logits (B, classes). `paired`: the joints whose distances are read; else all."""

    pairs: Tensor

    def __init__(self, joints: int, classes: int, filters: int = 64, paired: tuple[int, ...] | None = None) -> None:
        super().__init__()
        chosen = torch.tensor(range(joints) if paired is None else paired, dtype=torch.long)
        first, second = torch.triu_indices(len(chosen), len(chosen), offset=1)
        self.register_buffer("pairs", torch.stack([chosen[first], chosen[second]]), persistent=False)
        # With fewer than two joints there is no distance, and the motions alone are read.
        distances = self.pairs.shape[1]
        self.distances = _stream(distances, filters, halved=True) if distances else None
        self.slow = _stream(2 * joints, filters, halved=True)
        self.fast = _stream(2 * joints, filters, halved=False)
        self.blocks = nn.Sequential(
            _block((3 if distances else 2) * filters, 2 * filters, halved=True),
            _block(2 * filters, 4 * filters, halved=True),
            _block(4 * filters, 8 * filters, halved=False),
        )
        self.head = nn.Sequential(*_dense(8 * filters), *_dense(_DENSE), nn.Linear(_DENSE, classes))

    def forward(self, places: Tensor) -> Tensor:
        """Logits."""
        slow, fast = motions(places)
        streams = [self.slow(slow.transpose(1, 2)), self.fast(fast.transpose(1, 2))]
        if self.distances is not None:
            streams.insert(0, self.distances(joint_distances(places, self.pairs).transpose(1, 2)))
        logits: Tensor = self.head(self.blocks(torch.cat(streams, dim=1)).amax(dim=-1))
        return logits


def _dense(inside: int) -> list[nn.Module]:
    return [nn.Linear(inside, _DENSE, bias=False), nn.BatchNorm1d(_DENSE), nn.LeakyReLU(_SLOPE), nn.Dropout(0.5)]
