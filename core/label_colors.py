"""Colors for labels, each with contrast on the light and the dark theme, for any number of labels."""

import colorsys
from collections.abc import Collection

CANDIDATES = (
    "#a87eeb",
    "#c57fa6",
    "#5d9d6b",
    "#2a78d6",
    "#b8860b",
    "#6b6b6b",
    "#e34948",
    "#008300",
    "#9167a3",
    "#00858a",
    "#cb4a8a",
    "#a0522d",
    "#7a5fd0",
)
"""Chosen by eye: color-blind people, too, tell most pairs apart."""

_GOLDEN_TURN = 0.618033988749895  # of the circle of hues: any number of turns lie far apart
_LUMINANCES = (0.17, 0.24, 0.205)  # relative, of WCAG; three times apart from either theme's ground
_SATURATIONS = (0.55, 0.8)


def colors_for(count: int, taken: Collection[str] = ()) -> list[str]:
    """`count` colors that are none of `taken`: first CANDIDATES, then as many hues as it needs, in three lightnesses."""
    used = {color.lower() for color in taken}
    found: list[str] = [color for color in CANDIDATES if color not in used][:count]
    turn = 0
    while len(found) < count:
        color = _of_hue(turn * _GOLDEN_TURN % 1, _SATURATIONS[turn % 2], _LUMINANCES[turn % 3])
        turn += 1
        if color not in used and color not in found:
            found.append(color)
    return found


def _of_hue(hue: float, saturation: float, luminance: float) -> str:
    low, high = 0.0, 1.0
    for _ in range(20):
        lightness = (low + high) / 2
        rgb = colorsys.hls_to_rgb(hue, lightness, saturation)
        low, high = (lightness, high) if _luminance(rgb) < luminance else (low, lightness)
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


def _luminance(rgb: tuple[float, float, float]) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
