"""Measures each stage of perception alone, and the whole pipeline."""

import itertools
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.perception.inputs import person_box
from core.errors import VideoError
from core.feature_store import FeatureStore
from core.media.video import decode_frames
from core.progress import SilentProgress
from core.settings.perception import PerceptionSettings
from core.types.features import FeatureKind
from labeling.interfaces import ImageEncoder, PersonDetector, Picture
from labeling.perception.pipeline.chunks import ChunkStore
from labeling.perception.pipeline.pipeline import extract_from_video
from labeling.perception.pipeline.plan import Backends, ClipVideo, portrait_of


@dataclass(frozen=True, slots=True)
class Spent:
    """The cost of `frames` frames: wall-clock seconds, and CPU seconds of this process."""

    frames: int
    wall_s: float
    cpu_s: float

    @property
    def frames_per_second(self) -> float:
        return self.frames / self.wall_s

    @property
    def wall_ms(self) -> float:
        """Wall-clock milliseconds per frame."""
        return 1000 * self.wall_s / self.frames

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds per frame."""
        return 1000 * self.cpu_s / self.frames


def spend(work: Callable[[], int], at_least_s: float = 0.0) -> Spent:
    """Repeats `work`, which returns its number of frames, for at least `at_least_s` seconds."""
    frames, wall_s, cpu_s = 0, time.perf_counter(), time.process_time()
    while not frames or time.perf_counter() - wall_s < at_least_s:
        frames += work()
    return Spent(frames, time.perf_counter() - wall_s, time.process_time() - cpu_s)


class StagesAlone:
    """Each stage alone, with the batch sizes of the pipeline."""

    def __init__(self, video: ClipVideo, parts: Backends, settings: PerceptionSettings) -> None:
        if parts.detector is None or parts.encoder is None:
            raise ValueError("The bench of perception measures a detector and an image encoder.")
        self._video = video
        self._detector: PersonDetector = parts.detector
        self._encoder: ImageEncoder = parts.encoder
        self._settings = settings
        count = max(settings.person_batch, settings.image_batch)
        decoded = (picture for _time_s, picture in decode_frames(video.path))
        self._pictures: list[Picture] = list(itertools.islice(decoded, count))
        self._box = person_box(video.width_px, video.height_px)

    @property
    def detector_batch(self) -> list[Picture]:
        """The frames of one batch of the detector."""
        return self._pictures[: self._settings.person_batch]

    def decode(self) -> int:
        return sum(1 for _frame in decode_frames(self._video.path))

    def detect(self) -> int:
        return len(self._detector.detect(self.detector_batch))

    def describe(self) -> int:
        """Crops and encodes a batch."""
        pictures = self._pictures[: self._settings.image_batch]
        margin, side = self._settings.crop_margin, self._encoder.portrait_px
        portraits = np.stack([portrait_of(picture, self._box, margin, side) for picture in pictures])
        return len(self._encoder.encode(portraits))


def run_pipeline(video: ClipVideo, parts: Backends, settings: PerceptionSettings, folder: Path) -> int:
    """Runs the product's pipeline, writing to disk; returns the number of frames.

    Raises VideoError where a frame was left out, because the comparison would then be unfair.
    """
    encoder, detector = parts.encoder, parts.detector
    if encoder is None or detector is None:
        raise ValueError("The bench of perception measures a detector and an image encoder.")
    with tempfile.TemporaryDirectory(dir=folder) as features:
        chunks = ChunkStore(Path(features), 1, "bench")
        result = extract_from_video(video, parts, settings, chunks, SilentProgress())
        if result.image is None or result.image["features"].shape[0] != len(video.time_s):
            raise VideoError(f"{video.name}: the pipeline left out frames that the bench asked for.")
        store = FeatureStore(Path(features))
        store.write(1, FeatureKind.PERSON, result.person, detector.producer)
        store.write(1, FeatureKind.IMAGE, result.image, encoder.producer)
    return len(video.time_s)
