"""Conversion of rtmlib's 134 points in OpenPose form to OpenPose's 137.

rtmlib (`convert_coco_to_openpose`) turns the 133 points of COCO-WholeBody into 134: 0-17 the body points with OpenPose's
neck and order but without a mid hip, 18-23 the feet (left, then right; big toe, small toe, heel), 24-91 the face of 68,
92-112 the left hand, 113-133 the right. Left and right are the person's own. Its neck is the mean of the shoulders, with
the smaller of their confidences; the missing joints are computed in the same way:

- mid hip: the mean of the two hips. OpenPose learns this joint, at nearly the same place.
- the pupils (face 68 and 69): the mean of the six contour points of the eye. This is the center of the eye opening, not the
  pupil; gaze must not be measured from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.pose.skeleton import JOINT_NAMES

RTMLIB_JOINT_COUNT = 134
_FACE, _LEFT_HAND, _RIGHT_HAND = 24, 92, 113  # first index of each in rtmlib's form

_BODY: Mapping[str, tuple[int, ...]] = {
    "nose": (0,),
    "neck": (1,),
    "right shoulder": (2,),
    "right elbow": (3,),
    "right wrist": (4,),
    "left shoulder": (5,),
    "left elbow": (6,),
    "left wrist": (7,),
    "mid hip": (8, 11),
    "right hip": (8,),
    "right knee": (9,),
    "right ankle": (10,),
    "left hip": (11,),
    "left knee": (12,),
    "left ankle": (13,),
    "right eye": (14,),
    "left eye": (15,),
    "right ear": (16,),
    "left ear": (17,),
    "left big toe": (18,),
    "left small toe": (19,),
    "left heel": (20,),
    "right big toe": (21,),
    "right small toe": (22,),
    "right heel": (23,),
}
_PUPILS: Mapping[str, tuple[int, ...]] = {
    "face 68": tuple(range(_FACE + 36, _FACE + 42)),  # right
    "face 69": tuple(range(_FACE + 42, _FACE + 48)),  # left
}


@dataclass(frozen=True, slots=True)
class JointSource:
    """`joint` of OpenPose's 137 is the mean of rtmlib's points `sources`, with the smallest of their confidences."""

    joint: str
    sources: tuple[int, ...]


def _table() -> tuple[JointSource, ...]:
    sources = {
        **_BODY,
        **{f"face {i}": (_FACE + i,) for i in range(68)},
        **_PUPILS,
        **{f"left hand {i}": (_LEFT_HAND + i,) for i in range(21)},
        **{f"right hand {i}": (_RIGHT_HAND + i,) for i in range(21)},
    }
    return tuple(JointSource(joint, sources[joint]) for joint in JOINT_NAMES)


TABLE: tuple[JointSource, ...] = _table()
"""One row per joint, in the order of the 137."""

_FIRST = np.array([row.sources[0] for row in TABLE])
_MEANS = tuple((index, list(row.sources)) for index, row in enumerate(TABLE) if len(row.sources) > 1)


def to_openpose137(points: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """(134, 3) in rtmlib's OpenPose form to (137, 3): x px, y px, confidence.

    A point of confidence 0 or less is missing, (0, 0, 0); so is a mean if one of its points is missing. Raises
    ValueError for another shape.
    """
    if points.shape != (RTMLIB_JOINT_COUNT, 3):
        raise ValueError(f"points of the shape {points.shape}; ({RTMLIB_JOINT_COUNT}, 3) is rtmlib's OpenPose form.")
    mapped: npt.NDArray[np.float32] = points[_FIRST].astype(np.float32)
    for joint, sources in _MEANS:
        mapped[joint, :2] = points[sources, :2].mean(axis=0)
        mapped[joint, 2] = points[sources, 2].min()
    mapped[~(mapped[:, 2] > 0)] = 0
    return mapped
