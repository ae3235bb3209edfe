"""Key points without gaps, place and size of the person: where every peer starts from.

A missing point is interpolated between the frames in which it was seen; a point that a clip never shows lies at the
centroid. Places are relative to the mean centroid of the clip, in units of `training.data.pose_input.body_spread`, as
for the networks: no paper of a peer asks for another unit.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import BODY, FACE, JOINT_COUNT, LEFT_HAND, NECK, RIGHT_HAND
from training.data.pose_input import FACE_TIP, body_spread

Places = npt.NDArray[np.float32]
Real = TypeVar("Real", np.float32, np.float64)

_LEAST_SHARE = 0.01  # of the training frames; rarer points are chance detections


def joints_there(tracks: Sequence[KeypointTrack]) -> npt.NDArray[np.intp]:
    """The joints seen in at least 1 % of the frames, ascending; the neck alone where nothing is seen."""
    seen, frames = np.zeros(JOINT_COUNT), 0
    for track in tracks:
        seen += track.present.sum(axis=0)
        frames += len(track.points)
    found = np.flatnonzero(seen > _LEAST_SHARE * frames)
    return found if len(found) else np.array([NECK])


def placed(track: KeypointTrack, joints: npt.NDArray[np.intp]) -> Places:
    """(T, J, 2) places of these joints; at least one frame, zeros where no point is seen."""
    points, present = track.points, track.present
    if not present[:, joints].any():
        return np.zeros((max(1, len(points)), len(joints), 2), dtype=np.float32)
    body = present[:, BODY]
    counted = present.copy()
    if body.any():
        counted[:, BODY.stop :] = False
    center = _centroids(points, counted)
    spread, _measured_on = body_spread(track)
    frames = np.arange(len(points))
    out = np.repeat(center[:, None], len(joints), axis=1)
    for place, joint in enumerate(joints):
        there = present[:, joint]
        if there.all():
            out[:, place] = points[:, joint, :2]
        elif there.any():
            for axis in (0, 1):
                out[:, place, axis] = np.interp(frames, frames[there], points[there, joint, axis])
    return np.asarray((out - center.mean(axis=0)) / spread, dtype=np.float32)


def _centroids(points: npt.NDArray[np.float32], counted: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """(T, 2) the centroid of the counted points, interpolated where a frame has none."""
    count = counted.sum(axis=1)
    seen = np.flatnonzero(count)
    weights = counted[seen].astype(np.float64)
    xy = points[seen, :, :2].astype(np.float64)
    middle = (xy * weights[..., None]).sum(axis=1) / count[seen, None]
    frames = np.arange(len(points))
    return np.stack([np.interp(frames, seen, middle[:, axis]) for axis in (0, 1)], axis=1)


def rooted(places: npt.NDArray[Real], joints: npt.NDArray[np.intp]) -> npt.NDArray[Real]:
    """(T, J, 2) relative to a root in the same frame: fingers to their wrist, face points to the tip of the nose bridge,
    these and the body to the neck, or to the mean of the joints where there is no neck.
    """
    neck = np.flatnonzero(joints == NECK)
    out = places - (places[:, neck] if len(neck) else places.mean(axis=1, keepdims=True))
    for part, root in ((LEFT_HAND, LEFT_HAND.start), (RIGHT_HAND, RIGHT_HAND.start), (FACE, FACE_TIP)):
        at = np.flatnonzero(joints == root)
        if len(at):
            inside = np.flatnonzero((joints >= part.start) & (joints < part.stop) & (joints != root))
            out[:, inside] = places[:, inside] - places[:, at]
    return out


def resampled(places: Places, frames: int) -> Places:
    """(T, J, 2) to (frames, J, 2), evenly over the clip, linear between frames."""
    at = np.linspace(0, len(places) - 1, frames)
    before = np.floor(at).astype(np.intp)
    after = np.minimum(before + 1, len(places) - 1)
    part = (at - before).astype(np.float32)[:, None, None]
    return np.asarray(places[before] * (1 - part) + places[after] * part)
