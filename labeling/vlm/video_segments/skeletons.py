"""Drawn skeletons, which a model is shown instead of pictures."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from core.errors import LabelingError
from core.media.timebase import TIME_TOLERANCE_S
from core.pose.keypoints import KeypointTrack, body_scale
from core.pose.skeleton import (
    FACE,
    LEFT_EAR,
    LEFT_EYE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NECK,
    NOSE,
    RIGHT_EAR,
    RIGHT_EYE,
    RIGHT_HAND,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from core.pose.skeleton_picture import Window, certainty_of, draw_skeleton
from labeling.interfaces import Picture
from labeling.vlm.video_segments.cutting import Segment
from labeling.vlm.video_segments.picture_source import PictureSource
from labeling.vlm.video_segments.steady_path import between, steady_path

_SKELETON_MARGIN = 0.12
_USUAL_REACH = 0.97
_CUT_SHOULDERS = 2.0  # shoulder widths between two pictures; a larger step of neck or nose is a camera cut
_REACH_SHOULDERS = (
    3.0  # an outstretched arm is about two shoulder widths long; a point farther away is not the person's
)
# Without hips and legs, which interviews rarely show, and elbows, which are unreliable near the picture's edge.
_FRAMED_BODY = (
    NECK,
    NOSE,
    RIGHT_SHOULDER,
    LEFT_SHOULDER,
    RIGHT_WRIST,
    LEFT_WRIST,
    RIGHT_EYE,
    LEFT_EYE,
    RIGHT_EAR,
    LEFT_EAR,
)
_FRAMED_JOINTS = np.array([*_FRAMED_BODY, *range(FACE.start, RIGHT_HAND.stop)])


def skeletons(
    source: PictureSource, span: Segment, size_px: int, times_s: npt.NDArray[np.float64]
) -> Iterator[tuple[float, Picture]]:
    """Yields (clip time_s, BGR uint8 with sides `size_px`) for each of the times: only the skeleton, in a steady window.

    Raises LabelingError if no key points are known in the range.
    """
    track, rows = _known_points(source, span, times_s)
    windows = _windows(source, track, rows, times_s)
    missing = np.zeros(track.points.shape[1:], dtype=np.float32)
    return (
        (float(time_s), draw_skeleton(track.points[row] if row >= 0 else missing, window, size_px))
        for time_s, row, window in zip(times_s, rows, windows, strict=True)
    )


def _known_points(
    source: PictureSource, span: Segment, times_s: npt.NDArray[np.float64]
) -> tuple[KeypointTrack, npt.NDArray[np.int64]]:
    """The track and its row at each of the times, -1 before the first and after the last frame."""
    track = source.keypoints
    if track is not None and len(track.time_s):
        rows = np.searchsorted(track.time_s, times_s + TIME_TOLERANCE_S, side="right") - 1
        if track.frame_s > 0:
            rows[times_s >= track.duration_s - TIME_TOLERANCE_S] = -1
        if certainty_of(track.points[rows[rows >= 0]]).any():
            return track, rows
    raise LabelingError(
        f"{source.clip_name}: there are no key points from {between(span)}; import them or run "
        "`telltale perceive`, or show the model the video."
    )


def _windows(
    source: PictureSource, track: KeypointTrack, rows: npt.NDArray[np.int64], times_s: npt.NDArray[np.float64]
) -> list[Window]:
    """One window per picture, of constant size and smooth motion, that usually holds head, shoulders and hands."""
    points = track.points[rows]
    seen = (certainty_of(points) > 0) & (rows >= 0)[:, None]
    if seen[:, _FRAMED_JOINTS].any():
        points, seen = points[:, _FRAMED_JOINTS], seen[:, _FRAMED_JOINTS]
    xy = points[..., :2].astype(np.float64)
    shoulders_px, _measured_on = body_scale(track)
    known, anchor = _anchors(xy, seen)
    path = steady_path(times_s[known], anchor, _CUT_SHOULDERS * shoulders_px, times_s)
    away = xy - path[:, None]
    pictured = seen & ((xy >= 0) & (xy <= (source.width_px, source.height_px))).all(axis=-1)
    near = seen & (np.linalg.norm(away, axis=-1) < _REACH_SHOULDERS * shoulders_px)
    framed = pictured & near if (pictured & near).any() else seen
    anyone = framed.any(axis=1)
    low = np.where(framed[..., None], away, np.inf).min(axis=1)[anyone]
    high = np.where(framed[..., None], away, -np.inf).max(axis=1)[anyone]
    first, last = np.quantile(low, 1 - _USUAL_REACH, axis=0), np.quantile(high, _USUAL_REACH, axis=0)
    side_px = max(2.0, float((last - first).max()) * (1 + 2 * _SKELETON_MARGIN))
    corners = path + (first + last) / 2 - side_px / 2
    return [Window(float(left), float(top), side_px) for left, top in corners]


def _anchors(
    xy: npt.NDArray[np.float64], seen: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """(rows, their (rows, 2) px of a single joint): the one that is detected most often.

    A mean over all detected joints would jump whenever a hand appears.
    """
    joint = int(seen.sum(axis=0).argmax())
    rows = np.flatnonzero(seen[:, joint])
    return rows, xy[rows, joint]
