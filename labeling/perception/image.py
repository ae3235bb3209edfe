"""Image features of portraits: histograms of oriented gradients, the embedded counterpart of DINOv2.

Dalal & Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005, with the paper's own layout: cells of
8 x 8 pixels, nine unsigned orientations, blocks of 2 x 2 cells, L2-Hys. OpenCV 5 no longer carries `HOGDescriptor`; its
gradients are used here.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.records import Producer
from core.video import decode_frames, square_crop
from labeling.digest import settings_digest

PORTRAIT_PX = 64
_CELL_PX = 8
_BINS = 9
_CLIP_AT = 0.2  # L2-Hys
_CELLS = PORTRAIT_PX // _CELL_PX
_CELL_OF_PIXEL = np.add.outer(np.arange(PORTRAIT_PX) // _CELL_PX * _CELLS, np.arange(PORTRAIT_PX) // _CELL_PX)
_BATCH = 256  # portraits held at a time, so that an hour of video needs no more memory than a minute


class Hog:
    """64 x 64 portraits to 7 x 7 blocks x 36 = 1,764 numbers; `every_s` and `margin` name how portraits are taken."""

    width = (_CELLS - 1) ** 2 * 4 * _BINS

    def __init__(self, every_s: float, margin: float) -> None:
        settings = {
            "portrait_px": PORTRAIT_PX,
            "cell_px": _CELL_PX,
            "bins": _BINS,
            "every_s": every_s,
            "margin": margin,
        }
        self.producer = Producer("hog", "1", settings_digest(settings))

    def encode(self, portraits_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float16]:
        """(N, 64, 64, 3) square portraits to (N, 1764)."""
        if not len(portraits_bgr):
            return np.zeros((0, self.width), dtype=np.float16)
        return np.stack([_describe(portrait) for portrait in portraits_bgr])


def _describe(portrait_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float16]:
    grey = cv2.cvtColor(portrait_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255.0
    right = cv2.filter2D(grey, cv2.CV_32F, np.array([[-1.0, 0.0, 1.0]], dtype=np.float32))
    down = cv2.filter2D(grey, cv2.CV_32F, np.array([[-1.0], [0.0], [1.0]], dtype=np.float32))
    magnitude = np.hypot(right, down)
    place = (np.arctan2(down, right) % np.pi) / np.pi * _BINS - 0.5  # bins are centred, so votes go to the two nearest
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


def portrait(
    frame_bgr: npt.NDArray[np.uint8], box_xyxy_px: npt.NDArray[np.float32], margin: float
) -> npt.NDArray[np.uint8]:
    """(64, 64, 3) square around the box with `margin` of its size on each side; edge pixels go on beyond the frame."""
    square = square_crop(frame_bgr, box_xyxy_px, margin)
    return np.asarray(cv2.resize(square, (PORTRAIT_PX, PORTRAIT_PX), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def portraits(
    video: Path,
    time_s: npt.NDArray[np.float64],
    box_xyxy_px: npt.NDArray[np.float32],
    *,
    every_s: float,
    margin: float,
) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[np.uint8]]]:
    """Batches of (times (N,), portraits (N, 64, 64, 3)), one portrait each `every_s` seconds where there is a box.

    `time_s` (T,) and `box_xyxy_px` (T, 4) go together. The video is decoded once, from front to back; VideoError where
    it cannot be.
    """
    times: list[float] = []
    squares: list[npt.NDArray[np.uint8]] = []
    gaps_s = np.diff(time_s) if len(time_s) > 1 else np.array([every_s])
    half_frame_s = float(np.median(gaps_s)) / 2
    # At a steady rate the frames between are not even converted; at a variable one each frame's time is looked at.
    steady = float(np.ptp(gaps_s)) < half_frame_s / 10
    step = max(1, round(every_s / (2 * half_frame_s))) if steady else 1
    due_s = 0.0
    for at_s, frame in decode_frames(video, every=step):
        if not steady and at_s < due_s - half_frame_s:
            continue
        while due_s <= at_s + half_frame_s:
            due_s += every_s
        box = box_xyxy_px[min(int(np.searchsorted(time_s, at_s - half_frame_s)), len(time_s) - 1)]
        if not np.isfinite(box).all():
            continue
        times.append(at_s)
        squares.append(portrait(frame, box, margin))
        if len(squares) == _BATCH:
            yield np.array(times), np.stack(squares)
            times, squares = [], []
    if squares:
        yield np.array(times), np.stack(squares)
