"""Key points that come without a video, brought to the plane of a picture.

Such points have no picture that they lie in: they may be 3-D, in meters or in -1..1, with y upwards, anywhere around 0. What
reads key points (cues, boxes, drawings, models) expects pixels with y downwards. So a whole set gets one map (`PlaneSurvey`):
depth is dropped, y is turned over where most bodies stand on their heads, and the scale is changed where bodies do not have
the size of one in pixels. Each clip is then moved so that the range of its own points is its picture (`PicturePlane.placed`).
Models take points relative to the body and in units of its size, so none of this changes what they see.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import spread_px
from core.pose.set_points import Confidences, Points, flat, repaired
from core.pose.skeleton import (
    BODY,
    LEFT_ANKLE,
    LEFT_EYE,
    LEFT_HIP,
    LEFT_SHOULDER,
    MID_HIP,
    NECK,
    NOSE,
    RIGHT_ANKLE,
    RIGHT_EYE,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    face,
)

_SMALLEST_SPREAD, _LARGEST_SPREAD = 10.0, 3_000.0  # of a body in pixels: root mean square distance from its middle
_LEAST_FOR_SPREAD = 2  # points of a frame
_SPREAD_PX = 100.0  # of bodies that come in another unit
# What lies above what in somebody upright, in order of trust: trunk and legs, head and shoulders, eyes and mouth.
_UPRIGHT = (
    ((NOSE, NECK), (MID_HIP, RIGHT_HIP, LEFT_HIP, RIGHT_ANKLE, LEFT_ANKLE)),
    ((NOSE, RIGHT_EYE, LEFT_EYE), (NECK, RIGHT_SHOULDER, LEFT_SHOULDER)),
    (face(*range(36, 48)), face(*range(48, 68))),
)
_MARGIN = 0.1  # of the larger side, around the points
_TRIMMED = 0.2  # percent of the places that may lie outside on each side: single points that were found far off
_LEAST_SIDE_PX = 64
_NARROWEST, _WIDEST = 3 / 4, 16 / 9  # width by height of the picture
_FARTHEST_PX = 100_000.0  # from the clip's middle; a point beyond is taken for damage


@dataclass(frozen=True, slots=True)
class PlacedClip:
    """A clip in its own picture. points: float32 (T, 137, 3), x px, y px, confidence; missing is (0, 0, 0). `dropped`: points
    that were no numbers, had a confidence outside 0..2 or lay beyond any picture, and are missing now.
    """

    points: Points
    width_px: int
    height_px: int
    dropped: int

    @property
    def is_empty(self) -> bool:
        """Whether no frame has a point."""
        return not self.points[..., 2].any()


@dataclass(frozen=True, slots=True)
class PicturePlane:
    """The map of one set: depth is dropped, then x and y are multiplied by `scale`, y by -1 too where it was `turned`."""

    scale: float
    turned: bool

    def placed(self, points: npt.NDArray[np.floating]) -> PlacedClip:
        """One clip, (T, 137, 3) with x, y, confidence or (T, 137, 4) with x, y, z, confidence."""
        placed, invalid = repaired(points)
        xy, there = placed[..., :2], placed[..., 2] > 0
        with np.errstate(over="ignore", invalid="ignore"):
            xy *= np.array((self.scale, -self.scale if self.turned else self.scale), dtype=np.float32)
            if there.any():
                middle = np.median(xy[there], axis=0)
                far = there & ~(np.abs(xy - middle) <= _FARTHEST_PX).all(axis=-1)
                there &= ~far
                invalid += int(far.sum())
        corner, (width, height) = _frame_of(xy[there])
        xy -= corner
        placed[~there] = 0
        return PlacedClip(placed, width, height, invalid)

    def sentences(self, name: str) -> list[str]:
        """What the map changes, one sentence each."""
        said = []
        if self.scale != 1:
            factor = f"{self.scale:,.0f}" if self.scale >= 100 else f"{self.scale:.3g}"
            said.append(f"The coordinates of {name} are no pixels; they were multiplied by {factor}.")
        if self.turned:
            said.append(f"In {name}, y grows upwards; the points were turned over.")
        return said


@dataclass(slots=True)
class PlaneSurvey:
    """Clips of one set, looked at before any is placed."""

    spreads: list[float] = field(default_factory=list)
    upright: int = 0
    upside_down: int = 0
    confidences: Confidences = field(default_factory=Confidences)

    def add(self, points: npt.NDArray[np.floating]) -> None:
        """Notes a clip, (T, 137, 3 or 4), before it is placed."""
        self.confidences.add(points)
        some, _ = flat(points[:: max(1, len(points) // 64)])
        there = some[..., 2] > 0
        spread = _body_spread(some)
        if np.isfinite(spread):
            self.spreads.append(spread)
        with np.errstate(invalid="ignore"):
            y = np.where(there, some[..., 1], np.nan)
        falls = np.full(len(y), np.nan)
        for upper, lower in _UPRIGHT:
            falls = np.where(np.isfinite(falls), falls, _mean(y[:, lower]) - _mean(y[:, upper]))
        self.upright += int((falls > 0).sum())
        self.upside_down += int((falls < 0).sum())

    def plane(self) -> PicturePlane:
        """The map of the set."""
        spread = float(np.median(self.spreads)) if self.spreads else _SPREAD_PX
        in_pixels = _SMALLEST_SPREAD <= spread <= _LARGEST_SPREAD or spread == 0
        return PicturePlane(1.0 if in_pixels else _SPREAD_PX / spread, self.upside_down > self.upright)


def _body_spread(points: Points) -> float:
    """`spread_px` of the body in (T, 137, 3); of all points where the body has none, NaN where nothing has."""
    of_body = spread_px(points[:, BODY], _LEAST_FOR_SPREAD)
    return of_body if np.isfinite(of_body) else spread_px(points, _LEAST_FOR_SPREAD)


def _frame_of(xy: Points) -> tuple[npt.NDArray[np.float32], tuple[int, int]]:
    """Corner, and width and height in whole px, of the range of the points (N, 2) with a margin."""
    if not len(xy):
        return np.zeros(2, dtype=np.float32), (_LEAST_SIDE_PX, _LEAST_SIDE_PX)
    low, high = np.percentile(xy, (_TRIMMED, 100 - _TRIMMED), axis=0)
    margin = _MARGIN * float((high - low).max())
    width, height = np.maximum(high - low + 2 * margin, _LEAST_SIDE_PX)
    width, height = max(width, height * _NARROWEST), max(height, width / _WIDEST)
    size = np.ceil((width, height))
    return ((low + high - size) / 2).astype(np.float32), (int(size[0]), int(size[1]))


def _mean(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """(T,) mean over those that are there; NaN where none is."""
    there = np.isfinite(values)
    count = there.sum(axis=1)
    return np.where(count > 0, np.where(there, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
