"""ST-GCN (Yan, Xiong, Lin, AAAI 2018, arXiv 1801.07455), the graph network that PoseMLP is compared with.

Written from the paper: nine units of a spatial graph convolution and a temporal convolution over 9 frames, each with
a residual, with 64, 64, 64, 128, 128, 128, 256, 256, 256 channels; units 4 and 7 have stride 2 in time; dropout 0.5;
then the mean over joints and time. Neighbors are partitioned by the paper's spatial configuration (as far from the
center as the joint itself, nearer, farther); each part has its own weights and, in each unit, a learned importance
per edge.

One difference is a repair: dropout stands after the last unit alone. The paper has it after every unit, before the
batch norm of the next one, which then learns statistics that do not hold without dropout (Li, Chen, Hu, Yang, CVPR
2019, arXiv 1801.05134, who move it behind the last batch norm): in evaluation the network was at chance on its own
training clips.

Three more in `StGcn`, which reads what PoseMLP reads: the graph has 137 (or 25) points with the neck as center; the
input has the place of `training.data.pose_input`, its confidence, and the offset from the frame before, standardized by
the training clips instead of batch-normalized, so that a missing point is exactly zero; frames after the end of a clip
are kept at zero in every unit.
`StGcnClassifier` is the network of the paper, on any of the points.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.pose.skeleton import GRAPH_EDGES, JOINT_COUNT, NECK
from training.models.pose_features import StreamFeatures, checked_joints, points_with_offsets
from training.models.standardize import Standardize

CHANNELS = 5  # x, y, confidence, dx, dy
PARTS = 3  # root, centripetal, centrifugal
POINTS = "points"  # the name of its features
STRIDE = 4  # frames per token: two units have stride 2
_TEMPORAL = 9  # kernel size in frames
_READ = 3  # x, y, confidence: what the paper's network reads of a point
_WIDENING = ((1, 1), (1, 1), (1, 1), (2, 2), (2, 1), (2, 1), (4, 2), (4, 1), (4, 1))
"""For each unit: multiple of the base channels, stride in time."""


def hops_from(center: int, edges: Iterable[tuple[int, int]], joints: int) -> list[int]:
    """(joints,) number of edges from the center to each joint; -1 for a joint that is not connected."""
    hops = [-1] * joints
    hops[center] = 0
    edge_of = list(edges)
    front, step = {center}, 0
    while front:
        step += 1
        beside = {b for a, b in edge_of if a in front} | {a for a, b in edge_of if b in front}
        front = {joint for joint in beside if hops[joint] < 0}
        for joint in front:
            hops[joint] = step
    return hops


def edges_among(points: Sequence[int]) -> list[tuple[int, int]]:
    """The edges of `GRAPH_EDGES` between these points, as pairs of places in `points`; a point that they do not connect
    to the one nearest to the neck is joined to the nearest given point on its way there.
    """
    all_hops = hops_from(NECK, GRAPH_EDGES, JOINT_COUNT)
    place_of = {joint: place for place, joint in enumerate(points)}
    edges = [(place_of[a], place_of[b]) for a, b in GRAPH_EDGES if a in place_of and b in place_of]
    center = min(points, key=all_hops.__getitem__)
    for joint in sorted(points, key=all_hops.__getitem__):
        hops = hops_from(place_of[center], edges, len(points))
        if hops[place_of[joint]] >= 0:
            continue
        at = joint
        while at != NECK:
            at = next(b for b in _beside(at) if all_hops[b] == all_hops[at] - 1)
            if at in place_of:
                break
        edges.append((place_of[at if at in place_of else center], place_of[joint]))
    return edges


def _beside(joint: int) -> list[int]:
    return sorted({b for a, b in GRAPH_EDGES if a == joint} | {a for a, b in GRAPH_EDGES if b == joint})


def spatial_configuration(points: Sequence[int]) -> Tensor:
    """(3, J, J) normalized adjacency of J points, on the CPU: [part, v, w] is the weight of point v in point w; parts
    root, nearer, farther, by the hops from the neck or the given point nearest to it.
    """
    edges = edges_among(points)
    all_hops = hops_from(NECK, GRAPH_EDGES, JOINT_COUNT)
    center = min(range(len(points)), key=lambda place: all_hops[points[place]])
    hops = hops_from(center, edges, len(points))
    beside = torch.eye(len(points), device="cpu")  # its values are read here, which a model without memory has none of
    for a, b in edges:
        beside[a, b] = beside[b, a] = 1.0
    beside = beside / beside.sum(dim=0)
    parts = torch.zeros(PARTS, len(points), len(points), device="cpu")
    for source, target in beside.nonzero().tolist():
        farther = hops[source] - hops[target]
        parts[0 if farther == 0 else 1 if farther < 0 else 2, source, target] = beside[source, target]
    return parts


class Unit(nn.Module):
    """Graph convolution, batch norm, ReLU, temporal convolution, batch norm; residual; ReLU."""

    adjacency: Tensor

    def __init__(self, inside: int, outside: int, stride: int, adjacency: Tensor, *, residual: bool) -> None:
        super().__init__()
        self.register_buffer("adjacency", adjacency, persistent=False)
        self.importance = nn.Parameter(torch.ones_like(adjacency))
        self.spread = nn.Conv2d(inside, PARTS * outside, 1)
        self.norm = nn.BatchNorm2d(outside)
        self.temporal = nn.Sequential(
            nn.Conv2d(outside, outside, (_TEMPORAL, 1), (stride, 1), (_TEMPORAL // 2, 0)),
            nn.BatchNorm2d(outside),
        )
        self.residual: nn.Module | None = None
        if residual:
            self.residual = nn.Identity()
            if inside != outside or stride != 1:
                self.residual = nn.Sequential(nn.Conv2d(inside, outside, 1, (stride, 1)), nn.BatchNorm2d(outside))

    def forward(self, given: Tensor, inside: Tensor | None) -> Tensor:
        """(B, channels, frames, joints) to the same with the unit's channels and ceil(frames / stride) frames.

        `inside` (B, 1, frames, 1) is 0 in the padding, so that padding does not reach the clip; None where there is
        no padding.
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
    """Key points of T frames to ceil(T / 4) tokens with four times the base channels: at each moment the mean over
    joints.
    """

    def __init__(self, channels: int = 64, joints: int = 137, dropout: float = 0.5) -> None:
        super().__init__()
        self.joints = checked_joints(joints)
        self.width = channels * _WIDENING[-1][0]
        self.standardize = nn.ModuleDict(
            {POINTS: Standardize(joints * CHANNELS, [slice(axis, None, CHANNELS) for axis in (0, 1)])}
        )
        self.units = units_of(CHANNELS, channels, spatial_configuration(range(joints)))
        self.dropout = nn.Dropout(dropout)

    def raw_features(self, points: Tensor, mask: Tensor) -> dict[str, StreamFeatures]:
        """Place, confidence and offset of each joint, as measured, of points (B, T, 137, 3) and mask (B, T, 137)."""
        return {POINTS: points_with_offsets(points[:, :, : self.joints], mask[:, :, : self.joints])}

    def forward(self, points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, T, 137, 3) and mask (B, T, 137) to tokens (B, L, width) and token mask (B, L), L = ceil(T / 4).

        A token without a joint in its frames is masked out.
        """
        given = self.standardize[POINTS](self.raw_features(points, mask)[POINTS])
        there = given.present
        # Frames after the last one with a joint are padding.
        inside = there.int().flip(1).cummax(dim=1).values.flip(1).bool()
        padded = not bool(inside.all())
        hidden = given.values.unflatten(2, (self.joints, CHANNELS)).permute(0, 3, 1, 2)
        for unit, (_, stride) in zip(self.units, _WIDENING, strict=True):
            hidden = unit(hidden, inside[:, None, :, None] if padded else None)
            inside = _halved(inside) if stride == 2 else inside
            if padded:
                hidden = hidden * inside[:, None, :, None]
        return self.dropout(hidden.mean(dim=-1).transpose(1, 2)), _halved(_halved(there))


class StGcnClassifier(nn.Module):
    """The whole network of the paper: x, y and confidence of these `points`, batch-normalized, to logits.

    The graph has those points alone: where one in between is missing, its neighbors are joined.
    """

    def __init__(self, points: Sequence[int], classes: int, channels: int = 64, dropout: float = 0.5) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(len(points) * _READ)
        self.units = units_of(_READ, channels, spatial_configuration(points))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(channels * _WIDENING[-1][0], classes)

    def forward(self, points: Tensor, inside: Tensor) -> Tensor:
        """Points (B, T, J, 3) and `inside` (B, T), false in the padding at the end of a clip, to logits (B, classes)."""
        batch, frames, joints, channels = points.shape
        hidden = self.norm(points.reshape(batch, frames, -1).transpose(1, 2))
        hidden = hidden.view(batch, joints, channels, frames).permute(0, 2, 3, 1) * inside[:, None, :, None]
        for unit, (_, stride) in zip(self.units, _WIDENING, strict=True):
            hidden = unit(hidden, inside[:, None, :, None])
            inside = _halved(inside) if stride == 2 else inside
            hidden = hidden * inside[:, None, :, None]
        seen = inside.sum(dim=1, keepdim=True).clamp_min(1)
        logits: Tensor = self.head(self.dropout(hidden.mean(dim=-1).sum(dim=-1) / seen))
        return logits


def units_of(inside: int, channels: int, adjacency: Tensor) -> nn.ModuleList:
    """The nine units; `inside` channels come in."""
    units: list[Unit] = []
    for times, stride in _WIDENING:
        units.append(Unit(inside, channels * times, stride, adjacency, residual=bool(units)))
        inside = channels * times
    return nn.ModuleList(units)


def _halved(there: Tensor) -> Tensor:
    """(B, T) to (B, ceil(T / 2)): true where one of two neighboring frames is."""
    short = there.shape[1] % 2
    return F.pad(there, (0, short)).view(len(there), -1, 2).any(dim=-1)


def segment_starts(frames: int, segment_frames: int) -> list[int]:
    """The first frame of each token of a clip that is read in segments of `segment_frames` frames."""
    starts: Sequence[int] = range(0, frames, segment_frames)
    return [start + at for start in starts for at in range(0, min(segment_frames, frames - start), STRIDE)]
