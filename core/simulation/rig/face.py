"""The 70 face points in three dimensions, and their displacement by facial muscles.

Head coordinates: origin midway between the eyes, x to the person's left (right in the picture), y down, z toward the
camera; the unit is the distance between the eye centers (6.3 cm in adults).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.simulation.rig.motion import Signal

Places = npt.NDArray[np.float64]

_RIGHT_JAW = (
    *((-1.20, 0.10, -1.10), (-1.19, 0.42, -1.02), (-1.14, 0.75, -0.90), (-1.04, 1.07, -0.72)),
    *((-0.89, 1.36, -0.48), (-0.68, 1.60, -0.22), (-0.45, 1.76, -0.03), (-0.22, 1.85, 0.06)),
)
_RIGHT_BROW = (
    (-0.97, -0.33, -0.14),
    (-0.82, -0.43, -0.04),
    (-0.62, -0.47, 0.03),
    (-0.41, -0.45, 0.06),
    (-0.21, -0.39, 0.08),
)
_BRIDGE = ((0.0, -0.03, 0.22), (0.0, 0.18, 0.33), (0.0, 0.38, 0.44), (0.0, 0.57, 0.55))
_RIGHT_NOSTRIL = ((-0.25, 0.71, 0.24), (-0.13, 0.76, 0.32))
_RIGHT_EYE = (
    *((-0.755, 0.035, -0.12), (-0.62, -0.115, 0.0), (-0.41, -0.125, 0.04)),
    *((-0.265, 0.05, 0.0), (-0.42, 0.115, 0.03), (-0.61, 0.115, 0.0)),
)
_RIGHT_UPPER_LIP = ((-0.44, 1.16, 0.16), (-0.27, 1.065, 0.28), (-0.10, 1.015, 0.34))
_RIGHT_LOWER_LIP = ((-0.10, 1.34, 0.32), (-0.27, 1.275, 0.27))
_RIGHT_INNER = ((-0.37, 1.16, 0.18), (-0.13, 1.145, 0.30))
_RIGHT_INNER_LOW = (-0.13, 1.165, 0.30)
_RIGHT_PUPIL = (-0.51, 0.0, 0.04)

NOSE_TIP = 30
RIGHT_EAR, LEFT_EAR = (-1.24, 0.36, -1.15), (1.24, 0.36, -1.15)


def _left(places: tuple[tuple[float, float, float], ...]) -> tuple[tuple[float, float, float], ...]:
    return tuple((-x, y, z) for x, y, z in reversed(places))


def _turned(point: tuple[float, float, float]) -> tuple[float, float, float]:
    return (-point[0], *point[1:])


_EYE = _RIGHT_EYE
_LEFT_EYE = tuple(_turned(_EYE[i]) for i in (3, 2, 1, 0, 5, 4))

FACE_3D: Places = np.array(
    (
        *(*_RIGHT_JAW, (0.0, 1.88, 0.08), *_left(_RIGHT_JAW)),
        *(*_RIGHT_BROW, *_left(_RIGHT_BROW)),
        *(*_BRIDGE, *_RIGHT_NOSTRIL, (0.0, 0.79, 0.37), *_left(_RIGHT_NOSTRIL)),
        *(*_RIGHT_EYE, *_LEFT_EYE),
        *(*_RIGHT_UPPER_LIP, (0.0, 1.04, 0.35), *_left(_RIGHT_UPPER_LIP)),
        *(*_left(_RIGHT_LOWER_LIP), (0.0, 1.355, 0.33), *_RIGHT_LOWER_LIP),
        *(*_RIGHT_INNER, (0.0, 1.15, 0.31), *_left(_RIGHT_INNER)),
        *(_turned(_RIGHT_INNER_LOW), (0.0, 1.17, 0.31), _RIGHT_INNER_LOW),
        *(_RIGHT_PUPIL, _turned(_RIGHT_PUPIL)),
    )
)
"""(70, 3): an adult's face at rest."""

_JAW_DROP = np.array([0, 0, 0.05, 0.18, 0.4, 0.65, 0.88, 0.97, 1, 0.97, 0.88, 0.65, 0.4, 0.18, 0.05, 0, 0])
_PUFF = np.array([0, 0.25, 0.6, 1, 1.1, 0.95, 0.5, 0.15, 0, 0.15, 0.5, 0.95, 1.1, 1, 0.6, 0.25, 0])
_BROW_INNER = np.array([0.55, 0.75, 0.9, 1.0, 1.0, 1.0, 1.0, 0.9, 0.75, 0.55])
_CORNERS = (
    (48, -1, 1.0),
    (60, -1, 0.9),
    (54, 1, 1.0),
    (64, 1, 0.9),
    (49, -1, 0.5),
    (53, 1, 0.5),
    (59, -1, 0.55),
    (55, 1, 0.55),
)


