"""Image features of portraits by histograms of oriented gradients, the built-in alternative to DINOv2.

Dalal & Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005, with the paper's layout: cells of
8 x 8 pixels, nine unsigned orientations, blocks of 2 x 2 cells, L2-Hys. Implemented with OpenCV's gradients, as OpenCV 5 has no
`HOGDescriptor`.
"""

import cv2
import numpy as np
import numpy.typing as npt

from core.types.features import Producer
from labeling.settings_digest import settings_digest

PORTRAIT_PX = 64
_CELL_PX = 8
_BINS = 9
_CLIP_AT = 0.2  # L2-Hys
_CELLS = PORTRAIT_PX // _CELL_PX
_CELL_OF_PIXEL = np.add.outer(np.arange(PORTRAIT_PX) // _CELL_PX * _CELLS, np.arange(PORTRAIT_PX) // _CELL_PX)


class Hog:
    """64 x 64 portraits to 7 x 7 blocks x 36 = 1,764 numbers; `every_s` and `margin` of the portraits enter the producer."""

    width = (_CELLS - 1) ** 2 * 4 * _BINS
    portrait_px = PORTRAIT_PX

    def __init__(self, every_s: float, margin: float) -> None:
        settings = {
            "portrait_px": PORTRAIT_PX,
            "cell_px": _CELL_PX,
            "bins": _BINS,
            "every_s": every_s,
            "margin": margin,
        }
        self.producer = Producer("hog", "2", settings_digest(settings))

    def load(self) -> None:
        """It has no weights to load."""

    def encode(self, portraits_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float16]:
        """(N, 64, 64, 3) square portraits to (N, 1764)."""
        if not len(portraits_bgr):
            return np.zeros((0, self.width), dtype=np.float16)
        return np.stack([_describe(portrait) for portrait in portraits_bgr])


def _describe(portrait_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float16]:
    gray = cv2.cvtColor(portrait_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255.0
    right = cv2.filter2D(gray, cv2.CV_32F, np.array([[-1.0, 0.0, 1.0]], dtype=np.float32))
    down = cv2.filter2D(gray, cv2.CV_32F, np.array([[-1.0], [0.0], [1.0]], dtype=np.float32))
    magnitude = np.hypot(right, down)
    place = (
        np.arctan2(down, right) % np.pi
    ) / np.pi * _BINS - 0.5  # votes are split between the two nearest bin centers
    lower = np.floor(place)
    share = place - lower
    orientation = lower.astype(np.int64)
    votes = np.zeros(_CELLS * _CELLS * _BINS)
    for bins, vote in ((orientation, magnitude * (1 - share)), (orientation + 1, magnitude * share)):
        places = (_CELL_OF_PIXEL * _BINS + bins % _BINS).ravel()
        votes += np.bincount(places, weights=vote.ravel(), minlength=len(votes))
    cells = votes.reshape(_CELLS, _CELLS, _BINS).astype(np.float32)
    blocks = np.concatenate([cells[:-1, :-1], cells[:-1, 1:], cells[1:, :-1], cells[1:, 1:]], axis=-1)
    blocks = _unit(np.minimum(_unit(blocks), _CLIP_AT))
    return blocks.reshape(-1).astype(np.float16)


def _unit(blocks: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(blocks / np.sqrt((blocks**2).sum(axis=-1, keepdims=True) + 1e-6), dtype=np.float32)
