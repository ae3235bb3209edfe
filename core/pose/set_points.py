"""Points of sets without videos as they are read: what cannot be a point is missing, and what was changed is said once a set."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from core.errors import KeypointError
from core.media.timebase import FASTEST_FPS, SLOWEST_FPS
from core.pose.cues.measurement import MIN_CLIP_S
from core.pose.skeleton import JOINT_COUNT
from core.printable import printable

Points = npt.NDArray[np.float32]

USUAL_FPS = Fraction(25)
"""The frame rate of clips of which nothing says one; whoever takes it says so."""

_MOST_CONFIDENCE = 2.0  # OpenPose's can be slightly above 1
_ODD_SHARE = 0.01  # of third numbers outside 0..2: with more, they are no confidences
_FARTHEST = 10_000  # times as far from the middle of their clip as points usually are
_LARGEST = 1e7  # no unit in use gives a body larger coordinates, and float32 still tells its points apart
_ROWS_AT_ONCE = 4096


def flat(points: npt.NDArray[np.floating]) -> tuple[Points, int]:
    """(T, 137, 3) without depth, missing points (0, 0, 0), and how many were invalid. The result is the caller's own.

    Invalid: a number that is none or beyond all measure, or a confidence outside 0..2; one above 1 counts as 1.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if points.shape[-1] == 3:
            kept = points.astype(np.float32)
        else:
            kept = np.empty((*points.shape[:-1], 3), dtype=np.float32)
            kept[..., :2], kept[..., 2] = points[..., :2], points[..., -1]
        confidence = kept[..., 2]
        bad = ~np.isfinite(kept).all(axis=-1) | (confidence < 0) | (confidence > _MOST_CONFIDENCE)
        bad |= (np.abs(kept[..., :2]) > _LARGEST).any(axis=-1) & (confidence > 0)
        kept[bad | ~(confidence > 0)] = 0
    np.minimum(kept[..., 2], 1.0, out=kept[..., 2])
    return kept, int(bad.sum())


def repaired(points: npt.NDArray[np.floating]) -> tuple[Points, int]:
    """One clip, `flat`; points so far off its others that they are faults are missing too, and counted."""
    kept, invalid = flat(points)
    there = kept[..., 2] > 0
    if there.any():
        away = np.abs(kept[..., :2] - np.median(kept[there][:, :2], axis=0)).max(axis=-1)
        usual = float(np.median(away[there]))
        far = there & (away > _FARTHEST * usual) & (usual > 0)
        kept[far] = 0
        invalid += int(far.sum())
    return kept, invalid


@dataclass(slots=True)
class Confidences:
    """The last numbers of the points of one set, looked at before any clip is used."""

    count: int = 0
    odd: int = 0
    lowest: float = 0.0
    highest: float = 0.0

    def add(self, points: npt.NDArray[np.floating]) -> None:
        """Notes a clip, (T, 137, 3 or 4)."""
        for start in range(0, len(points), _ROWS_AT_ONCE):
            last = points[start : start + _ROWS_AT_ONCE, :, -1]
            last = last[np.isfinite(last) & (last != 0)]
            if last.size:
                self.count += last.size
                self.odd += int(((last < 0) | (last > _MOST_CONFIDENCE)).sum())
                self.lowest, self.highest = min(self.lowest, float(last.min())), max(self.highest, float(last.max()))

    def refuse_others(self, name: str) -> None:
        """Raises KeypointError where the last numbers of the set `name` cannot be confidences."""
        if self.odd > _ODD_SHARE * self.count:
            raise KeypointError(
                f"{name}: the last number in points is a confidence from 0 to 1, but it goes from {self.lowest:.3g} to "
                f"{self.highest:.3g}; save points in 3-D as x, y, z, confidence: (frames, {JOINT_COUNT}, 4)."
            )


@dataclass(slots=True)
class SetRemarks:
    """Names of the clips of one set that something is to be said of, in one sentence a kind. `of`: the set."""

    of: str
    empty: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    points_dropped: int = 0
    without_fps: list[str] = field(default_factory=list)
    odd_fps: list[str] = field(default_factory=list)

    def sentences(self) -> Iterator[str]:
        """What is to be said."""
        taken = f"{USUAL_FPS} frames a second were taken"
        if self.without_fps:
            yield f"{self.of}: nothing says the fps of {_clips(self.without_fps)}; {taken}."
        if self.odd_fps:
            bounds = f"{SLOWEST_FPS:g} to {FASTEST_FPS:,}"
            yield f"{self.of}: the fps of {_clips(self.odd_fps)} is not within {bounds}; {taken}."
        if self.dropped:
            yield (
                f"{self.of}: {self.points_dropped:,} points of {_clips(self.dropped)} are no numbers, have a confidence outside "
                "0..2 or lie far from all others; they count as missing."
            )
        if self.empty:
            yield f"{self.of}: no frame has a point in {_clips(self.empty)}."
        if self.short:
            yield f"{self.of}: no cues will be measured on {_clips(self.short)}, shorter than {MIN_CLIP_S:g} s."


def _clips(names: list[str]) -> str:
    count = len(names)
    shown = printable(", ".join(names[:3]))
    return f"the clip {shown}" if count == 1 else f"{count:,} clips ({shown}{', …' if count > 3 else ''})"
