"""The towel around a simulated person's neck: drawn over the clothes, and held by no key point."""

import numpy as np
import numpy.typing as npt

from core.simulation.drawing.appearance import Color
from core.simulation.drawing.outlines import Layer, Places, Sometimes, fill, strokes
from core.simulation.rig.trunk import Body

_CLOTH: Color = (232, 236, 240)
_EDGE: Color = (96, 92, 90)
_STRIPE: Color = (120, 58, 36)
# Of the end on the person's left, in torso coordinates: from the neck over the chest.
_END = ((0.72, -0.88), (1.28, -0.62), (1.52, 0.4), (1.56, 1.7), (1.58, 2.9), (0.66, 2.9), (0.62, 1.7), (0.60, 0.4))
_STRIPES = (((0.66, 2.25), (1.57, 2.25)), ((0.66, 2.55), (1.57, 2.55)))


def towel(body: Body, shown: npt.NDArray[np.bool_], unit: float) -> list[Layer]:
    """Its layers in painting order, drawn in the frames where `shown` (T,) is true."""
    if not shown.any():
        return []
    layers: list[Layer] = []
    for side in (-1, 1):
        outline = _placed(body, _END, side)
        closed = np.concatenate((outline, outline[:, :1]), axis=1)
        stripes = [_placed(body, stripe, side) for stripe in _STRIPES]
        layers += [fill(outline, _CLOTH), strokes([closed], _EDGE, 1.6 * unit), strokes(stripes, _STRIPE, 3.0 * unit)]
    return [Sometimes(layer, shown) for layer in layers]


def _placed(body: Body, outline: tuple[tuple[float, float], ...], side: int) -> Places:
    return body.from_torso(np.array([[(side * x, y) for x, y in outline]]))
