"""Shapes of a hand of 21 points in the plane, and their projection into the picture.

Hand coordinates: wrist at the origin, y along the middle finger, x toward the thumb; the unit is the length from the wrist to
the tip of the middle finger, about 2.85 eye distances.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from core.simulation.rig.motion import Signal

Places = npt.NDArray[np.float64]

HAND_LENGTH = 2.75  # eye distances

_OPEN = (
    (0.0, 0.0),
    *((0.13, 0.11), (0.25, 0.25), (0.34, 0.37), (0.41, 0.48)),
    *((0.14, 0.46), (0.185, 0.65), (0.21, 0.77), (0.23, 0.87)),
    *((0.03, 0.48), (0.045, 0.70), (0.05, 0.85), (0.055, 0.97)),
    *((-0.07, 0.46), (-0.095, 0.66), (-0.11, 0.79), (-0.12, 0.90)),
    *((-0.16, 0.41), (-0.205, 0.56), (-0.235, 0.66), (-0.26, 0.75)),
)
_RELAXED = (
    (0.0, 0.0),
    *((0.12, 0.12), (0.22, 0.27), (0.26, 0.40), (0.26, 0.51)),
    *((0.13, 0.46), (0.16, 0.63), (0.16, 0.73), (0.14, 0.81)),
    *((0.03, 0.48), (0.045, 0.67), (0.045, 0.78), (0.035, 0.87)),
    *((-0.07, 0.46), (-0.08, 0.63), (-0.08, 0.73), (-0.075, 0.81)),
    *((-0.15, 0.41), (-0.175, 0.54), (-0.18, 0.61), (-0.17, 0.68)),
)
_CURLED = (
    (0.0, 0.0),
    *((0.13, 0.11), (0.22, 0.26), (0.20, 0.39), (0.11, 0.46)),
    *((0.13, 0.45), (0.15, 0.60), (0.12, 0.56), (0.10, 0.47)),
    *((0.03, 0.47), (0.04, 0.63), (0.03, 0.58), (0.02, 0.48)),
    *((-0.07, 0.45), (-0.07, 0.60), (-0.06, 0.55), (-0.06, 0.46)),
    *((-0.15, 0.40), (-0.15, 0.52), (-0.14, 0.48), (-0.13, 0.41)),
)
_POINTING = (
    (0.0, 0.0),
    *((0.13, 0.11), (0.23, 0.26), (0.25, 0.40), (0.20, 0.50)),
    *((0.13, 0.46), (0.17, 0.65), (0.19, 0.78), (0.20, 0.89)),
    *((0.03, 0.47), (0.05, 0.64), (0.04, 0.62), (0.03, 0.53)),
    *((-0.07, 0.45), (-0.07, 0.60), (-0.06, 0.56), (-0.06, 0.47)),
    *((-0.15, 0.40), (-0.15, 0.52), (-0.14, 0.48), (-0.13, 0.41)),
)
_PINCHING = (
    (0.0, 0.0),
    *((0.14, 0.12), (0.26, 0.27), (0.31, 0.42), (0.27, 0.56)),
    *((0.14, 0.46), (0.21, 0.62), (0.25, 0.66), (0.27, 0.64)),
    *((0.03, 0.48), (0.07, 0.66), (0.11, 0.73), (0.15, 0.75)),
    *((-0.07, 0.46), (-0.05, 0.63), (-0.02, 0.70), (0.02, 0.73)),
    *((-0.15, 0.41), (-0.15, 0.55), (-0.13, 0.61), (-0.10, 0.65)),
)

SHAPES: Mapping[str, Places] = {
    "open": np.array(_OPEN),
    "relaxed": np.array(_RELAXED),
    "curled": np.array(_CURLED),
    "pointing": np.array(_POINTING),
    "pinching": np.array(_PINCHING),
}
"""Name of the shape to its points, (21, 2)."""


def lay_hand(
    shape: Places,
    wrist: Places,
    angle: Signal,
    *,
    roll: Signal,
    length: Signal,
    foreshortening: Signal,
    right: bool,
) -> Places:
    """Projects a hand into the picture: (T, 21, 2), in the units of `wrist`.

    shape: (T, 21, 2) in hand coordinates. wrist: (T, 2). angle: (T,) of the fingers in radians, 0 to the right of the picture,
    pi/2 down. roll: (T,), 1 shows the back of a hand whose fingers point up, -1 the palm, 0 its edge.
    length: (T,) of the hand, in the units of `wrist`. foreshortening: (T,) 1 for a hand in the plane of the picture.
    """
    along = np.stack((np.cos(angle), np.sin(angle)), axis=-1)
    across = np.stack((along[:, 1], -along[:, 0]), axis=-1) * (1.0 if right else -1.0)
    y = shape[..., 1] * (length * foreshortening)[:, None]
    x = shape[..., 0] * (length * roll)[:, None]
    return np.asarray(wrist[:, None] + y[..., None] * along[:, None] + x[..., None] * across[:, None])
