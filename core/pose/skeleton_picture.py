"""Drawing the 137 key points of a person, for studies without videos, and for those in which no pixel of them may be sent.

Missing points, and lines to them, are not drawn. Points of low confidence are dim.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.pose.skeleton import (
    BODY,
    EDGES,
    FACE,
    LEFT_EAR,
    LEFT_EYE,
    LEFT_HAND,
    LEFT_WRIST,
    NECK,
    NOSE,
    RIGHT_EAR,
    RIGHT_EYE,
    RIGHT_HAND,
    RIGHT_WRIST,
    face,
)

LEGEND = (
    "The person is drawn as key points on a dark ground: body blue-grey, face ivory with red lips and a dark open mouth, "
    "the person's own left hand blue, own right hand orange. What is dim was found with less certainty; what is not drawn "
    "was not found."
)
"""Description of the drawing, for the model."""

Picture = npt.NDArray[np.uint8]
Color = tuple[int, int, int]  # B, G, R

_GROUND: Color = (30, 26, 24)
_SKIN: Color = (52, 49, 48)
_BODY: Color = (196, 164, 124)
_FACE: Color = (206, 226, 236)
_LIP: Color = (112, 108, 226)
_LIPS_INSIDE: Color = (72, 62, 128)
_MOUTH: Color = (20, 14, 22)
_LEFT: Color = (250, 196, 78)
_RIGHT: Color = (74, 158, 255)

# Confidences (lower, upper): below the first a point is not drawn, from the second it has its full color. OpenPose places
# every point of a detected face or hand, even unlikely ones.
_BODY_CONFIDENCE, _FACE_CONFIDENCE, _HAND_CONFIDENCE = (0.05, 0.45), (0.10, 0.50), (0.10, 0.45)
_DIMMEST = 0.25
_THICKEST_FACE_LINE = 3.2

_FINE = 2  # supersampling factor, so that thin lines are smooth
_SHIFT = 4  # bits of OpenCV's fixed-point coordinates: sixteenths of a pixel

_EDGES_OF: Mapping[int, tuple[tuple[int, int], ...]] = {
    part.start: tuple(edge for edge in EDGES if all(part.start <= joint < part.stop for joint in edge))
    for part in (BODY, FACE, LEFT_HAND, RIGHT_HAND)
}

_CHIN = face(8)[0]
_HEAD_JOINTS = frozenset({NOSE, RIGHT_EYE, LEFT_EYE, RIGHT_EAR, LEFT_EAR})
_OUTER_LIPS, _INNER_LIPS = face(*range(48, 60)), face(*range(60, 68))
_PUPILS = face(68, 69)
_LIP_POINTS = frozenset((*_OUTER_LIPS, *_INNER_LIPS))
_LEAST_OF_A_FACE = 40  # least of the 70 points; with fewer, the five head joints are drawn instead


@dataclass(frozen=True, slots=True)
class Window:
    """The square of a clip's picture that is shown, in upright pixels; it may extend beyond the picture."""

    left_px: float
    top_px: float
    side_px: float


