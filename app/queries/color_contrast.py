"""Checks the taxonomy's colors: whether color-blind people can tell them apart, and their contrast in both themes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from app.charts.palette import DARK, LIGHT
from core.label_colors import CANDIDATES, colors_for

LEAST_DIFFERENCE = 10.0  # CIEDE2000; colors nearer than this are easily confused when they are not side by side
LEAST_CONTRAST = 3.0  # minimum contrast of graphics in WCAG 2.2
MANY = 13
"""From so many labels on, nobody can go by colors: names stand beside them everywhere."""
_EYES: Mapping[str, str] = {
    "": "all eyes",
    "protan": "eyes without red cones (protanopia)",
    "deutan": "eyes without green cones (deuteranopia)",
    "tritan": "eyes without blue cones (tritanopia)",
}


class Colored(Protocol):
    """A label, or one that is drafted."""

    @property
    def title(self) -> str: ...
    @property
    def color(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Alike:
    """Two labels with similar colors: the smallest CIEDE2000 difference over kinds of color vision, and the kind
    (`eyes`).
    """

    first: str
    second: str
    difference: float
    eyes: str

    @property
    def sentence(self) -> str:
        """The finding and what to do, for the page."""
        return (
            f"The colors of {self.first} and {self.second} look alike to {self.eyes}. "
            "Their keys and names still tell them apart; make one lighter and the other darker with the color pickers."
        )


def least_difference(first: str, second: str) -> tuple[float, str]:
    """(CIEDE2000, kind of color vision) of the smallest difference of two hex colors; dichromacy is simulated."""
    from coloraide import Color  # imported here because only one page needs it

    seen = {
        eyes: [Color(one).filter(name, 1) if name else Color(one) for one in (first, second)]
        for name, eyes in _EYES.items()
    }
    return min((float(one.delta_e(other, method="2000")), eyes) for eyes, (one, other) in seen.items())


def alike(labels: Iterable[Colored]) -> list[Alike]:
    """Pairs of labels whose colors are hard to tell apart, the worst first; none of MANY labels, which no colors tell apart."""
    labels = tuple(labels)
    if len(labels) >= MANY:
        return []
    found = [
        Alike(_called(one), _called(other), *least_difference(one.color, other.color))
        for one, other in combinations(labels, 2)
    ]
    return sorted((pair for pair in found if pair.difference < LEAST_DIFFERENCE), key=lambda pair: pair.difference)


def faint(labels: Iterable[Colored]) -> list[str]:
    """A sentence for each label whose color has too little contrast with a theme's background."""
    from coloraide import Color

    return [
        f"The color of {_called(label)} is faint in the {theme} theme; a {better} one is seen better."
        for label in labels
        for theme, better, palette in (("light", "darker", LIGHT), ("dark", "lighter", DARK))
        if Color(label.color).contrast(palette.paper) < LEAST_CONTRAST
    ]


def color_for_another(labels: Sequence[Colored]) -> str:
    """The first of CANDIDATES that all eyes tell from the labels' colors; where none is, the one that differs most; of MANY
    labels and more, one that none has yet.
    """
    if len(labels) >= MANY:
        return colors_for(1, {one.color for one in labels})[0]
    apart = {
        color: min((least_difference(color, one.color)[0] for one in labels), default=LEAST_DIFFERENCE)
        for color in CANDIDATES
    }
    return next((one for one, found in apart.items() if found >= LEAST_DIFFERENCE), max(apart, key=apart.__getitem__))


def _called(label: Colored) -> str:
    return label.title.strip() or "the new label"
