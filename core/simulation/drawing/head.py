"""The head as layers: ears, skull, skin, nose, mouth, eyes and brows, drawn through the face points."""

import numpy as np
import numpy.typing as npt

from core.simulation.drawing.appearance import Appearance, darker, lighter, mixed
from core.simulation.drawing.outlines import Fill, Layer, Sometimes, discs, fill, fixed, open_curve, stroke, strokes
from core.simulation.rig.person import Performance

Places = npt.NDArray[np.float64]
Solid = tuple[tuple[float, float, float], ...]

_SKULL = (
    *((1.21, -0.15, -1.0), (1.20, -0.55, -0.95), (1.08, -0.98, -0.9), (0.80, -1.33, -0.85), (0.42, -1.52, -0.8)),
    *(
        (0.0, -1.58, -0.8),
        (-0.42, -1.52, -0.8),
        (-0.80, -1.33, -0.85),
        (-1.08, -0.98, -0.9),
        (-1.20, -0.55, -0.95),
        (-1.21, -0.15, -1.0),
    ),
)
_PLATE = (
    *((-0.70, -1.10, -0.35), (-0.97, -0.55, -0.40), (-1.02, 0.05, -0.42), (-0.99, 0.50, -0.36), (-0.86, 0.98, -0.24)),
    *((-0.66, 1.36, -0.08), (-0.40, 1.64, 0.02), (0.0, 1.78, 0.08), (0.40, 1.64, 0.02), (0.66, 1.36, -0.08)),
    *(
        (0.86, 0.98, -0.24),
        (0.99, 0.50, -0.36),
        (1.02, 0.05, -0.42),
        (0.97, -0.55, -0.40),
        (0.70, -1.10, -0.35),
        (0.0, -1.38, -0.2),
    ),
)
_EAR = (
    (-1.16, -0.10, -1.05),
    (-1.34, -0.14, -1.15),
    (-1.46, 0.08, -1.22),
    (-1.42, 0.36, -1.2),
    (-1.30, 0.62, -1.12),
    (-1.16, 0.66, -1.05),
)
_INNER_EAR = ((-1.24, 0.02, -1.08), (-1.36, 0.08, -1.14), (-1.35, 0.32, -1.14), (-1.25, 0.45, -1.08))


def face_width(acted: Performance) -> float:
    """Width of the face relative to the average."""
    return float(acted.resting_face[16, 0] / 1.2)