@dataclass(frozen=True)
class FaceShape:
    """Factors on the average face: width, length below the eyes, width of the jaw, thickness of lips, opening of eyes."""

    width: float = 1.0
    length: float = 1.0
    jaw: float = 1.0
    lips: float = 1.0
    eyes: float = 1.0

    def resting(self) -> Places:
        """(70, 3): this person's face at rest."""
        face = FACE_3D.copy()
        face[:17, 0] *= self.width * (1 + (self.jaw - 1) * np.clip(face[:17, 1] / 1.2, 0, 1))
        below = face[:, 1] > 0.2
        face[below, 1] = 0.2 + (face[below, 1] - 0.2) * self.length
        middle = face[60:68, 1].mean()
        for points in (range(49, 54), range(55, 60)):
            face[list(points), 1] = middle + (face[list(points), 1] - middle) * self.lips
        for points in (range(36, 42), range(42, 48)):
            center = face[list(points), 1].mean()
            face[list(points), 1] = center + (face[list(points), 1] - center) * self.eyes
        return face


@dataclass(frozen=True)
class FaceMuscles:
    """(T,) each. blink, smile, press, puff, frown: 0..1; brow_up, mouth_open: eye distances; gaze: about -1..1."""

    blink: Signal
    brow_up: Signal
    frown: Signal
    mouth_open: Signal
    mouth_wide: Signal
    smile: Signal
    press: Signal
    puff: Signal
    gaze_x: Signal
    gaze_y: Signal


def moved_face(resting: Places, muscles: FaceMuscles) -> Places:
    """(T, 70, 3): the face deformed by its muscles, in head coordinates."""
    face = np.repeat(resting[None], len(muscles.blink), axis=0)
    _eyes(face, muscles)
    _brows(face, muscles)
    _mouth(face, muscles)
    _jaw(face, muscles)
    return face


def _eyes(face: Places, muscles: FaceMuscles) -> None:
    squint = 0.22 * muscles.smile + 0.12 * muscles.frown
    for upper, lower in (((37, 38), (41, 40)), ((43, 44), (47, 46))):
        for top, bottom in zip(upper, lower, strict=True):
            opening = face[:, bottom, 1] - face[:, top, 1]
            face[:, top, 1] += opening * np.clip(0.90 * muscles.blink + 0.06 * muscles.press, 0, 0.95)
            face[:, bottom, 1] -= opening * np.minimum(0.25 * squint, 1 - muscles.blink)
    face[:, 68:70, 0] += 0.085 * np.clip(muscles.gaze_x, -1.3, 1.3)[:, None]
    face[:, 68:70, 1] += 0.028 * np.clip(muscles.gaze_y, -1.3, 1.3)[:, None] + 0.05 * muscles.blink[:, None]


def _brows(face: Places, muscles: FaceMuscles) -> None:
    face[:, 17:27, 1] += (0.13 * muscles.frown - muscles.brow_up)[:, None] * _BROW_INNER
    drawn = 0.05 * muscles.frown[:, None] * np.array([0, 0.2, 0.5, 0.8, 1, -1, -0.8, -0.5, -0.2, 0])
    face[:, 17:27, 0] += drawn


def _mouth(face: Places, muscles: FaceMuscles) -> None:
    opened, smile, press = muscles.mouth_open, muscles.smile, muscles.press
    line = face[:, 62, 1].copy()
    for point in (50, 51, 52):  # the lips roll inward
        face[:, point, 1] += 0.62 * press * (line - face[:, point, 1])
    for point in (49, 53):
        face[:, point, 1] += 0.4 * press * (line - face[:, point, 1])
    for point in (56, 57, 58):
        face[:, point, 1] -= 0.62 * press * (face[:, point, 1] - line)
    for point in (55, 59):
        face[:, point, 1] -= 0.4 * press * (face[:, point, 1] - line)
    for point in (61, 62, 63):
        face[:, point, 1] -= 0.15 * opened
    for point in (50, 51, 52):
        face[:, point, 1] -= 0.12 * opened
    for point in (65, 66, 67):
        face[:, point, 1] += 0.85 * opened
    for point in (56, 57, 58):
        face[:, point, 1] += 0.83 * opened
    for point in (55, 59):
        face[:, point, 1] += 0.6 * opened
    for point in (48, 54, 60, 64):
        face[:, point, 1] += 0.28 * opened
    for point, side, share in _CORNERS:
        face[:, point, 0] += side * share * (0.085 * smile + muscles.mouth_wide - 0.12 * opened - 0.03 * press)
        face[:, point, 1] -= 0.095 * share * smile
    face[:, 51, 1] += 0.02 * smile
    face[:, 57, 1] += 0.02 * smile
    face[:, 48:68, 0] *= 1 - 0.10 * muscles.puff[:, None]


def _jaw(face: Places, muscles: FaceMuscles) -> None:
    face[:, :17, 1] += 0.62 * muscles.mouth_open[:, None] * _JAW_DROP
    side = np.sign(face[0, :17, 0])
    face[:, :17, 0] += side * _PUFF * (0.13 * muscles.puff + 0.012 * muscles.smile)[:, None]
