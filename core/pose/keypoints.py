"""Key points of one person over one clip, and how large that person is in the picture.

A missing point is (0, 0, 0) and stays masked; none is interpolated here.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import KeypointError
from core.pose.skeleton import JOINT_COUNT, LEFT_EYE, LEFT_SHOULDER, RIGHT_EYE, RIGHT_SHOULDER

SHOULDER_WIDTHS_PER_EYE_DISTANCE = 4.5
"""Shoulder width (between joint centers) over eye distance, facing the camera: measured 4.3, 4.3 and 4.8 on three videos."""
_MIN_SHARE_FOR_SCALE = 0.01


@dataclass(frozen=True)
class KeypointTrack:
    """One person over one clip.

    points: float32 (T, 137, 3), x px, y px, confidence; missing is (0, 0, 0). time_s: float64 (T,), strictly
    increasing. Raises KeypointError for other shapes, times or points.
    """

    points: npt.NDArray[np.float32]
    time_s: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        points = np.asarray(self.points, dtype=np.float32)
        time_s = np.asarray(self.time_s, dtype=np.float64)
        if points.ndim != 3 or points.shape[1:] != (JOINT_COUNT, 3):
            raise KeypointError(f"key points have the shape {points.shape}; (frames, {JOINT_COUNT}, 3) is needed.")
        if time_s.shape != (len(points),):
            raise KeypointError(f"{len(points)} frames of key points came with times of the shape {time_s.shape}.")
        if not np.isfinite(points).all():
            raise KeypointError("key points hold a value that is not a number; a missing point is (0, 0, 0).")
        if not np.isfinite(time_s).all() or (np.diff(time_s) <= 0).any():
            raise KeypointError("the times of the key points do not strictly increase.")
        confidence = points[..., 2]
        if (confidence < 0).any() or points[confidence == 0].any():
            raise KeypointError("a key point without confidence has a place; a missing point is (0, 0, 0).")
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "time_s", time_s)

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """(T, 137): whether a point was detected, at any confidence."""
        return self.points[..., 2] > 0

    @property
    def frame_s(self) -> float:
        """Seconds from one frame to the next (median); 0 for fewer than two frames."""
        return float(np.median(np.diff(self.time_s))) if len(self.time_s) > 1 else 0.0

    @property
    def duration_s(self) -> float:
        """From the clip's start (time 0) to the end of its last frame, which is assumed to last the median interval."""
        return float(self.time_s[-1]) + self.frame_s if len(self.time_s) else 0.0


def body_scale(track: KeypointTrack) -> tuple[float, str]:
    """One scale per clip in px, about a shoulder width, and a description of what it was measured on.

    The median shoulder width, if both shoulders are present in at least 1 % of the frames; else the
    median eye distance times `SHOULDER_WIDTHS_PER_EYE_DISTANCE`; else the spread of all points; 1 px without any.
    """
    enough = max(1, round(_MIN_SHARE_FOR_SCALE * len(track.points)))
    shoulders = _distances(track.points, RIGHT_SHOULDER, LEFT_SHOULDER)
    if len(shoulders) >= enough and (width := float(np.median(shoulders))) > 1:
        return width, "shoulder width"
    eyes = _distances(track.points, RIGHT_EYE, LEFT_EYE)
    if len(eyes) >= enough and (distance := float(np.median(eyes))) > 1:
        return distance * SHOULDER_WIDTHS_PER_EYE_DISTANCE, f"eye distance x {SHOULDER_WIDTHS_PER_EYE_DISTANCE:g}"
    present = track.present
    if present.any() and (spread := float(np.ptp(track.points[present][:, :2], axis=0).max())) > 1:
        return spread, "spread of all points"
    return 1.0, "no points"


def spread_px(points: npt.NDArray[np.floating], least_points: int) -> float:
    """How far points (T, N, 3) lie from their middle: the root mean square distance in a frame, median over the frames that
    have at least `least_points`; NaN where none has.
    """
    there = points[..., 2] > 0
    enough = there.sum(axis=1) >= least_points
    if not enough.any():
        return float("nan")
    xy, there = points[enough, :, :2].astype(np.float64), there[enough]
    count = there.sum(axis=1)
    middle = (xy * there[..., None]).sum(axis=1) / count[:, None]
    squares = (((xy - middle[:, None]) ** 2).sum(axis=-1) * there).sum(axis=1) / count
    return float(np.median(np.sqrt(squares)))


def _distances(points: npt.NDArray[np.float32], a: int, b: int) -> npt.NDArray[np.float32]:
    """(N,) px between two body joints, over the frames in which both are present."""
    there = (points[:, a, 2] > 0) & (points[:, b, 2] > 0)  # at any confidence: the median is robust to outliers
    return np.asarray(np.linalg.norm(points[there, a, :2] - points[there, b, :2], axis=1), dtype=np.float32)
