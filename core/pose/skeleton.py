"""The 137 points of OpenPose: BODY_25, face 70, two hands of 21 (Cao et al., arXiv 1812.08008).

Order of every key-point array in Telltale: body 0-24, face 25-94, left hand 95-115, right hand 116-136. Left and right
are the person's own. Face point i of OpenPose's 70 is index 25 + i; hand point i is index 95 + i or 116 + i.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

JOINT_COUNT = 137
BODY = slice(0, 25)
FACE = slice(25, 95)
LEFT_HAND = slice(95, 116)
RIGHT_HAND = slice(116, 137)

NOSE, NECK = 0, 1
RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST = 2, 3, 4
LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST = 5, 6, 7
MID_HIP = 8
RIGHT_HIP, RIGHT_ANKLE = 9, 11
LEFT_HIP, LEFT_ANKLE = 12, 14
RIGHT_EYE, LEFT_EYE, RIGHT_EAR, LEFT_EAR = 15, 16, 17, 18

_BODY_NAMES = (
    "nose",
    "neck",
    "right shoulder",
    "right elbow",
    "right wrist",
    "left shoulder",
    "left elbow",
    "left wrist",
    "mid hip",
    "right hip",
    "right knee",
    "right ankle",
    "left hip",
    "left knee",
    "left ankle",
    "right eye",
    "left eye",
    "right ear",
    "left ear",
    "left big toe",
    "left small toe",
    "left heel",
    "right big toe",
    "right small toe",
    "right heel",
)
_FACE_COUNT = FACE.stop - FACE.start
_HAND_COUNT = LEFT_HAND.stop - LEFT_HAND.start

JOINT_NAMES: tuple[str, ...] = (
    *_BODY_NAMES,
    *(f"face {i}" for i in range(_FACE_COUNT)),
    *(f"left hand {i}" for i in range(_HAND_COUNT)),
    *(f"right hand {i}" for i in range(_HAND_COUNT)),
)


def face(*points: int) -> tuple[int, ...]:
    """Indices into the 137 points of face points numbered 0-69 as in OpenPose (0-16 jaw, 8 the chin)."""
    return tuple(FACE.start + point for point in points)


def _chain(points: Iterable[int]) -> tuple[tuple[int, int], ...]:
    return tuple(pairwise(points))


def _face_chain(first: int, last: int, *, closed: bool = False) -> tuple[tuple[int, int], ...]:
    points = face(*range(first, last + 1))
    return _chain((*points, points[0]) if closed else points)


def _hand_edges(wrist: int) -> tuple[tuple[int, int], ...]:
    fingers = (range(first, first + 4) for first in range(1, _HAND_COUNT, 4))
    return tuple(edge for finger in fingers for edge in _chain((wrist, *(wrist + point for point in finger))))


_BODY_EDGES = (
    *((1, 8), (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (8, 9), (9, 10), (10, 11), (8, 12), (12, 13), (13, 14)),
    *((1, 0), (0, 15), (15, 17), (0, 16), (16, 18), (14, 19), (19, 20), (14, 21), (11, 22), (22, 23), (11, 24)),
)
_FACE_EDGES = (
    *_face_chain(0, 16),
    *_face_chain(17, 21),
    *_face_chain(22, 26),
    *_face_chain(27, 30),
    *_face_chain(31, 35),
    *_face_chain(36, 41, closed=True),
    *_face_chain(42, 47, closed=True),
    *_face_chain(48, 59, closed=True),
    *_face_chain(60, 67, closed=True),
)

EDGES: tuple[tuple[int, int], ...] = (
    *_BODY_EDGES,
    *_FACE_EDGES,
    *_hand_edges(LEFT_HAND.start),
    *_hand_edges(RIGHT_HAND.start),
)
"""Pairs of joints between which a line is drawn."""

_FACE_JOINS = (
    (30, 33),
    (21, 27),
    (22, 27),
    (39, 27),
    (42, 27),
    (33, 51),
    (51, 62),
    (0, 17),
    (16, 26),
    (36, 68),
    (42, 69),
)

GRAPH_EDGES: tuple[tuple[int, int], ...] = (
    *EDGES,
    (LEFT_WRIST, LEFT_HAND.start),
    (RIGHT_WRIST, RIGHT_HAND.start),
    (NOSE, FACE.start + 30),
    *((FACE.start + a, FACE.start + b) for a, b in _FACE_JOINS),
)
"""The drawn edges, and those that connect them to one graph."""

_BODY_SWAPS = ((2, 5), (3, 6), (4, 7), (9, 12), (10, 13), (11, 14), (15, 16), (17, 18), (19, 22), (20, 23), (21, 24))
_FACE_SWAPS = (
    *((i, 16 - i) for i in range(8)),
    *((17, 26), (18, 25), (19, 24), (20, 23), (21, 22), (31, 35), (32, 34)),
    *((36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)),
    *((48, 54), (49, 53), (50, 52), (55, 59), (56, 58), (60, 64), (61, 63), (65, 67), (68, 69)),
)


def _mirror() -> tuple[int, ...]:
    order = list(range(JOINT_COUNT))
    swaps = (
        *_BODY_SWAPS,
        *((FACE.start + a, FACE.start + b) for a, b in _FACE_SWAPS),
        *((LEFT_HAND.start + i, RIGHT_HAND.start + i) for i in range(_HAND_COUNT)),
    )
    for a, b in swaps:
        order[a], order[b] = b, a
    return tuple(order)


MIRROR: tuple[int, ...] = _mirror()
"""`points[:, MIRROR]` swaps the person's left and right."""

STREAMS: Mapping[str, tuple[int, ...]] = {
    "body": tuple(range(BODY.start, BODY.stop)),
    "face": tuple(range(FACE.start, FACE.stop)),
    "hands": tuple(range(LEFT_HAND.start, RIGHT_HAND.stop)),
}
"""The parts that the model embeds separately, by name, as joint indices."""
