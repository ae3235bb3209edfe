"""The video segment that a model is shown: a range of a clip, at a given frame rate, size and in a given form.

It has as many pictures as a server counts that samples the range at that rate. Memory does not grow with its length:
pictures are decoded, cropped or drawn, and yielded one by one.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from core.errors import LabelingError
from core.media.excerpt import SoundExcerpt, frames_shown_at, write_excerpt
from labeling.interfaces import Picture
from labeling.vlm.video_segments.cutting import Segment
from labeling.vlm.video_segments.picture_source import PictureSource
from labeling.vlm.video_segments.portraits import Portraits
from labeling.vlm.video_segments.skeletons import skeletons


class Shown(StrEnum):
    """The form in which a model sees the person."""

    PORTRAIT = "portrait"
    WHOLE = "whole"
    SKELETON = "skeleton"


@dataclass(frozen=True, slots=True)
class VideoSegment:
    """A range of a clip at the frame rate, size and in the form that a model is shown.

    `size_px` is the longest side. Raises ValueError for a range of no length, a rate that is not positive and a size below
    16 px.
    """

    source: PictureSource
    span: Segment
    shown: Shown
    frames_per_s: float
    size_px: int
    with_sound: bool

    def __post_init__(self) -> None:
        if not (0 <= self.span.start_s < self.span.end_s < math.inf):
            raise ValueError(f"A video segment from {self.span.start_s} s to {self.span.end_s} s has no length.")
        if not (math.isfinite(self.frames_per_s) and self.frames_per_s > 0):
            raise ValueError(f"A video segment cannot have {self.frames_per_s} frames a second.")
        if self.size_px < 16:
            raise ValueError(f"A video segment of {self.size_px} px shows nothing.")

    @property
    def duration_s(self) -> float:
        """Duration of the range; the mp4 may be longer by less than one frame."""
        return self.span.duration_s

    @property
    def frame_count(self) -> int:
        """Number of pictures."""
        return max(1, math.ceil(self.duration_s * self.frames_per_s - 1e-6))

    @property
    def seconds_of_sound(self) -> float:
        """Duration of the sound, 0 without any; a skeleton never has sound, as a voice identifies the person."""
        sounds = self.with_sound and self.source.has_sound and self.shown is not Shown.SKELETON
        return self.duration_s if sounds else 0.0

    @property
    def picture_px(self) -> tuple[int, int]:
        """(width, height) of the pictures, both even: a square of `size_px`, or a whole frame, which is not enlarged."""
        if self.shown is not Shown.WHOLE:
            return _even(self.size_px), _even(self.size_px)
        width, height = self.source.width_px, self.source.height_px
        scale = min(1.0, self.size_px / max(width, height))
        return _even(width * scale), _even(height * scale)

    def person_digest(self) -> str:
        """16 hex digits of the boxes or key points from which the pictures are made; "" for whole frames or without any."""
        if self.shown is Shown.PORTRAIT and self.source.boxes is not None:
            time_s, drawn = self.source.boxes
        elif self.shown is Shown.SKELETON and self.source.keypoints is not None:
            time_s, drawn = self.source.keypoints.time_s, self.source.keypoints.points
        else:
            return ""
        told = hashlib.sha256(np.ascontiguousarray(time_s, dtype=np.float64).tobytes())
        told.update(np.ascontiguousarray(drawn, dtype=np.float32).tobytes())
        return told.hexdigest()[:16]

    def pictures(self) -> Iterator[tuple[float, Picture]]:
        """Yields (clip time_s, BGR uint8 of `picture_px`) of the frames shown at `start_s` + k / `frames_per_s`, k = 0, 1, ….

        Raises LabelingError, which says what to do, if the video, boxes or key points to show are missing, and VideoError
        if the video cannot be decoded.
        """
        times_s = self.span.start_s + np.arange(self.frame_count) / self.frames_per_s
        if self.shown is Shown.SKELETON:
            return skeletons(self.source, self.span, self.picture_px[0], times_s)
        if self.source.video is None:
            raise LabelingError(
                f"{self.source.clip_name}: there is no video to show a model; put it back where it was imported from, "
                "or show the model the skeleton."
            )
        look = (
            Portraits(self.source, self.span, self.picture_px[0], times_s)
            if self.shown is Shown.PORTRAIT
            else self._fitted
        )
        frames = frames_shown_at(self.source.video, times_s.tolist())
        return (
            (float(time_s), look(index, frame))
            for index, (time_s, frame) in enumerate(zip(times_s, frames, strict=True))
        )

    def write_mp4(self, path: Path) -> None:
        """Atomically writes the segment as H.264 with a constant frame rate, and AAC mono if it has sound.

        Raises what `pictures` raises, and VideoError if the file cannot be written or the sound cannot be read.
        """
        sound = None
        if self.seconds_of_sound and self.source.video is not None:
            sound = SoundExcerpt(self.source.video, self.span.start_s, self.span.end_s)
        frame_rate = Fraction(self.frames_per_s).limit_denominator(1_000_000)
        write_excerpt(path, (picture for _, picture in self.pictures()), frame_rate, sound=sound)

    def jpegs(self, quality: int = 80) -> Iterator[tuple[float, bytes]]:
        """Yields (clip time_s, JPEG) of each picture; `quality` from 1 to 100. Raises what `pictures` raises."""
        return ((time_s, _jpeg(picture, quality)) for time_s, picture in self.pictures())

    def _fitted(self, _index: int, frame: Picture) -> Picture:
        return np.asarray(cv2.resize(frame, self.picture_px, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _jpeg(picture: Picture, quality: int) -> bytes:
    encoded, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not encoded:
        raise LabelingError(f"A picture of {picture.shape[1]} × {picture.shape[0]} cannot be encoded as JPEG.")
    return data.tobytes()


def _even(length: float) -> int:
    return max(2, round(length) // 2 * 2)
