"""Conversion of MediaPipe Holistic's points to OpenPose's 137.

Holistic gives, of one person: 33 points of the body (BlazePose), a face mesh of 478 (468, and each iris as its center and
four points around it), and two hands of 21. Left and right are the person's own. Here they stand in one array of 553 rows:
body, face, left hand, right hand; each row is x and y as shares of the picture's width and height, and a confidence:

- body: Holistic's visibility of the point, the likelihood that it lies in the picture and nothing hides it
- face and hands: the presence of the whole face or hand, the likelihood that there is one; 0 where none was found

Holistic looks for each hand by itself, and at a hand before the face it may find the same one twice, as left and as right; the
one farther from the body's wrist of its side is then missing.

Neck and mid hip are the means of the shoulders and of the hips, with the smaller of their confidences. Holistic has a foot's
heel and its tip, which becomes the big toe; the small toes are always missing.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from core.pose.skeleton import JOINT_NAMES

BODY_POINTS, FACE_POINTS, HAND_POINTS = 33, 478, 21
FACE_FIRST = BODY_POINTS
LEFT_HAND_FIRST = FACE_FIRST + FACE_POINTS
RIGHT_HAND_FIRST = LEFT_HAND_FIRST + HAND_POINTS
POINT_COUNT = RIGHT_HAND_FIRST + HAND_POINTS
"""Rows of Holistic's points: body, face, left hand, right hand."""

VISIBLE_FROM = 0.5
"""Visibility below which a point of the body is missing: the one below which MediaPipe does not draw it."""

SAME_HAND_WITHIN = 0.1
"""Median distance between the points of both hands, as a share of their extent, below which they are one hand. Measured 0.01 to
0.08 on one found twice."""

_LEFT_WRIST, _RIGHT_WRIST = 15, 16
_LEFT_HAND = slice(LEFT_HAND_FIRST, RIGHT_HAND_FIRST)
_RIGHT_HAND = slice(RIGHT_HAND_FIRST, POINT_COUNT)

_BODY: Mapping[str, tuple[int, ...]] = {
    "nose": (0,),
    "neck": (12, 11),
    "right shoulder": (12,),
    "right elbow": (14,),
    "right wrist": (16,),
    "left shoulder": (11,),
    "left elbow": (13,),
    "left wrist": (15,),
    "mid hip": (24, 23),
    "right hip": (24,),
    "right knee": (26,),
    "right ankle": (28,),
    "left hip": (23,),
    "left knee": (25,),
    "left ankle": (27,),
    "right eye": (5,),
    "left eye": (2,),
    "right ear": (8,),
    "left ear": (7,),
    "left big toe": (31,),
    "left small toe": (),
    "left heel": (29,),
    "right big toe": (32,),
    "right small toe": (),
    "right heel": (30,),
}

_FACE: tuple[int, ...] = (
    *(127, 234, 93, 132, 58, 136, 149, 148, 152, 377, 378, 365, 288, 361, 323, 454, 356),  # the outline, 0-16
    *(70, 63, 105, 66, 107),  # right brow, from its outer end
    *(336, 296, 334, 293, 300),  # left brow, to its outer end
    *(168, 197, 5, 4),  # bridge of the nose, to its tip
    *(98, 97, 2, 326, 327),  # below the nose
    *(33, 160, 158, 133, 153, 144),  # right eye, from its outer corner
    *(362, 385, 387, 263, 373, 380),  # left eye, from its inner corner
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),  # outer lip
    *(78, 81, 13, 311, 308, 402, 14, 178),  # inner lip
    *(468, 473),  # the centers of the irises
)


def _table() -> tuple[tuple[int, ...], ...]:
    sources = {
        **_BODY,
        **{f"face {i}": (FACE_FIRST + point,) for i, point in enumerate(_FACE)},
        **{f"left hand {i}": (LEFT_HAND_FIRST + i,) for i in range(HAND_POINTS)},
        **{f"right hand {i}": (RIGHT_HAND_FIRST + i,) for i in range(HAND_POINTS)},
    }
    return tuple(sources[joint] for joint in JOINT_NAMES)


SOURCES: tuple[tuple[int, ...], ...] = _table()
"""For each of the 137 joints, the rows that it is the mean of; none for what Holistic does not have."""

_FIRST = np.array([rows[0] if rows else 0 for rows in SOURCES])
_ABSENT = np.array([not rows for rows in SOURCES])
_MEANS = tuple((joint, list(rows)) for joint, rows in enumerate(SOURCES) if len(rows) > 1)


def to_openpose137(points: npt.NDArray[np.floating], width_px: int, height_px: int) -> npt.NDArray[np.float32]:
    """(553, 3), see the module, to (137, 3): x px, y px, confidence.

    Missing, (0, 0, 0), is a point outside the picture, one of the body below `VISIBLE_FROM`, a mean of which one point is
    below it, and a hand that is the other one. A mean in the picture stays where its points lie outside. Raises ValueError
    for another shape.
    """
    if points.shape != (POINT_COUNT, 3):
        raise ValueError(f"points of the shape {points.shape}; ({POINT_COUNT}, 3) is Holistic's.")
    seen = points[:, 2] > 0
    twice = _found_twice(points * (width_px, height_px, 1))
    if twice is not None:
        seen[twice] = False
    seen[:BODY_POINTS] &= points[:BODY_POINTS, 2] >= VISIBLE_FROM
    kept = np.where(seen[:, None], points, 0)
    mapped: npt.NDArray[np.float32] = kept[_FIRST].astype(np.float32)
    for joint, rows in _MEANS:
        mapped[joint, :2] = kept[rows, :2].mean(axis=0)
        mapped[joint, 2] = kept[rows, 2].min()
    mapped[:, :2] *= (width_px, height_px)
    x, y, confidence = mapped.T
    mapped[_ABSENT | ~((confidence > 0) & (x >= 0) & (x < width_px) & (y >= 0) & (y < height_px))] = 0
    return mapped


def _found_twice(points_px: npt.NDArray[np.floating]) -> slice | None:
    """The rows of the hand that is the other one found again, if there is such a hand."""
    left, right = points_px[_LEFT_HAND], points_px[_RIGHT_HAND]
    if not (left[0, 2] > 0 and right[0, 2] > 0):
        return None
    apart_px = float(np.median(np.linalg.norm(left[:, :2] - right[:, :2], axis=1)))
    extent_px = float(np.linalg.norm(np.ptp(np.concatenate((left, right))[:, :2], axis=0)))
    if apart_px >= SAME_HAND_WITHIN * extent_px:
        return None
    from_left, from_right = (
        float(np.linalg.norm(hand[0, :2] - points_px[wrist, :2]))
        for hand, wrist in ((left, _LEFT_WRIST), (right, _RIGHT_WRIST))
    )
    return _LEFT_HAND if from_left > from_right else _RIGHT_HAND
