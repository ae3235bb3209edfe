"""Checks the taxonomy's colors: whether color-blind people can tell them apart, and their contrast in both themes."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from app.charts.palette import DARK, LIGHT
from core.taxonomy import Taxonomy

LEAST_DIFFERENCE = 10.0  # CIEDE2000; colors nearer than this are easily confused when they are not side by side
LEAST_CONTRAST = 3.0  # minimum contrast of graphics in WCAG 2.2
_EYES: Mapping[str, str] = {
    "": "all eyes",
    "protan": "eyes without red cones (protanopia)",
    "deutan": "eyes without green cones (deuteranopia)",
    "tritan": "eyes without blue cones (tritanopia)",
}


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
            "Their keys and names still tell them apart; choose a lighter and a darker color."
        )


def least_difference(first: str, second: str) -> tuple[float, str]:
    """(CIEDE2000, kind of color vision) of the smallest difference of two hex colors; dichromacy is simulated."""
    from coloraide import Color  # imported here because only one page needs it

    seen = {
        eyes: [Color(one).filter(name, 1) if name else Color(one) for one in (first, second)]
        for name, eyes in _EYES.items()
    }
    return min((float(one.delta_e(other, method="2000")), eyes) for eyes, (one, other) in seen.items())


def alike(taxonomy: Taxonomy) -> list[Alike]:
    """Pairs of labels whose colors are hard to tell apart, the worst first."""
    found = [
        Alike(one.title, other.title, *least_difference(one.color, other.color))
        for one, other in combinations(taxonomy, 2)
    ]
    return sorted((pair for pair in found if pair.difference < LEAST_DIFFERENCE), key=lambda pair: pair.difference)


def faint(taxonomy: Taxonomy) -> list[str]:
    """A sentence for each label whose color has too little contrast with a theme's background."""
    from coloraide import Color

    return [
        f"The color of {label.title} is faint in the {theme} theme; a {better} one is seen better."
        for label in taxonomy
        for theme, better, palette in (("light", "darker", LIGHT), ("dark", "lighter", DARK))
        if Color(label.color).contrast(palette.paper) < LEAST_CONTRAST
    ]
