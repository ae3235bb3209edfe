"""What PoseMLP reads of a frame, computed from the pose input in tensors: places, offsets over several frames, distances.

Offsets between frames are the inter-frame offsets of arXiv 2602.08057; joint distances and motion at several speeds follow
DD-Net (Yang et al., arXiv 1907.09658). A feature of a missing point is 0, and a flag per point tells that it is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise

import torch
from torch import Tensor

from core.pose.skeleton import BODY, JOINT_COUNT, LEFT_HAND, NECK, RIGHT_HAND, STREAMS

LAGS = (1, 3, 8)
"""Frames over which offsets are taken."""
_FARTHEST = 20.0  # body spreads; no arm reaches so far, and one such point would set the scale of all others
_TIPS = (4, 8, 12, 16, 20)


@dataclass(frozen=True, slots=True)
class StreamFeatures:
    """`values` (B, T, features), 0 where unknown. `present` bool (B, T): any joint is there.

    `known` bool (B, T, sources): whether a joint, or both joints of a pair, are there; `source` (features,) says which of
    these a feature is measured on. `known_centered`: of each stretch of features that have a mean (`StreamLayout.centered`),
    (B, T, features) 1 where a feature is known, else 0.
    """

    values: Tensor
    present: Tensor
    known: Tensor
    source: Tensor
    known_centered: tuple[Tensor, ...]


@dataclass(frozen=True)
class StreamLayout:
    """The features of one stream for the joints that are read of it, as indices into the 137.

    In this order: x and y, of the body also in the clip; offsets of these over `LAGS` frames, at most from the first
    frame; distances between pairs; distances from the root; flags.
    """

    name: str
    joints: tuple[int, ...]

    @classmethod
    def all_of(cls, joints: Sequence[int]) -> tuple["StreamLayout", ...]:
        """The layouts of the streams that have some of these joints."""
        wanted = set(joints)
        found = (cls(name, tuple(one for one in part if one in wanted)) for name, part in STREAMS.items())
        return tuple(one for one in found if one.joints)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Pairs whose distance is read, as places in `joints`."""
        place = {joint: number for number, joint in enumerate(self.joints)}
        if self.name == "body":
            return tuple(combinations(range(len(self.joints)), 2))
        if self.name == "face":  # the mean face is subtracted: a difference of two of its points is no distance
            return ()
        of_hands = [*_hand_pairs(LEFT_HAND.start), *_hand_pairs(RIGHT_HAND.start)]
        return tuple((place[a], place[b]) for a, b in of_hands if a in place and b in place)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """Joints whose stored place is a distance from their root, as places in `joints`."""
        if self.name != "hands":
            return ()
        wanted = {start + tip for start in (LEFT_HAND.start, RIGHT_HAND.start) for tip in (0, *_TIPS)}
        return tuple(number for number, joint in enumerate(self.joints) if joint in wanted)

    @property
    def centered(self) -> tuple[slice, ...]:
        """The features from which the mean is taken: all but offsets, whose 0 may be a missing one and has to stay 0."""
        places = 2 * len(self.joints) * self._views
        return slice(0, places), slice(places * (1 + len(LAGS)), self.count)

    @property
    def _views(self) -> int:
        """From where a joint's place is read: from its root, of the body also from the neck's median over the clip."""
        return 2 if self.name == "body" else 1

    @property
    def count(self) -> int:
        """Number of features of a frame."""
        of_places = 2 * len(self.joints) * self._views * (1 + len(LAGS))
        return of_places + len(self.pairs) + len(self.lengths) + len(self.joints)

    @cached_property
    def sources(self) -> Tensor:
        """(features,) the place in `known` of what each feature is measured on; the last is the stream as a whole."""
        joints, pairs = len(self.joints), len(self.pairs)
        of_joint = torch.arange(joints)
        return torch.cat(
            [
                of_joint.repeat_interleave(2).repeat(self._views * (1 + len(LAGS))),
                torch.arange(joints, joints + pairs),
                torch.tensor(self.lengths, dtype=torch.long),
                torch.full((joints,), joints + pairs),
            ]
        )

    def features(self, points: Tensor, mask: Tensor) -> StreamFeatures:
        """The features, as measured, of points (B, T, 137, 3) and mask (B, T, 137), in body spreads; without gradients."""
        clips, frames = mask.shape[:2]
        there = of_joints(mask, self.joints)
        seen = there.to(points.dtype)
        of_axes = seen.repeat_interleave(2, dim=-1)
        places = of_joints(points, self.joints)[..., :2].masked_fill(~there.unsqueeze(-1), 0).flatten(2)
        places.clamp_(-_FARTHEST, _FARTHEST)
        out = points.new_empty(clips, frames, self.count)
        written = _Writer(out)
        views = [places]
        if self.name == "body":
            views.append(self._in_clip(places, points, mask).mul_(of_axes))
        for view in views:
            written.add(view)
        for view in views:
            for lag in LAGS:
                self._add_offsets(written.next(view.shape[-1]), view, of_axes, lag)
        both = seen[..., :0]
        if self.pairs:
            differences = self._differences(points)
            both = (seen @ differences.abs()).sub_(1).clamp_(min=0)
            x, y = self._with_neck_at_origin(places).view(clips, frames, len(self.joints), 2).unbind(dim=-1)
            apart = (x @ differences).square_()
            written.add(apart.addcmul_(y @ differences, y @ differences).sqrt_().mul_(both))
        if self.lengths:
            lengths = places.view(clips, frames, len(self.joints), 2)[:, :, list(self.lengths)]
            written.add(lengths.square().sum(dim=-1).sqrt_())
        written.add(seen)
        present = there.any(dim=-1)
        known = torch.cat([there, both > 0, present.unsqueeze(-1)], dim=2)
        flags = present.unsqueeze(-1).to(seen).expand(-1, -1, len(self.joints))
        of_places = torch.cat([of_axes] * len(views), dim=2)
        of_others = torch.cat([both, seen[..., list(self.lengths)], flags], dim=2)
        return StreamFeatures(out, present, known, self.sources.to(points.device), (of_places, of_others))

    @staticmethod
    def _add_offsets(out: Tensor, view: Tensor, seen: Tensor, lag: int) -> None:
        """Writes the offsets of places `view` (B, T, 2 x joints) over `lag` frames, where both frames have the point."""
        first = slice(0, min(lag, view.shape[1]))
        torch.sub(view[:, first], view[:, :1], out=out[:, first]).mul_(seen[:, first]).mul_(seen[:, :1])
        if view.shape[1] > lag:
            moved = torch.sub(view[:, lag:], view[:, :-lag], out=out[:, lag:])
            moved.mul_(seen[:, lag:]).mul_(seen[:, :-lag])

    def _differences(self, like: Tensor) -> Tensor:
        """(joints, pairs): 1 and -1 for the two joints of each pair; a product with it is faster than two look-ups."""
        first, second = torch.tensor(self.pairs, device=like.device).unbind(dim=1)
        made = like.new_zeros(len(self.joints), len(self.pairs))
        numbers = torch.arange(len(self.pairs), device=like.device)
        made[first, numbers], made[second, numbers] = 1, -1
        return made

    def _in_clip(self, places: Tensor, points: Tensor, mask: Tensor) -> Tensor:
        """(B, T, 2 x joints) places in the clip: from the neck's median over the clip, 0 shift where it is unknown."""
        shift = points[:, :, NECK, :2].masked_fill(~mask[:, :, NECK, None], 0).clamp_(-_FARTHEST, _FARTHEST)
        moved = places + shift.repeat(1, 1, len(self.joints))
        if NECK in self.joints:
            neck = self._axes_of_neck
            moved[:, :, neck] = places[:, :, neck]
        return moved

    def _with_neck_at_origin(self, places: Tensor) -> Tensor:
        """The neck is the origin of its frame; its stored place is its shift."""
        if NECK not in self.joints:
            return places
        moved = places.clone()
        moved[:, :, self._axes_of_neck] = 0
        return moved

    @property
    def _axes_of_neck(self) -> slice:
        neck = self.joints.index(NECK)
        return slice(2 * neck, 2 * neck + 2)