class HeadDrawing:
    """`layers`: the head without hair, in painting order."""

    def __init__(self, acted: Performance, look: Appearance) -> None:
        self._body, self._look = acted.body, look
        self._face = acted.points[:, 25:95]
        self._acted = acted
        self._unit = acted.body.eye_px / 27  # scale of stroke widths, which were chosen for 27 px between the eyes
        self._width = face_width(acted)
        self._line = darker(look.skin, 0.34)

    def layers(self) -> list[Layer]:
        return [*self._ears(), *self._skin(), *self._nose(), *self._mouth(), *self._eyes(), *self._brows()]

    def _solid(self, outline: Solid) -> Places:
        return self._body.from_head(np.array(outline) * (self._width, 1, 1))

    def _ears(self) -> list[Layer]:
        skin = self._look.skin
        layers: list[Layer] = []
        for side in (1, -1):
            ear = tuple((side * x, y, z) for x, y, z in _EAR)
            inner = tuple((side * x, y, z) for x, y, z in _INNER_EAR)
            layers += [
                fill(self._solid(ear), darker(skin, 0.06), smooth=4),
                fill(self._solid(inner), darker(skin, 0.20), smooth=3),
            ]
        if self._look.extra == "earrings":
            for x in (-1.34, 1.34):
                place = self._solid(((x, 0.78, -1.1),))[:, 0]
                layers.append(discs(place, np.full(len(place), 0.085 * self._body.eye_px), (120, 205, 235)))
        return layers

    def _skin(self) -> list[Layer]:
        skin, look = self._look.skin, self._look
        outline = np.concatenate((self._face[:, :17], self._solid(_SKULL)), axis=1)
        jaw_shade = np.concatenate((self._face[:, 3:14], self._lowered(self._face[:, 13:2:-1], 0.93)), axis=1)
        layers: list[Layer] = [
            fill(outline, skin, smooth=3),
            fill(self._solid(_PLATE), skin, smooth=3),
            fill(jaw_shade, darker(skin, 0.05)),
        ]
        if look.beard:
            layers += self._beard()
        blush = mixed(skin, (108, 104, 226), 0.08)
        for x in (-0.66, 0.66):
            cheek = tuple(
                (x + 0.24 * np.cos(a), 0.78 + 0.15 * np.sin(a), -0.05) for a in np.linspace(0, 2 * np.pi, 9)[:-1]
            )
            layers.append(fill(self._solid(cheek), blush, smooth=2))
        return layers

    def _beard(self) -> list[Layer]:
        face, eye_px = self._face, self._body.eye_px
        color = mixed(self._look.skin, self._look.hair, 0.42)
        cheeks = [0.5 * (face[:, jaw] + face[:, corner]) for jaw, corner in ((13, 54), (3, 48))]
        out = np.array((0.10 * eye_px, 0.0))
        moustache = [
            face[:, 54] + out,
            face[:, 53] - out[::-1],
            face[:, 33] + 0.5 * out[::-1],
            face[:, 49] - out[::-1],
            face[:, 48] - out,
        ]
        outline = np.stack((*(face[:, jaw] for jaw in range(3, 14)), cheeks[0], *moustache, cheeks[1]), axis=1)
        return [fill(outline, color, smooth=2)]

    def _lowered(self, points: Places, share: float) -> Places:
        """The jaw line, moved toward the middle of the face."""
        center = 0.5 * (self._face[:, 30] + self._face[:, 33])
        return np.asarray(center[:, None] + share * (points - center[:, None]))

    def _nose(self) -> list[Layer]:
        face, skin = self._face, self._look.skin
        side = np.stack(
            (face[:, 27] * 0.5 + face[:, 28] * 0.5, face[:, 29], face[:, 35], face[:, 34], face[:, 30]), axis=1
        )
        wings = np.stack((face[:, 31], face[:, 32], face[:, 33], face[:, 34], face[:, 35]), axis=1)
        lit = np.stack((face[:, 28], face[:, 29], face[:, 30]), axis=1)
        return [
            fill(side, darker(skin, 0.07)),
            stroke(lit, lighter(skin, 0.12), 2.0 * self._unit, smooth=3),
            stroke(wings, self._line, 1.4 * self._unit, smooth=4),
        ]

    def _mouth(self) -> list[Layer]:
        face, look = self._face, self._look
        gap = self._acted.face_3d[:, 66, 1] - self._acted.face_3d[:, 62, 1]
        outer, inner = face[:, 48:60], face[:, 60:68]
        between = [face[:, upper] * 0.62 + face[:, lower] * 0.38 for upper, lower in ((63, 65), (62, 66), (61, 67))]
        ends = [face[:, corner] * 0.6 + face[:, near] * 0.4 for corner, near in ((60, 61), (64, 63))]
        teeth = np.stack((ends[0], face[:, 61], face[:, 62], face[:, 63], ends[1], *between), axis=1)
        below = np.stack((face[:, 59], face[:, 57], face[:, 55]), axis=1) + (face[:, 57] - face[:, 51])[:, None] * 0.42
        shown = gap > 0.07
        return [
            stroke(below, darker(look.skin, 0.12), 1.3 * self._unit, smooth=4),
            fill(outer, look.lips, smooth=3),
            Sometimes(fill(inner, (34, 26, 66), smooth=3), gap > 0.035),
            Sometimes(fill(teeth, (232, 238, 242)), shown),
            Sometimes(stroke(face[:, 60:65], darker(look.lips, 0.55), 1.3 * self._unit, smooth=4), gap <= 0.035),
            *self._creases(),
        ]

    def _creases(self) -> list[Layer]:
        """The nasolabial folds, which appear with a smile."""
        resting = self._acted.resting_face
        raised = self._acted.face_3d[:, 48, 1] - self._acted.face_3d[:, 51, 1]
        smiling = raised < resting[48, 1] - resting[51, 1] - 0.05
        paths = []
        for nostril, corner, side in ((31, 48, -1), (35, 54, 1)):
            a, b = self._face[:, nostril], self._face[:, corner]
            out = np.array((side * 0.20, 0.0)) * self._body.eye_px
            paths.append(
                np.stack(
                    (a + 0.6 * out, 0.45 * a + 0.55 * b + 1.15 * out, b + 0.75 * out + (0, 0.04 * self._body.eye_px)),
                    axis=1,
                )
            )
        return [Sometimes(strokes(paths, darker(self._look.skin, 0.2), 1.2 * self._unit, smooth=4), smiling)]

    def _eyes(self) -> list[Layer]:
        look, face, eye_px = self._look, self._face, self._body.eye_px
        size = eye_px * (1 + self._body.lean)
        layers: list[Layer] = []
        open_enough = self._acted.blink < 0.75
        for first, pupil in ((36, 68), (42, 69)):
            eye = face[:, first : first + 6]
            layers.append(Sometimes(fill(eye, (238, 240, 243), smooth=4), open_enough))
            for radius, color in ((0.150, look.iris), (0.075, (22, 18, 18))):
                layers.append(Sometimes(discs(face[:, pupil], radius * size, color), open_enough))
            glint = face[:, pupil] + np.array((0.045, -0.045)) * eye_px
            layers.append(Sometimes(discs(glint, 0.034 * size, (250, 250, 250)), open_enough))
            layers += self._lids(eye)
        return layers

    def _lids(self, eye: Places) -> list[Layer]:
        """Skin above and below the eye, which covers part of the iris, and the lash line."""
        skin, eye_px = self._look.skin, self._body.eye_px
        upper, lower = eye[:, [0, 1, 2, 3]], eye[:, [0, 5, 4, 3]]
        ends = np.stack((upper[:, 0], upper[:, 3]), axis=1)
        middle = 0.5 * (upper[:, 1] + upper[:, 2])
        top = np.stack(
            (ends[:, 1] - (0, 0.10 * eye_px), middle - (0, 0.20 * eye_px), ends[:, 0] - (0, 0.10 * eye_px)), axis=1
        )
        under = 0.5 * (lower[:, 1] + lower[:, 2])
        bottom = np.stack(
            (ends[:, 1] + (0, 0.08 * eye_px), under + np.array((0, 0.17 * eye_px)), ends[:, 0] + (0, 0.08 * eye_px)),
            axis=1,
        )
        upper_curve, lower_curve = open_curve(upper, 4), open_curve(lower, 4)
        lid = np.concatenate((upper_curve, open_curve(top, 4)), axis=1)
        pouch = np.concatenate((lower_curve, open_curve(bottom, 4)), axis=1)
        return [
            Fill(fixed(pouch), darker(skin, 0.02)),
            Fill(fixed(lid), darker(skin, 0.06)),
            stroke(upper_curve, darker(self._look.hair, 0.5), 1.6 * self._unit),
            stroke(lower_curve, darker(skin, 0.24), 1.0 * self._unit),
        ]

    def _brows(self) -> list[Layer]:
        layers: list[Layer] = []
        for points in ((17, 18, 19, 20, 21), (26, 25, 24, 23, 22)):
            line = self._face[:, list(points)]
            thick = np.array((0.02, 0.055, 0.075, 0.08, 0.06)) * self._body.eye_px
            upper, lower = line - np.stack((0 * thick, thick), -1), line + np.stack((0 * thick, thick), -1)
            layers.append(fill(np.concatenate((upper, lower[:, ::-1]), axis=1), self._look.brow, smooth=2))
        return layers
