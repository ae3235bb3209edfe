"""The whole person as layers in painting order: back hair, trunk, neck, head; then, in front of the desk, the arms."""

import numpy as np
import numpy.typing as npt

from core.pose.skeleton import (
    LEFT_ELBOW,
    LEFT_HAND,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_HAND,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from core.simulation.drawing.appearance import Appearance, Color, darker, mixed
from core.simulation.drawing.hair import HairDrawing
from core.simulation.drawing.head import HeadDrawing, face_width
from core.simulation.drawing.outlines import Layer, fill, limb, ribbon, stroke, strokes
from core.simulation.drawing.towel import towel
from core.simulation.rig.person import Performance

Places = npt.NDArray[np.float64]

_FINGERS = ((17, 18, 19, 20), (13, 14, 15, 16), (9, 10, 11, 12), (5, 6, 7, 8))
_THUMB = (1, 2, 3, 4)


class FigureDrawing:
    """`behind_desk` is painted first, `before_desk` after the desk. `with_towel` (T,): the frames in which a towel is worn."""

    def __init__(self, acted: Performance, look: Appearance, with_towel: npt.NDArray[np.bool_]) -> None:
        self._acted, self._body, self._look = acted, acted.body, look
        self._unit = acted.body.eye_px / 27
        hair = HairDrawing(acted.body, look, width=face_width(acted))
        self.behind_desk: list[Layer] = [
            *hair.behind(),
            *self._trunk(),
            *self._neck(),
            *self._collar(),
            *towel(acted.body, with_towel, self._unit),
            *self._upper_arm(RIGHT_SHOULDER, RIGHT_ELBOW),
            *self._upper_arm(LEFT_SHOULDER, LEFT_ELBOW),
            *HeadDrawing(acted, look).layers(),
            *hair.front(),
            *hair.worn(),
        ]
        self.before_desk: list[Layer] = [
            *self._forearm(RIGHT_ELBOW, RIGHT_WRIST),
            *self._hand(RIGHT_HAND),
            *self._forearm(LEFT_ELBOW, LEFT_WRIST),
            *self._hand(LEFT_HAND),
        ]

    def _torso(self, outline: tuple[tuple[float, float], ...]) -> Places:
        return self._body.from_torso(np.array([outline]))

    def _raised(self, outline: tuple[tuple[float, float, float], ...]) -> Places:
        """Torso points (x, y, share), in the picture; `share` is how much they rise with the shoulder of their side."""
        base = np.array(outline)
        places = np.repeat(base[None, :, :2], self._body.frames, axis=0)
        lift = np.where(base[None, :, 0] < 0, self._body.shoulder_right[:, None], self._body.shoulder_left[:, None])
        places[..., 1] -= lift * base[None, :, 2]
        return self._body.from_torso(places)

    def _neck(self) -> list[Layer]:
        skin = self._look.skin
        top = self._body.from_head(np.array(((-0.74, 0.95, -0.75), (0.74, 0.95, -0.75))))
        base = self._torso(((0.86, -0.60), (0.62, -0.30), (0.0, 0.05), (-0.62, -0.30), (-0.86, -0.60)))
        outline = np.concatenate((top, base), axis=1)
        chin = self._acted.points[:, 25:42]
        drop = 0.40 * self._body.eye_px
        middle = 0.5 * (top[:, :1] + top[:, 1:])
        under = (0.60, 1.0) * chin[:, 4:13] + (0.40, 0.0) * middle + (0.0, drop)
        shade = np.concatenate((under, top[:, ::-1]), axis=1)
        return [fill(outline, darker(skin, 0.08), smooth=3), fill(shade, darker(skin, 0.22), smooth=2)]

    def _trunk(self) -> list[Layer]:
        look, wear = self._look, self._look.clothes
        shirt = (
            *(
                (-0.92, -0.62, 0.3),
                (-1.35, -0.42, 0.6),
                (-2.0, -0.20, 1.0),
                (-2.50, 0.10, 1.0),
                (-2.78, 0.75, 0.7),
                (-2.62, 1.9, 0.2),
            ),
            *(
                (-2.35, 3.2, 0.0),
                (-2.3, 5.2, 0.0),
                (2.3, 5.2, 0.0),
                (2.35, 3.2, 0.0),
                (2.62, 1.9, 0.2),
                (2.78, 0.75, 0.7),
            ),
            *((2.50, 0.10, 1.0), (2.0, -0.20, 1.0), (1.35, -0.42, 0.6), (0.92, -0.62, 0.3)),
        )
        opening = ((0.45, 0.05), (0.0, 0.62)) if look.wear != "crew neck" else ((0.55, -0.08), (0.0, 0.10))
        mirrored = tuple((-x, y) for x, y in opening if x)
        hole = self._torso((*opening, *mirrored, (-0.92, -0.62), (-0.4, -0.9), (0.4, -0.9), (0.92, -0.62)))
        outline = self._raised(shirt)
        shade = darker(wear, 0.13)
        light = self._raised(
            (
                (-1.9, -0.05, 1.0),
                (-2.35, 0.35, 0.9),
                (-2.30, 1.6, 0.2),
                (-1.9, 3.4, 0.0),
                (-1.6, 5.2, 0.0),
                (0.9, 5.2, 0.0),
                (1.45, 2.8, 0.0),
                (1.75, 0.6, 0.6),
                (1.2, -0.25, 0.6),
                (0.0, 0.3, 0.2),
            )
        )
        layers: list[Layer] = [
            fill(outline, shade, smooth=3),
            fill(light, wear, smooth=4),
            fill(hole, darker(look.skin, 0.08), smooth=2),
        ]
        folds = [
            self._raised(((-1.75, 1.0, 0.4), (-1.45, 1.7, 0.2), (-1.55, 2.6, 0.0))),
            self._raised(((1.80, 1.1, 0.4), (1.50, 1.9, 0.2), (1.62, 2.8, 0.0))),
            self._torso(((-0.9, 3.9), (-0.3, 3.6), (0.5, 3.75))),
        ]
        layers.append(strokes(folds, darker(wear, 0.22), 1.5 * self._unit, smooth=4))
        return [*layers, *self._badge()]

    def _collar(self) -> list[Layer]:
        look = self._look
        if look.wear == "polo":
            wings = [
                self._torso(
                    (
                        (side * 0.98, -0.70),
                        (side * 1.12, -0.28),
                        (side * 0.62, 0.52),
                        (side * 0.16, 0.40),
                        (side * 0.50, -0.02),
                    )
                )
                for side in (-1, 1)
            ]
            placket = self._torso(((0.0, 0.55), (0.0, 1.55)))
            color = mixed(look.clothes, look.trim, 0.28)
            return [
                stroke(placket, darker(look.clothes, 0.22), 2.4 * self._unit),
                *(fill(wing, color) for wing in wings),
                strokes([wing[:, [1, 2, 3]] for wing in wings], darker(look.clothes, 0.28), 1.2 * self._unit),
            ]
        if look.wear == "track jacket":
            stripes = [
                self._raised(((side * 1.15, -0.45, 0.5), (side * 1.9, 0.15, 0.9), (side * 2.25, 1.1, 0.5)))
                for side in (-1, 1)
            ]
            collar = [
                self._torso(
                    (
                        (side * 0.95, -0.82),
                        (side * 1.18, -0.40),
                        (side * 0.55, 0.35),
                        (side * 0.10, 0.75),
                        (side * 0.42, 0.02),
                    )
                )
                for side in (-1, 1)
            ]
            zip_line = self._torso(((0.0, 0.72), (0.0, 5.2)))
            return [
                stroke(zip_line, darker(look.clothes, 0.35), 2.0 * self._unit),
                strokes(stripes, look.trim, 2.6 * self._unit, smooth=4),
                *(fill(wing, darker(look.clothes, 0.06)) for wing in collar),
                strokes([wing[:, [1, 2, 3]] for wing in collar], look.trim, 1.3 * self._unit),
            ]
        rim = self._torso(
            ((-0.95, -0.60), (-0.72, -0.18), (-0.38, 0.06), (0.0, 0.15), (0.38, 0.06), (0.72, -0.18), (0.95, -0.60))
        )
        return [stroke(rim, mixed(look.clothes, look.trim, 0.35), 4.0 * self._unit, smooth=4)]

    def _badge(self) -> list[Layer]:
        mark = self._torso(((0.95, 1.15), (1.12, 1.40), (1.50, 0.95)))
        return [stroke(mark, mixed(self._look.clothes, self._look.trim, 0.75), 2.4 * self._unit)]

    def _widths(self, share: float) -> npt.NDArray[np.float64]:
        return np.asarray(share * self._body.eye_px * self._body.torso_scale)

    def _upper_arm(self, shoulder: int, elbow: int) -> list[Layer]:
        look, points = self._look, self._acted.points
        start, end = points[:, shoulder], points[:, elbow]
        start = start + (end - start) * 0.10
        sleeve = end if look.long_sleeves else start + (end - start) * 0.62
        layers: list[Layer] = []
        if not look.long_sleeves:
            layers.append(fill(limb(start, end, self._widths(0.58), self._widths(0.44)), darker(look.skin, 0.06)))
        width = 0.50 if look.long_sleeves else 0.62
        layers.append(fill(limb(start, sleeve, self._widths(0.68), self._widths(width)), darker(look.clothes, 0.07)))
        if look.long_sleeves:
            layers.append(stroke(np.stack((start, sleeve), axis=1), look.trim, 2.2 * self._unit))
        return layers

    def _forearm(self, elbow: int, wrist: int) -> list[Layer]:
        look, points = self._look, self._acted.points
        start, end = points[:, elbow], points[:, wrist]
        if look.long_sleeves:
            cuff = start + (end - start) * 0.93
            return [
                fill(limb(start, end, self._widths(0.46), self._widths(0.31)), darker(look.skin, 0.05)),
                fill(limb(start, cuff, self._widths(0.54), self._widths(0.43)), darker(look.clothes, 0.25)),
                fill(limb(start, cuff, self._widths(0.50), self._widths(0.39)), look.clothes),
            ]
        outer = limb(start, end, self._widths(0.50), self._widths(0.36))
        inner = limb(start, end, self._widths(0.44), self._widths(0.31))
        return [fill(outer, darker(look.skin, 0.24)), fill(inner, look.skin)]

    def _hand(self, part: slice) -> list[Layer]:
        skin, points = self._look.skin, self._acted.points[:, part]
        edge = darker(skin, 0.30)
        palm = points[:, [0, 1, 2, 5, 9, 13, 17]]
        center = palm.mean(axis=1, keepdims=True)
        wide = center + 1.10 * (palm - center)
        layers: list[Layer] = [
            self._finger(points, _THUMB, edge, 3.7),
            fill(wide + 0.06 * (wide - center), edge, smooth=3),
            self._finger(points, _THUMB, skin, 2.8),
        ]
        for number, finger in enumerate(_FINGERS):
            layers.append(self._finger(points, finger, edge, 3.2 if number else 2.8))
            layers.append(self._finger(points, finger, skin, 2.4 if number else 2.05))
        return [*layers, fill(wide, skin, smooth=3)]

    def _finger(self, points: Places, joints: tuple[int, ...], color: Color, half: float) -> Layer:
        return fill(ribbon(points[:, list(joints)], half * self._unit * np.array((1.05, 1.03, 0.97, 0.86))), color)
