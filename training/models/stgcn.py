"""ST-GCN: Yan, Xiong, Lin, "Spatial Temporal Graph Convolutional Networks", AAAI 2018, arXiv 1801.07455. The peer.

Written from the paper. Nine units of a spatial graph convolution and a temporal convolution over 9 frames, each with a
residual, of 64, 64, 64, 128, 128, 128, 256, 256, 256 channels, the 4th and the 7th with stride 2 in time, dropout 0.5; then
the mean over joints and time. The neighbors of a joint are parted by the paper's spatial configuration: the joint with
those as far from the centre as itself, those nearer, those farther; each part has weights and a learned importance of
every edge in each unit.

Three things are not the paper's: the graph is that of 137 (or 25) points, with the centre at the neck; the input has the
five channels of `training.data.pose_input`, which PoseMLP reads too, standardised by the training clips in place of the data's
batch normalisation, so that a missing point is exactly zero; frames after a clip's end are kept at zero in every unit.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.pose.skeleton import GRAPH_EDGES, NECK
from training.data.pose_input import CHANNELS
from training.models.standardize import Standardise, checked_joints

PARTS = 3  # root, centripetal, centrifugal
STRIDE = 4  # frames a token: two units halve the time
_TEMPORAL = 9  # frames that a temporal convolution reaches over
_WIDENING = ((1, 1), (1, 1), (1, 1), (2, 2), (2, 1), (2, 1), (4, 2), (4, 1), (4, 1))
"""Of each unit: times the base channels, stride in time."""


def hops_from(centre: int, joints: int) -> list[int]:
    """(joints,) edges on the shortest way to the centre over `GRAPH_EDGES`; -1 for a joint that cannot be reached."""
    hops = [-1] * joints
    hops[centre] = 0
    edge_of = [(a, b) for a, b in GRAPH_EDGES if a < joints and b < joints]
    front, step = {centre}, 0
    while front:
        step += 1
        beside = {b for a, b in edge_of if a in front} | {a for a, b in edge_of if b in front}
        front = {joint for joint in beside if hops[joint] < 0}
        for joint in front:
            hops[joint] = step
    return hops


def spatial_configuration(joints: int) -> Tensor:
    """(3, joints, joints) normalised adjacency: column w holds what joint w takes from v of its root, nearer, farther part."""
    hops = hops_from(NECK, joints)
    beside = torch.eye(joints)
    for a, b in GRAPH_EDGES:
        if a < joints and b < joints:
            beside[a, b] = beside[b, a] = 1.0
    beside = beside / beside.sum(dim=0)
    parts = torch.zeros(PARTS, joints, joints)
    for source, target in beside.nonzero().tolist():
        farther = hops[source] - hops[target]
        parts[0 if farther == 0 else 1 if farther < 0 else 2, source, target] = beside[source, target]
    return parts


class Unit(nn.Module):
    """Graph convolution, batch norm, ReLU, temporal convolution, batch norm, dropout; residual; ReLU."""

    adjacency: Tensor

    def __init__(
        self, inside: int, outside: int, stride: int, dropout: float, adjacency: Tensor, *, residual: bool
    ) -> None:
        super().__init__()
        self.register_buffer("adjacency", adjacency, persistent=False)
        self.importance = nn.Parameter(torch.ones_like(adjacency))
        self.spread = nn.Conv2d(inside, PARTS * outside, 1)
        self.norm = nn.BatchNorm2d(outside)
        self.temporal = nn.Sequential(
            nn.Conv2d(outside, outside, (_TEMPORAL, 1), (stride, 1), (_TEMPORAL // 2, 0)),
            nn.BatchNorm2d(outside),
            nn.Dropout(dropout),
        )
        self.residual: nn.Module | None = None
        if residual:
            self.residual = nn.Identity()
            if inside != outside or stride != 1:
                self.residual = nn.Sequential(nn.Conv2d(inside, outside, 1, (stride, 1)), nn.BatchNorm2d(outside))

    def forward(self, given: Tensor, inside: Tensor | None) -> Tensor:
        """(B, channels, frames, joints) to the same with the unit's channels and ceil(frames / stride).

        Inside (B, 1, frames, 1) is 0 in the padding, which must not reach the clip; None where there is none.
        """
        batch, _, frames, joints = given.shape
        spread = self.spread(given).view(batch, PARTS, -1, frames, joints)
        mixed = torch.einsum("bkctv,kvw->bctw", spread, self.adjacency * self.importance)
        mixed = F.relu(self.norm(mixed))
        out = self.temporal(mixed if inside is None else mixed * inside)
        if self.residual is not None:
            out = out + self.residual(given)
        return F.relu(out)


class StGcn(nn.Module):
    """Key points of T frames to ceil(T / 4) tokens of four times the base channels: the mean over joints of each moment."""

    def __init__(self, channels: int = 64, joints: int = 137, dropout: float = 0.5) -> None:
        super().__init__()
        self.joints = checked_joints(joints)
        self.width = channels * _WIDENING[-1][0]
        self.standardise = Standardise(joints)
        adjacency = spatial_configuration(joints)
        units: list[Unit] = []
        inside = CHANNELS
        for times, stride in _WIDENING:
            units.append(Unit(inside, channels * times, stride, dropout, adjacency, residual=bool(units)))
            inside = channels * times
        self.units = nn.ModuleList(units)

    def set_scale(self, mean: Tensor, deviation: Tensor) -> None:
        """Mean and standard deviation (137, 5) of the training frames."""
        self.standardise.set_scale(mean, deviation)

    def forward(self, points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, T, 137, 5) and mask (B, T, 137) to tokens (B, L, width) and token mask (B, L), L = ceil(T / 4).

        A token without a joint in its frames is masked out.
        """
        points, mask = points[:, :, : self.joints], mask[:, :, : self.joints]
        there = mask.any(dim=-1)
        # Until its last frame with a joint a clip is whole; what follows is padding.
        inside = there.int().flip(1).cummax(dim=1).values.flip(1).bool()
        padded = not bool(inside.all())
        hidden = self.standardise(points, mask).permute(0, 3, 1, 2)
        for unit, (_, stride) in zip(self.units, _WIDENING, strict=True):
            hidden = unit(hidden, inside[:, None, :, None] if padded else None)
            inside = _halved(inside) if stride == 2 else inside
            if padded:
                hidden = hidden * inside[:, None, :, None]
        return hidden.mean(dim=-1).transpose(1, 2), _halved(_halved(there))


def _halved(there: Tensor) -> Tensor:
    """(B, T) to (B, ceil(T / 2)): whether one of two frames is there."""
    short = there.shape[1] % 2
    return F.pad(there, (0, short)).view(len(there), -1, 2).any(dim=-1)


def segment_starts(frames: int, segment_frames: int) -> list[int]:
    """The first frame of each token of a clip that is read in segments of so many frames."""
    starts: Sequence[int] = range(0, frames, segment_frames)
    return [start + at for start in starts for at in range(0, min(segment_frames, frames - start), STRIDE)]
