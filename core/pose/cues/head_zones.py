"""Zones of the head that a hand can touch, as points in head coordinates per frame.

Missing face points (such as those that a hand hides) are taken from the clip's median face, or from an average face if the
clip shows none.
"""

import numpy as np
import numpy.typing as npt

from core.pose.cues.signals import Places, Signals

ZONES = ("touching jaw", "touching facial parts", "touching neck", "touching head")
FEATURES = "features"

_JAW = tuple(range(3, 14))
_FEATURE_GROUPS = (range(27, 36), range(36, 42), range(42, 48), range(48, 60))  # nose, eyes, mouth: a quarter each
_FEATURE_POINTS = tuple(point for group in _FEATURE_GROUPS for point in group)
FEATURE_WEIGHTS = np.concatenate([np.full(len(group), 0.25 / len(group)) for group in _FEATURE_GROUPS])
_CHEEKS = ((2, 31), (3, 48), (1, 41), (14, 35), (13, 54), (15, 46))
_TEMPLES = (0, 1, 15, 16)
_SKULL = ((-1.35, -0.6), (-1.0, -1.1), (-0.5, -1.5), (0.0, -1.65), (0.5, -1.5), (1.0, -1.1), (1.35, -0.6))
_FOREHEAD_ABOVE_BROWS = (0.35, 0.7)
_THROAT_BELOW_CHIN = (0.45, 0.8, 1.15)
_THROAT_ASIDE = (-0.6, 0.0, 0.6)

# An adult's face from the front, in eye distances from the middle between the eyes: jaw (17), brows (10), bridge (4),
# nostrils (5), eyes (12), lips (12 + 8), pupils (2).
_RIGHT_JAW = (
    (-1.12, 0.05),
    (-1.10, 0.35),
    (-1.06, 0.65),
    (-0.96, 1.00),
    (-0.83, 1.28),
    (-0.66, 1.50),
    (-0.46, 1.68),
    (-0.23, 1.79),
)
_RIGHT_BROW = ((-0.98, -0.30), (-0.82, -0.38), (-0.63, -0.42), (-0.43, -0.40), (-0.22, -0.35))
_RIGHT_EYE = ((-0.72, 0.02), (-0.60, -0.07), (-0.42, -0.07), (-0.29, 0.03), (-0.42, 0.07), (-0.60, 0.07))
_RIGHT_LIP = ((-0.42, 1.12), (-0.27, 1.02), (-0.10, 0.97))
_RIGHT_LOWER_LIP = ((-0.10, 1.28), (-0.27, 1.23))
_RIGHT_INNER = ((-0.36, 1.12), (-0.12, 1.10))


def _left(places: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    return tuple((-u, v) for u, v in reversed(places))


_AVERAGE_FACE = np.array(
    (
        *(*_RIGHT_JAW, (0.0, 1.82), *_left(_RIGHT_JAW)),
        *(*_RIGHT_BROW, *_left(_RIGHT_BROW)),
        *((0.0, -0.05), (0.0, 0.15), (0.0, 0.35), (0.0, 0.55)),
        *((-0.24, 0.68), (-0.12, 0.73), (0.0, 0.75), (0.12, 0.73), (0.24, 0.68)),
        *(*_RIGHT_EYE, (0.29, 0.03), (0.42, -0.07), (0.60, -0.07), (0.72, 0.02), (0.60, 0.07), (0.42, 0.07)),
        *(*_RIGHT_LIP, (0.0, 0.99), *_left(_RIGHT_LIP), *_left(_RIGHT_LOWER_LIP), (0.0, 1.30), *_RIGHT_LOWER_LIP),
        *(*_RIGHT_INNER, (0.0, 1.11), *_left(_RIGHT_INNER), (0.12, 1.13), (0.0, 1.14), (-0.12, 1.13)),
        *((-0.5, 0.0), (0.5, 0.0)),
    )
)


class HeadZones:
    """The zones of one clip, computed for chosen frames by `places`."""

    def __init__(self, signals: Signals) -> None:
        self._face_uv = signals.face_uv
        seen = ~np.isnan(self._face_uv[:, 8, 0])
        template = np.nanmedian(self._face_uv[seen], axis=0) if seen.any() else _AVERAGE_FACE
        self._template = np.where(np.isnan(template), _AVERAGE_FACE, template)

    def places(self, rows: npt.NDArray[np.intp]) -> dict[str, Places]:
        """Points (rows, N, 2) in eye distances, never NaN, of each of `ZONES` and of `FEATURES` (eyes, nose, mouth)."""
        face = np.where(np.isnan(self._face_uv[rows]), self._template, self._face_uv[rows])
        chin = face[:, 8]
        brows = face[:, 17:27]
        cheeks = np.stack([0.5 * (face[:, a] + face[:, b]) for a, b in _CHEEKS], axis=1)
        forehead = np.concatenate([brows - np.array((0.0, above)) for above in _FOREHEAD_ABOVE_BROWS], axis=1)
        skull = np.broadcast_to(np.array(_SKULL), (len(face), len(_SKULL), 2))
        throat = np.stack(
            [chin + np.array((aside, below)) for below in _THROAT_BELOW_CHIN for aside in _THROAT_ASIDE], axis=1
        )
        return {
            "touching jaw": face[:, _JAW],
            "touching facial parts": np.concatenate((face[:, 17:60], cheeks), axis=1),
            "touching neck": throat,
            "touching head": np.concatenate((face[:, _TEMPLES], forehead, skull), axis=1),
            FEATURES: face[:, _FEATURE_POINTS],
        }
