"""Appearance of a simulated person and backdrop of the interview, sampled from the seeds of subject and clip.

Colors are BGR, as in OpenCV.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Color = tuple[int, int, int]
HairStyle = Literal["short", "side parting", "curly", "long", "bun", "ponytail", "cropped", "bald"]
Clothes = Literal["polo", "crew neck", "track jacket"]
Extra = Literal["none", "headband", "visor", "glasses", "earrings"]

_SKINS: tuple[Color, ...] = (
    (203, 219, 246),
    (180, 203, 238),
    (158, 184, 226),
    (126, 158, 208),
    (96, 128, 182),
    (72, 98, 148),
    (54, 74, 116),
)
_HAIRS: tuple[Color, ...] = (
    (34, 30, 30),
    (40, 48, 66),
    (44, 66, 104),
    (72, 110, 158),
    (116, 170, 214),
    (52, 78, 140),
    (92, 92, 98),
)
_CLOTHES: tuple[Color, ...] = (
    (240, 240, 238),
    (122, 78, 44),
    (74, 52, 38),
    (128, 132, 40),
    (86, 78, 196),
    (78, 140, 74),
    (92, 68, 112),
    (78, 168, 226),
    (196, 160, 104),
)
_IRISES: tuple[Color, ...] = ((40, 58, 88), (34, 46, 66), (122, 104, 66), (92, 112, 82), (104, 86, 74))
_STYLES: tuple[HairStyle, ...] = (
    *(("short", "side parting", "curly", "cropped") * 2),
    *(("long", "bun", "ponytail") * 3),
    "bald",
)
_EXTRAS: tuple[Extra, ...] = ("none", "none", "none", "headband", "visor", "glasses", "earrings")


@dataclass(frozen=True, slots=True)
class Appearance:
    """One person in one interview."""

    skin: Color
    hair: Color
    brow: Color
    lips: Color
    iris: Color
    clothes: Color
    trim: Color
    style: HairStyle
    wear: Clothes
    extra: Extra
    beard: bool
    long_sleeves: bool
    backdrop: Literal["sponsor wall", "studio", "curtain"]
    backdrop_seed: int


def appearance_of(subject_seed: int, clip_seed: int) -> Appearance:
    """Samples face and hair from the subject's seed, clothes and backdrop from the clip's."""
    person, day = np.random.default_rng((subject_seed, 3)), np.random.default_rng((clip_seed, 3))
    skin = _SKINS[int(person.integers(len(_SKINS)))]
    dark = sum(skin) < 420
    hair = _HAIRS[int(person.integers(3 if dark else len(_HAIRS)))]
    style = _STYLES[int(person.integers(len(_STYLES)))]
    long_hair = style in {"long", "bun", "ponytail"}
    extra = _EXTRAS[int(person.integers(len(_EXTRAS)))]
    if extra == "earrings" and not long_hair:
        extra = "none"
    if style == "curly" and extra == "visor":
        extra = "headband"
    clothes = _CLOTHES[int(day.integers(len(_CLOTHES)))]
    trim = (245, 245, 245) if sum(clothes) < 520 else (96, 64, 40)
    wear: Clothes = ("polo", "crew neck", "track jacket")[int(day.integers(3))]
    return Appearance(
        skin=skin,
        hair=hair,
        brow=mixed(hair, skin, 0.25) if sum(hair) > 250 else hair,
        lips=mixed(skin, (70, 62, 178), 0.42 if long_hair else 0.28),
        iris=_IRISES[int(person.integers(2 if dark else len(_IRISES)))],
        clothes=clothes,
        trim=trim,
        style=style,
        wear=wear,
        extra=extra,
        beard=bool(not long_hair and person.random() < 0.35),
        long_sleeves=wear == "track jacket",
        backdrop=("sponsor wall", "sponsor wall", "studio", "curtain")[int(day.integers(4))],
        backdrop_seed=int(day.integers(2**31)),
    )


def mixed(color: Color, other: Color, share: float) -> Color:
    """Linear mixture with `share` (0..1) of `other`."""
    b, g, r = (round(a * (1 - share) + o * share) for a, o in zip(color, other, strict=True))
    return (b, g, r)


def darker(color: Color, share: float) -> Color:
    """The color mixed with `share` (0..1) of a warm black."""
    return mixed(color, (26, 20, 34), share)


def lighter(color: Color, share: float) -> Color:
    """The color mixed with `share` (0..1) of white."""
    return mixed(color, (255, 255, 255), share)
