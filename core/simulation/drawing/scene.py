"""The static parts of a picture: wall, desk, microphone, and the mark "simulated"."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.simulation.drawing.appearance import Appearance, Color, darker, lighter, mixed

Picture = npt.NDArray[np.uint8]

_SHIFT = 4
_PALETTES: tuple[tuple[Color, Color], ...] = (
    ((116, 74, 34), (196, 152, 96)),
    ((86, 84, 30), (168, 166, 96)),
    ((92, 46, 58), (170, 120, 136)),
    ((52, 66, 44), (126, 150, 112)),
    ((60, 58, 62), (140, 138, 144)),
    ((48, 62, 112), (120, 140, 190)),
)
_NAMES = ("TALLIS", "Bramley", "NORDAL", "Quill", "AVENTO", "lumo")
_DESK: Color = (58, 78, 110)


@dataclass(frozen=True)
class Scene:
    """behind: the background. front: the desk, from row `desk_px` down. over, over_alpha: the microphone and its opacity (0..1),
    at (x, y) `over_at`."""

    behind: Picture
    front: Picture
    desk_px: int
    over: Picture
    over_alpha: npt.NDArray[np.float32]
    over_at: tuple[int, int]


def make_scene(width_px: int, height_px: int, desk_px: float, look: Appearance) -> Scene:
    """The scene of one clip; `desk_px` is the row of the picture at which the desk begins."""
    random = np.random.default_rng(look.backdrop_seed)
    unit = height_px / 360
    wall = _wall(width_px, height_px, look, random, unit)
    top = round(desk_px)
    behind = wall.copy()
    behind[top:] = _desk(width_px, height_px - top, wall, unit)
    _mark(behind, unit)
    over, alpha, at = _microphone(width_px, height_px, unit)
    return Scene(behind, behind[top:].copy(), top, over, alpha, at)


def lay_over(picture: Picture, scene: Scene) -> None:
    """Draws the microphone, in front of everything else."""
    x, y = scene.over_at
    height, width = scene.over_alpha.shape[:2]
    place = picture[y : y + height, x : x + width]
    place[:] = cv2.add(cv2.multiply(place, scene.over_alpha, dtype=cv2.CV_8U), scene.over)


def _gradient(
    width: int, height: int, *, center: tuple[float, float], inner: Color, outer: Color, reach: float
) -> npt.NDArray[np.float32]:
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    share = np.clip(np.hypot((x - center[0]) / width, (y - center[1]) / height * 0.8) / reach, 0, 1) ** 1.3
    return np.asarray(np.array(inner) * (1 - share[..., None]) + np.array(outer) * share[..., None], dtype=np.float32)


def _wall(width: int, height: int, look: Appearance, random: np.random.Generator, unit: float) -> Picture:
    dark, light = _PALETTES[int(random.integers(len(_PALETTES)))]
    if look.backdrop == "sponsor wall":
        base = _gradient(
            width,
            height,
            center=(0.5 * width, 0.35 * height),
            inner=lighter(light, 0.62),
            outer=mixed(light, dark, 0.25),
            reach=0.85,
        )
        picture = _sponsors(np.clip(base, 0, 255).astype(np.uint8), dark, random, unit)
    else:
        base = _gradient(
            width,
            height,
            center=(0.62 * width, 0.3 * height),
            inner=mixed(light, dark, 0.25),
            outer=darker(dark, 0.45),
            reach=0.75,
        )
        picture = np.clip(base, 0, 255).astype(np.uint8)
        picture = _lights(picture, light, random, unit) if look.backdrop == "studio" else _folds(picture, random, unit)
    noise = random.normal(0, 0.8, (height, width, 1))  # prevents banding of the encoded gradient
    return np.asarray(np.clip(picture + noise, 0, 255), dtype=np.uint8)


def _sponsors(picture: Picture, ink: Color, random: np.random.Generator, unit: float) -> Picture:
    layer = picture.copy()
    height, width = picture.shape[:2]
    names = [_NAMES[int(number)] for number in random.permutation(len(_NAMES))[:3]]
    step_x, step_y = 122 * unit, 58 * unit
    for row in range(int(height / step_y) + 1):
        for column in range(-1, int(width / step_x) + 2):
            number = (row + column) % 4
            x, y = (column + 0.5 * (row % 2)) * step_x, (row + 0.7) * step_y
            if number == 3:
                center = (round((x + 34 * unit) * 16), round((y - 7 * unit) * 16))
                cv2.circle(layer, center, round(11 * unit * 16), ink, round(2.2 * unit), cv2.LINE_AA, _SHIFT)
                cv2.ellipse(
                    layer,
                    (round(x + 22 * unit), round(y - 7 * unit)),
                    (round(11 * unit), round(11 * unit)),
                    0,
                    -52,
                    52,
                    ink,
                    round(1.6 * unit),
                    cv2.LINE_AA,
                )
                continue
            font = (cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX)[number]
            cv2.putText(
                layer,
                names[number],
                (round(x), round(y)),
                font,
                0.62 * unit,
                ink,
                max(1, round(1.4 * unit)),
                cv2.LINE_AA,
            )
    soft = cv2.GaussianBlur(layer, (0, 0), 1.9 * unit)  # out of focus behind the person
    return np.asarray(cv2.addWeighted(soft, 0.5, picture, 0.5, 0), dtype=np.uint8)


def _lights(picture: Picture, light: Color, random: np.random.Generator, unit: float) -> Picture:
    height, width = picture.shape[:2]
    glow = np.zeros_like(picture)
    for _ in range(22):
        center = (int(random.integers(width)), int(random.integers(int(0.75 * height))))
        shade = mixed(light, (150, 190, 235), float(random.uniform(0, 0.8)))
        cv2.circle(
            glow,
            center,
            round(random.uniform(9, 26) * unit),
            tuple(int(0.45 * value) for value in shade),
            -1,
            cv2.LINE_AA,
        )
    return np.asarray(cv2.add(picture, cv2.GaussianBlur(glow, (0, 0), 5 * unit)), dtype=np.uint8)


def _folds(picture: Picture, random: np.random.Generator, unit: float) -> Picture:
    x = np.arange(picture.shape[1]) / unit
    wave = np.sin(x / 17 + 1.4 * np.sin(x / 61 + random.uniform(0, 6))) + 0.4 * np.sin(x / 7.3)
    return np.asarray(np.clip(picture * (1 + 0.10 * wave[None, :, None]), 0, 255), dtype=np.uint8)


def _desk(width: int, height: int, wall: Picture, unit: float) -> Picture:
    tint = tuple(int(value) for value in wall.reshape(-1, 3).mean(axis=0))
    top = mixed(_DESK, (tint[0], tint[1], tint[2]), 0.25)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    shine = 0.10 * np.exp(-(((x - 0.5 * width) / (0.33 * width)) ** 2)) * (1 - y / max(height, 1))
    grain = 0.012 * np.sin(y / unit * 1.7 + 0.02 * x / unit) + 0.008 * np.sin(y / unit * 4.1)
    desk = np.array(top) * (0.94 + shine + grain)[..., None] + 90 * shine[..., None]
    edge = np.exp(-y / (1.2 * unit))[..., None]
    return np.asarray(np.clip(desk * (1 - 0.35 * edge) + 60 * edge, 0, 255), dtype=np.uint8)


def _microphone(width: int, height: int, unit: float) -> tuple[Picture, npt.NDArray[np.float32], tuple[int, int]]:
    """(picture, opacity, position): drawn at four times the size on black and on white, whose difference gives the opacity."""
    size, grow = (round(92 * unit), round(96 * unit)), 4
    scale = unit * grow
    pictures = []
    for ground in (0, 255):
        picture = np.full((size[1] * grow, size[0] * grow, 3), ground, dtype=np.uint8)

        def at(x: float, y: float) -> tuple[int, int]:
            return round(x * scale), round(y * scale)

        cv2.ellipse(
            picture, at(22, 96), (round(22 * scale), round(7 * scale)), 0, 0, 360, (34, 32, 34), -1, cv2.LINE_AA
        )
        stalk = np.array([at(22, 92), at(23, 74), at(30, 56), at(43, 42), at(56, 33)], dtype=np.int32)
        cv2.polylines(picture, [stalk], False, (48, 46, 48), round(3.0 * scale), cv2.LINE_AA)
        cv2.line(picture, at(54, 34), at(64, 27), (72, 70, 74), round(9 * scale), cv2.LINE_AA)
        cv2.line(picture, at(63, 28), at(73, 21), (40, 38, 40), round(14 * scale), cv2.LINE_AA)
        cv2.line(picture, at(64, 25), at(71, 20), (74, 72, 76), round(3 * scale), cv2.LINE_AA)
        cv2.line(picture, at(58, 31.6), at(60, 30.2), (64, 60, 190), round(10 * scale), cv2.LINE_AA)
        pictures.append(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    through = (pictures[1].astype(np.float32) - pictures[0]) / 255
    left = round(0.5 * width - 160 * unit)
    picture = np.asarray(pictures[0], dtype=np.uint8)
    return picture, np.asarray(through, dtype=np.float32), (max(0, left), height - size[1])


def _mark(picture: Picture, unit: float) -> None:
    """Writes the word "simulated" in a corner."""
    text, font, size = "simulated", cv2.FONT_HERSHEY_SIMPLEX, 0.36 * unit
    (width, _), _ = cv2.getTextSize(text, font, size, 1)
    x0, y0, x1, y1 = round(8 * unit), round(8 * unit), round(8 * unit) + width + round(12 * unit), round(24 * unit)
    place = picture[y0:y1, x0:x1]
    place[:] = (0.45 * place + 0.55 * np.array((28, 24, 22))).astype(np.uint8)
    cv2.putText(
        picture, text, (x0 + round(6 * unit), y1 - round(5 * unit)), font, size, (236, 236, 236), 1, cv2.LINE_AA
    )
