"""The interviewee's box around the key points, the built-in alternative to a person detector."""

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import KeypointTrack, body_scale
from core.pose.skeleton import (
    BODY,
    FACE,
    JOINT_COUNT,
    LEFT_EAR,
    LEFT_ELBOW,
    LEFT_HAND,
    MID_HIP,
    NECK,
    NOSE,
    RIGHT_ELBOW,
    RIGHT_EYE,
    RIGHT_HAND,
)
from core.types.clips import Clip
from core.types.features import Producer
from labeling.perception.person.box_track import SMOOTHING, smooth_boxes
from labeling.settings_digest import settings_digest

# Portraits end above the hips, and elbows near the picture's edge are unreliable.
_LEFT_OUT = (RIGHT_ELBOW, LEFT_ELBOW, *range(MID_HIP, RIGHT_EYE), *range(LEFT_EAR + 1, BODY.stop))
# OpenPose's usual display thresholds: it places every point of a detected face or hand, even unlikely ones.
_BODY_CONFIDENCE, _FACE_CONFIDENCE, _HAND_CONFIDENCE = 0.05, 0.4, 0.2
_REACH_SHOULDERS = (
    3.0  # an outstretched arm is about two shoulder widths long; a point farther from the neck is not hers
)
_SETTINGS = {
    "confidence": [_BODY_CONFIDENCE, _FACE_CONFIDENCE, _HAND_CONFIDENCE],
    "reach_shoulders": _REACH_SHOULDERS,
    **SMOOTHING,
}


class KeypointBox:
    """The box around head, shoulders, wrists and hands, smoothed by box_track.

    Points beyond an arm's reach are ignored.
    """

    producer = Producer("keypoint-box", "2", settings_digest(_SETTINGS))

    def boxes(self, clip: Clip, track: KeypointTrack | None) -> npt.NDArray[np.float32]:
        """(T, 4): x0, y0, x1, y1 in pixels of the upright frame, NaN in frames without a person; all NaN without a track."""
        if track is None:
            return np.full((clip.frame_count, 4), np.nan, dtype=np.float32)
        shoulder_width_px, _source = body_scale(track)  # one value per clip: turning sideways does not shorten the arms
        raw = _boxes_of_frames(track.points, shoulder_width_px)
        return smooth_boxes(raw, _frames_per_second(track), (clip.width_px, clip.height_px))


def _boxes_of_frames(points: npt.NDArray[np.float32], scale_px: float) -> npt.NDArray[np.float64]:
    threshold = np.full(JOINT_COUNT, _BODY_CONFIDENCE, dtype=np.float32)
    threshold[FACE] = _FACE_CONFIDENCE
    threshold[LEFT_HAND] = threshold[RIGHT_HAND] = _HAND_CONFIDENCE
    threshold[list(_LEFT_OUT)] = np.inf
    xy = np.where((points[..., 2] > threshold)[..., None], points[..., :2], np.nan).astype(np.float64)
    xy[np.linalg.norm(xy - _anchors(xy)[:, None], axis=-1) > _REACH_SHOULDERS * scale_px] = np.nan
    seen = np.isfinite(xy[..., 0])
    low = np.where(seen[..., None], xy, np.inf).min(axis=1)
    high = np.where(seen[..., None], xy, -np.inf).max(axis=1)
    boxes = np.concatenate([low, high], axis=1)
    boxes[seen.sum(axis=1) < 2] = np.nan  # one point has no extent
    return boxes


def _anchors(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(T, 2) px: neck, else nose, else center of the face; NaN if all are missing, and then no point is excluded."""
    face = xy[:, FACE]
    seen = np.isfinite(face[..., :1])
    count = seen.sum(axis=1)
    middle = np.where(count > 0, np.where(seen, face, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
    anchors = xy[:, NECK].copy()
    for other in (xy[:, NOSE], middle):
        anchors = np.where(np.isfinite(anchors), anchors, other)
    return anchors


def _frames_per_second(track: KeypointTrack) -> float:
    if len(track.time_s) < 2:
        return 25.0  # a single frame: the value has no effect
    return float((len(track.time_s) - 1) / (track.time_s[-1] - track.time_s[0]))
