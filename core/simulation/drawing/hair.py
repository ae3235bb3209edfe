"""Hair, headwear and glasses: outlines in head coordinates (core.simulation.rig.face) that turn with the head."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from core.simulation.drawing.appearance import Appearance, Color, HairStyle, darker, lighter
from core.simulation.drawing.outlines import Layer, fill, stroke, strokes
from core.simulation.rig.trunk import Body

Places = npt.NDArray[np.float64]
Solid = tuple[tuple[float, float, float], ...]
Flat = tuple[tuple[float, float], ...]

# The hairline above the face, from the left ear to the right one.
_HAIRLINES: Mapping[HairStyle, Flat] = {
    "cropped": (
        *((1.22, 0.10), (1.05, -0.35), (0.92, -0.80), (0.45, -1.02), (0.0, -1.05)),
        *((-0.45, -1.02), (-0.92, -0.80), (-1.05, -0.35), (-1.22, 0.10)),
    ),
    "short": (
        *((1.24, 0.22), (1.07, -0.25), (1.00, -0.62), (0.62, -0.98), (0.10, -0.90)),
        *((-0.40, -0.98), (-0.95, -0.72), (-1.07, -0.25), (-1.24, 0.22)),
    ),
    "side parting": (
        *((1.24, 0.25), (1.06, -0.20), (1.02, -0.52), (0.70, -0.86), (0.30, -1.18)),
        *((-0.15, -0.92), (-0.80, -0.70), (-1.08, -0.15), (-1.24, 0.25)),
    ),
    "curly": (
        *((1.26, 0.15), (1.08, -0.28), (0.98, -0.66), (0.55, -0.86), (0.0, -0.80)),
        *((-0.55, -0.88), (-0.98, -0.66), (-1.08, -0.28), (-1.26, 0.15)),
    ),
    "long": (
        *((1.30, 1.20), (1.10, 0.30), (1.02, -0.45), (0.62, -0.95), (0.12, -1.25)),
        *((-0.40, -0.98), (-0.98, -0.42), (-1.10, 0.30), (-1.30, 1.20)),
    ),
    "bun": (
        *((1.24, 0.05), (1.06, -0.42), (0.92, -0.85), (0.48, -1.12), (0.0, -1.18)),
        *((-0.48, -1.12), (-0.92, -0.85), (-1.06, -0.42), (-1.24, 0.05)),
    ),
    "ponytail": (
        *((1.24, 0.05), (1.06, -0.42), (0.94, -0.80), (0.50, -1.08), (-0.10, -1.16)),
        *((-0.55, -0.98), (-0.98, -0.72), (-1.06, -0.42), (-1.24, 0.05)),
    ),
}
# Extent of the hair above (heights) and beside (sides) the point between the eyes.
_HEIGHTS: Mapping[HairStyle, float] = {
    **{"cropped": 1.66, "short": 1.86, "side parting": 1.88, "curly": 1.95},
    **{"long": 1.84, "bun": 1.74, "ponytail": 1.76},
}
_SIDES: Mapping[HairStyle, float] = {
    **{"cropped": 1.28, "short": 1.34, "side parting": 1.34, "curly": 1.44},
    **{"long": 1.46, "bun": 1.28, "ponytail": 1.28},
}
_CROWN: Flat = (
    *((-1.0, -0.12), (-0.97, -0.42), (-0.80, -0.72), (-0.48, -0.93), (0.0, -1.0)),
    *((0.48, -0.93), (0.80, -0.72), (0.97, -0.42), (1.0, -0.12)),
)
_LONG: Flat = (
    *((-1.0, -1.35), (-1.5, -0.5), (-1.62, 0.6), (-1.75, 1.8), (-1.6, 2.75), (-0.8, 3.0)),
    *((0.8, 3.0), (1.6, 2.75), (1.75, 1.8), (1.62, 0.6), (1.5, -0.5), (1.0, -1.35)),
)
_PONYTAIL: Flat = (
    *((-0.2, -0.9), (0.9, -0.9), (1.75, -0.2), (1.95, 0.9)),
    *((1.7, 2.1), (1.45, 2.3), (1.35, 1.2), (1.0, 0.2)),
)
_BUN: Flat = (
    *((-0.6, -1.75), (-0.45, -2.2), (0.0, -2.38), (0.45, -2.2)),
    *((0.6, -1.75), (0.3, -1.35), (-0.3, -1.35)),
)
_HEADBAND: Solid = (
    *((-1.24, -0.62, -0.9), (-1.0, -0.98, -0.5), (-0.5, -1.16, -0.22), (0.0, -1.22, -0.15)),
    *((0.5, -1.16, -0.22), (1.0, -0.98, -0.5), (1.24, -0.62, -0.9)),
)
_VISOR_BAND: Solid = (
    *((-1.26, -0.55, -0.9), (-0.95, -1.0, -0.45), (0.0, -1.26, -0.1), (0.95, -1.0, -0.45)),
    *((1.26, -0.55, -0.9), (1.0, -0.62, -0.3), (0.0, -0.82, 0.0), (-1.0, -0.62, -0.3)),
)
_VISOR_PEAK: Solid = (
    *((-1.02, -0.70, -0.3), (-0.55, -0.88, 0.0), (0.0, -0.94, 0.1), (0.55, -0.88, 0.0)),
    *((1.02, -0.70, -0.3), (0.80, -0.62, 0.65), (0.0, -0.60, 0.95), (-0.80, -0.62, 0.65)),
)
_WHITE: Color = (236, 236, 240)
_RED: Color = (70, 60, 190)
_FRAME: Color = (38, 34, 40)


class HairDrawing:
    """Layers: `behind` the neck and shoulders, in `front` on the head, and `worn` (headwear, glasses) over both."""

    def __init__(self, body: Body, look: Appearance, *, width: float) -> None:
        """`width`: of the face, relative to the average."""
        self._body, self._look, self._width = body, look, width
        self._unit = body.eye_px / 27

    def behind(self) -> list[Layer]:
        look = self._look
        if look.style == "long":
            return [fill(self._at_depth(_LONG, -1.5), darker(look.hair, 0.22), smooth=5)]
        if look.style == "ponytail":
            return [fill(self._at_depth(_PONYTAIL, -1.9), darker(look.hair, 0.25), smooth=5)]
        if look.style == "bun":
            return [fill(self._at_depth(_BUN, -1.3), darker(look.hair, 0.12), smooth=6)]
        return []

    def front(self) -> list[Layer]:
        look = self._look
        if look.style == "bald":
            turns = np.linspace(0, 2 * np.pi, 9)[:-1]
            shine = tuple((float(0.35 + 0.3 * np.cos(a)), float(-1.2 + 0.12 * np.sin(a))) for a in turns)
            return [fill(self._at_depth(shine, -0.5), lighter(look.skin, 0.16), smooth=2)]
        height, side = _HEIGHTS[look.style], _SIDES[look.style]
        crown = [(x * side, y * height, -0.85) for x, y in _CROWN]
        if look.style == "curly":
            crown = [
                (-side * np.cos(a) * curl, (-0.15 - 1.78 * np.sin(a)) * curl, -0.85)
                for a, curl in zip(np.linspace(0.0, np.pi, 21), 11 * [1.035, 0.965], strict=False)
            ]
        line = [(x, y, -1.0 if abs(x) > 1.15 else -0.55 + 0.35 * (1 - abs(x))) for x, y in _HAIRLINES[look.style]]
        top = -1.62 * height / 1.86
        strands = [
            self._solid(((x, -1.02, -0.25), (1.1 * x + 0.06, -1.35, -0.5), (1.05 * x + 0.1, top, -0.8)))
            for x in (-0.62, -0.2, 0.25, 0.68)
        ]
        return [
            fill(self._solid((*crown, *line)), look.hair, smooth=4),
            strokes(strands, lighter(look.hair, 0.13), 1.6 * self._unit, smooth=4),
        ]

    def worn(self) -> list[Layer]:
        look = self._look
        if look.extra == "headband":
            lower = tuple((x * 1.01, y + 0.30, z + 0.02) for x, y, z in reversed(_HEADBAND))
            color = _WHITE if sum(look.clothes) < 500 else _RED
            return [
                fill(self._solid((*_HEADBAND, *lower)), color, smooth=4),
                stroke(self._solid(lower), darker(color, 0.18), 1.2 * self._unit, smooth=4),
            ]
        if look.extra == "visor":
            color = look.trim if sum(look.trim) > 500 else _WHITE
            return [
                fill(self._solid(_VISOR_BAND), color, smooth=4),
                fill(self._solid(_VISOR_PEAK), darker(color, 0.14), smooth=4),
            ]
        return [self._glasses()] if look.extra == "glasses" else []

    def _glasses(self) -> Layer:
        turns = np.linspace(0, 2 * np.pi, 17)
        round_x = 0.43 * np.sign(np.cos(turns)) * np.abs(np.cos(turns)) ** 0.7
        round_y = 0.08 + 0.33 * np.sign(np.sin(turns)) * np.abs(np.sin(turns)) ** 0.7
        parts: list[Solid] = [
            tuple((x + float(dx), float(dy), 0.22) for dx, dy in zip(round_x, round_y, strict=True))
            for x in (-0.52, 0.52)
        ]
        parts.append(((-0.10, 0.0, 0.28), (0.0, -0.04, 0.32), (0.10, 0.0, 0.28)))
        parts += [((side * 0.95, -0.02, 0.2), (side * 1.22, 0.02, -1.0)) for side in (-1.0, 1.0)]
        return strokes([self._solid(part) for part in parts], _FRAME, 1.3 * self._unit)

    def _at_depth(self, outline: Flat, depth: float) -> Places:
        return self._solid(tuple((x, y, depth) for x, y in outline))

    def _solid(self, outline: Solid) -> Places:
        return self._body.from_head(np.array(outline) * (self._width, 1, 1))
