"""Key points of one person over one clip, and their form with inter-frame offsets (the model's input).

A missing point is (0, 0, 0) and stays masked; none is interpolated here.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import KeypointError
from core.pose.skeleton import JOINT_COUNT, LEFT_EYE, LEFT_SHOULDER, NECK, NOSE, RIGHT_EYE, RIGHT_SHOULDER

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


@dataclass(frozen=True)
class OffsetTrack:
    """Key points centered, scaled and with inter-frame offsets: the input of PoseMLP.

    points: float32 (T, 137, 5): x, y, confidence, dx, dy; x and y from the neck, dx and dy since the previous frame, in units of
    `scale_px`. mask: bool (T, 137), the point is present. offset_mask: bool (T, 137), it is present in the previous frame too;
    elsewhere dx and dy are 0. scale_source describes what `scale_px` was measured on.
    """

    points: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]
    offset_mask: npt.NDArray[np.bool_]
    scale_px: float
    scale_source: str


def with_offsets(track: KeypointTrack) -> OffsetTrack:
    """Centers each frame on its neck, divides by one scale per clip, adds inter-frame offsets.

    If the neck is missing in a frame, its position is interpolated in time; if it is missing in the whole clip, the
    midpoint of the shoulders, then the nose, then the median of all points is used.
    """
    present = track.present
    scale_px, source = body_scale(track)
    center = _center(track.points, present)
    out = np.zeros((*present.shape, 5), dtype=np.float32)
    out[..., :2] = (track.points[..., :2] - center[:, None]) / scale_px
    out[~present] = 0
    out[..., 2] = track.points[..., 2]
    offset_mask = np.zeros_like(present)
    offset_mask[1:] = present[1:] & present[:-1]
    out[1:, :, 3:] = np.where(offset_mask[1:, :, None], np.diff(out[..., :2], axis=0), 0)
    return OffsetTrack(out, present, offset_mask, scale_px, source)


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


def _distances(points: npt.NDArray[np.float32], a: int, b: int) -> npt.NDArray[np.float32]:
    """(N,) px between two body joints, over the frames in which both are present."""
    there = (points[:, a, 2] > 0) & (points[:, b, 2] > 0)  # at any confidence: the median is robust to outliers
    return np.asarray(np.linalg.norm(points[there, a, :2] - points[there, b, :2], axis=1), dtype=np.float32)


def _center(points: npt.NDArray[np.float32], present: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """(T, 2) px: the neck of each frame, or its substitute."""
    shoulders = (RIGHT_SHOULDER, LEFT_SHOULDER)
    frames = np.arange(len(points))
    for joints in ((NECK,), shoulders, (NOSE,)):
        there = present[:, joints].all(axis=1)
        if there.any():
            place = points[there][:, joints, :2].mean(axis=1)
            columns = [np.interp(frames, frames[there], place[:, axis]) for axis in (0, 1)]
            return np.stack(columns, axis=1).astype(np.float32)
    middle = np.median(points[present][:, :2], axis=0) if present.any() else np.zeros(2)
    return np.broadcast_to(middle.astype(np.float32), (len(points), 2))
