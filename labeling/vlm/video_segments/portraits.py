"""The portrait crop: a square of constant size that follows the person over a range of a clip."""

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import LabelingError
from core.media.timebase import TIME_TOLERANCE_S
from core.pose.skeleton_picture import Window
from labeling.interfaces import Picture
from labeling.perception.person.box_track import CUT_SIZES
from labeling.vlm.video_segments.cutting import Segment
from labeling.vlm.video_segments.picture_source import PictureSource
from labeling.vlm.video_segments.steady_path import between, steady_path

PORTRAIT_MARGIN = 0.25
"""Share of the person's box that a portrait adds on each side."""

_USUAL_SIZE = 0.9  # quantile of box sizes that sets the portrait's size; rare wide gestures may exceed it
_BARS = (24, 24, 24)


class Portraits:
    """Crops squares of side `size_px`, centered on the person's smoothed box; called for each of `times_s` with its index.

    Raises LabelingError if no box is known in the range.
    """

    def __init__(self, source: PictureSource, span: Segment, size_px: int, times_s: npt.NDArray[np.float64]) -> None:
        self._size_px = size_px
        time_s, boxes = _known_boxes(source, span)
        sides = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
        usual = float(np.quantile(sides, _USUAL_SIZE))
        # The margin is reduced if the square would otherwise exceed the picture and need bars.
        roomy = min(usual * (1 + 2 * PORTRAIT_MARGIN), max(usual, min(source.width_px, source.height_px)))
        self._side_px = max(2.0, roomy)
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        self._middle = steady_path(time_s, middle, CUT_SIZES * np.median(sides), times_s)

    def __call__(self, index: int, frame: Picture) -> Picture:
        height, width = frame.shape[:2]
        left, top = (
            _inside(float(middle), self._side_px, length)
            for middle, length in zip(self._middle[index], (width, height), strict=True)
        )
        return _square(frame, Window(left, top, self._side_px), self._size_px)


def _known_boxes(source: PictureSource, span: Segment) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """time_s (T,) and box_xyxy_px (T, 4) of the frames in the range.

    In frames without a person, the last known box, else the next one.
    """
    if source.boxes is not None and len(source.boxes[0]):
        time_s, all_boxes = source.boxes
        first = max(int(np.searchsorted(time_s, span.start_s + TIME_TOLERANCE_S, side="right")) - 1, 0)
        stop = max(int(np.searchsorted(time_s, span.end_s - TIME_TOLERANCE_S)), first + 1)
        time_s, boxes = time_s[first:stop], all_boxes[first:stop].astype(np.float64)
        known = np.flatnonzero(np.isfinite(boxes).all(axis=1))
        if len(known):
            last = np.maximum(np.searchsorted(known, np.arange(len(boxes)), side="right") - 1, 0)
            return time_s, boxes[known[last]]
    raise LabelingError(
        f"{source.clip_name}: nobody's box is known from {between(span)}; run `telltale perceive`, or show the model "
        "whole frames."
    )


def _inside(middle: float, side: float, length: int) -> float:
    """Start of a window of length `side` around `middle`, moved into 0..`length`; centered if it is longer than that."""
    return (length - side) / 2 if side >= length else min(max(middle - side / 2, 0.0), length - side)


def _square(frame: Picture, window: Window, size_px: int) -> Picture:
    """The window's content, with plain bars outside the picture."""
    height, width = frame.shape[:2]
    scale = size_px / window.side_px
    left, top = max(window.left_px, 0.0), max(window.top_px, 0.0)
    seen = min(window.side_px, width), min(window.side_px, height)
    size = max(1, round(seen[0] * scale)), max(1, round(seen[1] * scale))
    if scale <= 1:
        x, y = min(round(left), width - 1), min(round(top), height - 1)
        part = frame[y : y + max(1, round(seen[1])), x : x + max(1, round(seen[0]))]
        scaled = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    else:
        # At subpixel accuracy, as moves by whole pixels would be visible. In OpenCV, integer coordinates are pixel centers.
        shift = [(0.5 - left) * scale - 0.5, (0.5 - top) * scale - 0.5]
        matrix = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
        scaled = cv2.warpAffine(frame, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if size == (size_px, size_px):
        return np.asarray(scaled, dtype=np.uint8)
    square = np.full((size_px, size_px, 3), _BARS, dtype=np.uint8)
    x, y = (size_px - size[0]) // 2, (size_px - size[1]) // 2
    square[y : y + size[1], x : x + size[0]] = scaled
    return square