def certainty_of(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(..., 137, 3) key points to their brightness (..., 137) from 0 (not drawn) to 1."""
    confidence = points[..., 2]
    certainty = np.zeros_like(confidence)
    for part, (none, full) in (
        (BODY, _BODY_CONFIDENCE),
        (FACE, _FACE_CONFIDENCE),
        (LEFT_HAND, _HAND_CONFIDENCE),
        (RIGHT_HAND, _HAND_CONFIDENCE),
    ):
        share = np.clip((confidence[..., part] - none) / (full - none), 0.0, 1.0)
        certainty[..., part] = np.where(confidence[..., part] > none, _DIMMEST + (1 - _DIMMEST) * share, 0.0)
    return certainty


def draw_skeleton(points: npt.NDArray[np.float32], window: Window, size_px: int) -> Picture:
    """(137, 3) key points in upright pixels to a drawing of those in `window`, `(size_px, size_px, 3)` BGR uint8.

    Points without confidence are left out. Raises ValueError for a size below 16 px.
    """
    if size_px < 16:
        raise ValueError(f"A skeleton of {size_px} px cannot be told from a blot.")
    return _Drawing(points, window, size_px).picture()


class _Drawing:
    def __init__(self, points: npt.NDArray[np.float32], window: Window, size_px: int) -> None:
        self._size_px = size_px
        side = size_px * _FINE
        self._canvas = np.full((side, side, 3), _GROUND, dtype=np.uint8)
        corner = np.array([window.left_px, window.top_px])
        # Integer coordinates are pixel centers in OpenCV, and upper left corners in key points.
        places = ((points[:, :2].astype(np.float64) - corner) * (side / window.side_px) - 0.5) * 2**_SHIFT
        # Clipped, as far outside the picture coordinates would exceed OpenCV's 32 bits.
        self._at: list[list[int]] = np.rint(np.clip(places, -(2**24), 2**24)).astype(int).tolist()
        self._certainty: list[float] = certainty_of(points).tolist()
        self._unit = side / 768
        seen = [self._at[joint] for joint in range(FACE.start, FACE.stop) if self._certainty[joint] > 0]
        self._hull = cv2.convexHull(np.array(seen, dtype=np.int32)) if len(seen) >= _LEAST_OF_A_FACE else None

    def picture(self) -> Picture:
        self._draw_body()
        self._draw_face()
        self._draw_hand(LEFT_HAND, LEFT_WRIST, _LEFT)
        self._draw_hand(RIGHT_HAND, RIGHT_WRIST, _RIGHT)
        size = (self._size_px, self._size_px)
        return np.asarray(cv2.resize(self._canvas, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def _draw_body(self) -> None:
        hidden = frozenset() if self._hull is None else _HEAD_JOINTS
        edges = [edge for edge in _EDGES_OF[BODY.start] if not hidden.intersection(edge)]
        if self._hull is not None:
            edges.append((NECK, _CHIN))
        self._lines(edges, _BODY, 6.0)
        self._dots([joint for joint in range(BODY.start, BODY.stop) if joint not in hidden], _BODY, 7.5)

    def _draw_face(self) -> None:
        thickness = _THICKEST_FACE_LINE
        if self._hull is not None:
            cv2.fillConvexPoly(self._canvas, self._hull, _SKIN, cv2.LINE_AA, _SHIFT)
            # Thinner lines in a small face, so that open eyes and mouth stay visible.
            height = float(np.ptp(self._hull[:, 0, 1])) / 2**_SHIFT / self._unit
            thickness = min(max(height / 75, 1.5), _THICKEST_FACE_LINE)
        self._fill(_OUTER_LIPS, _LIPS_INSIDE)
        self._fill(_INNER_LIPS, _MOUTH)
        edges = _EDGES_OF[FACE.start]
        self._lines([edge for edge in edges if edge[0] not in _LIP_POINTS], _FACE, thickness)
        self._lines([edge for edge in edges if edge[0] in _OUTER_LIPS], _LIP, thickness)
        self._lines([edge for edge in edges if edge[0] in _INNER_LIPS], _LIP, thickness / 2)
        self._dots(_PUPILS, _FACE, 1.25 * thickness)

    def _draw_hand(self, hand: slice, wrist: int, color: Color) -> None:
        edges = _EDGES_OF[hand.start]
        # A dark rim separates a hand from a face that it touches.
        self._lines(edges, _GROUND, 9.0, rim=True)
        self._lines([(wrist, hand.start)], color, 4.0)
        self._lines(edges, color, 4.0)
        self._dots(range(hand.start, hand.stop), color, 4.2)

    def _lines(self, edges: Iterable[tuple[int, int]], color: Color, thickness: float, *, rim: bool = False) -> None:
        for a, b in edges:
            certainty = min(self._certainty[a], self._certainty[b])
            if certainty > 0:
                ink = color if rim else _dimmed(color, certainty)
                width = max(1, round(thickness * self._unit))
                cv2.line(self._canvas, self._at[a], self._at[b], ink, width, cv2.LINE_AA, _SHIFT)

    def _dots(self, joints: Iterable[int], color: Color, radius: float) -> None:
        for joint in joints:
            if self._certainty[joint] > 0:
                size = max(1, round(radius * self._unit * 2**_SHIFT))
                ink = _dimmed(_lighter(color), self._certainty[joint])
                cv2.circle(self._canvas, self._at[joint], size, ink, cv2.FILLED, cv2.LINE_AA, _SHIFT)

    def _fill(self, joints: Sequence[int], color: Color) -> None:
        """Fills the polygon of the joints, if all are present."""
        if all(self._certainty[joint] > 0 for joint in joints):
            outline = np.array([self._at[joint] for joint in joints], dtype=np.int32)
            cv2.fillPoly(self._canvas, [outline], color, cv2.LINE_AA, _SHIFT)


def _dimmed(color: Color, certainty: float) -> Color:
    b, g, r = (round(ground + (ink - ground) * certainty) for ground, ink in zip(_GROUND, color, strict=True))
    return b, g, r


def _lighter(color: Color) -> Color:
    b, g, r = (round(ink + (255 - ink) * 0.35) for ink in color)
    return b, g, r