def of_joints(values: Tensor, joints: Sequence[int]) -> Tensor:
    """Values (B, T, 137, ...) of these joints; a view where they lie side by side."""
    first, last = joints[0], joints[-1]
    if last - first + 1 == len(joints):
        return values[:, :, first : last + 1]
    return values.index_select(2, torch.tensor(joints, device=values.device))


class _Writer:
    """Fills the last dimension of a tensor from its beginning."""

    def __init__(self, out: Tensor) -> None:
        self._out, self._done = out, 0

    def next(self, features: int) -> Tensor:
        self._done += features
        return self._out[:, :, self._done - features : self._done]

    def add(self, values: Tensor) -> None:
        self.next(values.shape[-1]).copy_(values)


def points_with_offsets(points: Tensor, mask: Tensor) -> StreamFeatures:
    """Of points (B, T, joints, 3) and mask (B, T, joints), by joint: x, y, confidence, and the offset from the frame
    before, which is 0 where that frame lacks the point.
    """
    seen = mask.unsqueeze(-1).to(points.dtype)
    there = points.masked_fill(~mask.unsqueeze(-1), 0)
    moved = torch.zeros_like(there[..., :2])
    moved[:, 1:] = (there[:, 1:, :, :2] - there[:, :-1, :, :2]) * seen[:, 1:] * seen[:, :-1]
    values = torch.cat([there, moved], dim=-1)
    source = torch.arange(mask.shape[2], device=mask.device).repeat_interleave(values.shape[-1])
    of_joints = seen.squeeze(-1)
    return StreamFeatures(values.flatten(2), mask.any(dim=-1), mask, source, (of_joints, of_joints))


def checked_joints(joints: int) -> int:
    """`joints`, which must be 137, or 25 for the body alone. Raises ValueError otherwise."""
    if joints not in (BODY.stop, JOINT_COUNT):
        raise ValueError(f"a model reads {BODY.stop} or {JOINT_COUNT} joints, not {joints}")
    return joints


def _hand_pairs(start: int) -> list[tuple[int, int]]:
    thumb, *fingers = (start + tip for tip in _TIPS)
    return [*((thumb, finger) for finger in fingers), *pairwise(fingers)]
