"""Drawn films of bright rectangles in front of gray, and parts that really look at their pixels."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.media.video import probe_video, write_video
from core.types.features import Producer
from labeling.interfaces import FrameDetections, Picture
from labeling.perception.pipeline.plan import ClipVideo

WIDTH, HEIGHT, FRAME_RATE = 320, 240, Fraction(25)
RED, GREEN = (40, 40, 230), (40, 220, 40)

Rectangles = Sequence[tuple[tuple[int, int, int, int], tuple[int, int, int]]]
"""(x0, y0, x1, y1) px and a BGR color each."""


def draw_film(path: Path, frame_count: int, in_frame: Callable[[int], Rectangles]) -> ClipVideo:
    def pictures() -> "list[Picture]":
        drawn = []
        for frame in range(frame_count):
            picture = np.full((HEIGHT, WIDTH, 3), 90, dtype=np.uint8)
            for (x0, y0, x1, y1), color in in_frame(frame):
                cv2.rectangle(picture, (x0, y0), (x1 - 1, y1 - 1), color, -1)
            drawn.append(picture)
        return drawn

    write_video(path, pictures(), FRAME_RATE, crf=14)
    info = probe_video(path)
    return ClipVideo("drawn", path, info.time_s, info.width_px, info.height_px)


def walking(frame: int) -> tuple[int, int, int, int]:
    """A box that moves to the right by half a pixel a frame."""
    left = 60 + frame // 2
    return left, 60, left + 60, 180


class BrightRectangles:
    """Finds patches of strong color; counts the frames it was shown."""

    producer = Producer("bright", "1", "")

    def __init__(self) -> None:
        self.seen = 0

    def load(self) -> None:
        """It has no weights."""

    def detect(self, frames_bgr: Sequence[Picture]) -> list[FrameDetections]:
        self.seen += len(frames_bgr)
        return [self._one(frame) for frame in frames_bgr]

    @staticmethod
    def _one(frame: Picture) -> FrameDetections:
        strong = (np.ptp(frame.astype(np.int16), axis=-1) > 90).astype(np.uint8)
        _count, _labels, stats, _centres = cv2.connectedComponentsWithStats(strong)
        boxes = [(x, y, x + w, y + h) for x, y, w, h, area in stats[1:] if area > 400]
        array = np.array(boxes, dtype=np.float32).reshape(-1, 4)
        return FrameDetections(array, np.full(len(array), 0.9, dtype=np.float32))


class MeanColor:
    """Three numbers a portrait, its mean blue, green and red; counts what it was given."""

    producer = Producer("mean", "1", "")
    portrait_px = 32

    def __init__(self, fails_at: int | None = None) -> None:
        self.given = 0
        self._fails_at = fails_at

    def load(self) -> None:
        """It has no weights."""

    def encode(self, portraits_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float16]:
        self.given += len(portraits_bgr)
        if self._fails_at is not None and self.given > self._fails_at:
            raise RuntimeError("the encoder broke")
        return portraits_bgr.mean(axis=(1, 2)).astype(np.float16)


class MiddleOfColor:
    """All 137 points at the middle of the strong color inside the box."""

    producer = Producer("middle", "1", "")

    def load(self) -> None:
        """It has no weights."""

    def begin(self, name: str) -> None:
        """It remembers nothing."""

    def estimate(self, frame_bgr: Picture, box_xyxy_px: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        x0, y0, x1, y1 = box_xyxy_px.round().astype(int)
        strong = np.ptp(frame_bgr[y0:y1, x0:x1].astype(np.int16), axis=-1) > 90
        rows, columns = np.nonzero(strong)
        point = (x0 + columns.mean(), y0 + rows.mean(), 0.8)
        return np.tile(np.array(point, dtype=np.float32), (137, 1))
