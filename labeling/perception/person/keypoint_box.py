"""The interviewee's box around the key points, the built-in alternative to a person detector."""

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import SHOULDER_WIDTHS_PER_EYE_DISTANCE, KeypointTrack, body_scale
from core.pose.skeleton import (
    BODY,
    FACE,
    JOINT_COUNT,
    LEFT_EAR,
    LEFT_ELBOW,
    LEFT_EYE,
    LEFT_HAND,
    LEFT_SHOULDER,
    MID_HIP,
    NECK,
    NOSE,
    RIGHT_EAR,
    RIGHT_ELBOW,
    RIGHT_EYE,
    RIGHT_HAND,
    RIGHT_SHOULDER,
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
# Key points end at the brows and at the joints; people do not. In distances between the eyes, from the middle of the eyes: the
# crown with its hair, and hair or ears beside the face. In shoulder widths, from a shoulder's joint: its outer edge.
_CROWN_EYES, _BESIDE_EYES, _SHOULDER_SHARE = 2.5, 1.6, 0.2
_NOSE_BELOW_EYES = 0.75  # in distances between the eyes
_SETTINGS = {
    "head_eyes": [_CROWN_EYES, _BESIDE_EYES, _NOSE_BELOW_EYES],
    "shoulder_share": _SHOULDER_SHARE,
    "confidence": [_BODY_CONFIDENCE, _FACE_CONFIDENCE, _HAND_CONFIDENCE],
    "reach_shoulders": _REACH_SHOULDERS,
    **SMOOTHING,
}


class KeypointBox:
    """The box around the head with its hair, the shoulders, wrists and hands, smoothed by box_track.

    Points beyond an arm's reach are ignored.
    """

    producer = Producer("keypoint-box", "3", settings_digest(_SETTINGS))

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
    head_low, head_high = _head_and_shoulders(xy, scale_px)
    boxes = np.concatenate([np.minimum(low, head_low), np.maximum(high, head_high)], axis=1)
    boxes[seen.sum(axis=1) < 2] = np.nan  # one point has no extent
    return boxes


def _head_and_shoulders(
    xy: npt.NDArray[np.float64], scale_px: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(T, 2) lowest and (T, 2) highest x and y in px of head and shoulders; infinite where neither was found.

    `scale_px` is one shoulder width. Nothing is added below the shoulders' joints: the trunk is there.
    """
    eye_px = scale_px / SHOULDER_WIDTHS_PER_EYE_DISTANCE
    eyes = _middle_of(xy[:, [RIGHT_EYE, LEFT_EYE]])
    for other in (_middle_of(xy[:, [RIGHT_EAR, LEFT_EAR]]), xy[:, NOSE] - np.array((0.0, _NOSE_BELOW_EYES * eye_px))):
        eyes = np.where(np.isfinite(eyes), eyes, other)
    shoulders = xy[:, [RIGHT_SHOULDER, LEFT_SHOULDER]]
    edge = np.array((_SHOULDER_SHARE * scale_px, 0.0))
    above = eye_px * np.array((_BESIDE_EYES, _CROWN_EYES))
    beside = eye_px * np.array((_BESIDE_EYES, 0.0))
    low = np.stack((eyes - above, *np.moveaxis(shoulders - edge, 1, 0)), axis=1)
    high = np.stack((eyes + beside, *np.moveaxis(shoulders + edge, 1, 0)), axis=1)
    return np.where(np.isfinite(low), low, np.inf).min(axis=1), np.where(np.isfinite(high), high, -np.inf).max(axis=1)


def _middle_of(pair: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(T, 2): the middle of two points (T, 2, 2); NaN where one is missing."""
    return np.asarray(pair.mean(axis=1))


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
