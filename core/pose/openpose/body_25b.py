"""BODY_25B, OpenPose's other order of 25 body points (github.com/CMU-Perceptual-Computing-Lab/openpose_train), as BODY_25.

Its files cannot be told by their length. There the points 1 and 2 are the eyes, in BODY_25 they are neck and right shoulder:
a person whose "neck" and "shoulder" lie at the nose, nearer than about half the distance from point 5 to 6, has BODY_25B.
"""

import numpy as np
import numpy.typing as npt

from core.pose.skeleton import BODY, LEFT_HIP, LEFT_SHOULDER, MID_HIP, NECK, NOSE, RIGHT_HIP, RIGHT_SHOULDER

Points = npt.NDArray[np.float32]

_PLACE_THERE = {
    0: 0,
    2: 6,
    3: 8,
    4: 10,
    5: 5,
    6: 7,
    7: 9,
    9: 12,
    10: 14,
    11: 16,
    12: 11,
    13: 13,
    14: 15,
    15: 2,
    16: 1,
    17: 4,
    18: 3,
    19: 19,
    20: 20,
    21: 21,
    22: 22,
    23: 23,
    24: 24,
}
"""BODY_25's points that BODY_25B has, and where."""
_EYES, _SHOULDERS = (1, 2), (5, 6)
_NEAR = 0.45  # of the distance between the shoulders, from nose to eye
_LEAST_FRAMES = 3


def is_body_25b(points: Points) -> bool:
    """Whether the body points of (T, 137, 3) are in the order of BODY_25B, in most of the frames that can tell."""
    seen = (points[:, (NOSE, *_EYES, *_SHOULDERS), 2] > 0).all(axis=1)
    if seen.sum() < _LEAST_FRAMES:
        return False
    places = points[seen, :, :2]
    wide = np.linalg.norm(places[:, _SHOULDERS[0]] - places[:, _SHOULDERS[1]], axis=1)
    at_nose = [np.linalg.norm(places[:, eye] - places[:, NOSE], axis=1) < _NEAR * wide for eye in _EYES]
    above = (places[:, _EYES, 1].max(axis=1) < places[:, _SHOULDERS, 1].min(axis=1)) & (wide > 0)
    return bool((at_nose[0] & at_nose[1] & above).mean() > 0.5)


def as_body_25(points: Points) -> Points:
    """The same points (T, 137, 3) in the order of BODY_25; neck and middle of the hips are the means of both sides."""
    ordered = points.copy()
    ordered[:, BODY] = 0
    for here, there in _PLACE_THERE.items():
        ordered[:, here] = points[:, there]
    for middle, sides in ((NECK, (RIGHT_SHOULDER, LEFT_SHOULDER)), (MID_HIP, (RIGHT_HIP, LEFT_HIP))):
        both = (ordered[:, sides, 2] > 0).all(axis=1)
        ordered[both, middle] = ordered[both][:, sides].mean(axis=1)
    return ordered
