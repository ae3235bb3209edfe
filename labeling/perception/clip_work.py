"""All that perception does for one clip, in a process of its own: boxes, cues, features, browser proxy, thumbnail.

Nothing here touches the database; what was made travels back as a `ClipOutcome`. A step that fails leaves a sentence
and lets the others go on.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.cues import measure_cues
from core.errors import FeatureError, TelltaleError, VideoError
from core.features import FeatureStore
from core.keypoints import KeypointTrack
from core.progress import SilentProgress
from core.proxy import make_proxy, needs_proxy
from core.records import Clip, CueMeasurement, FeatureKind, Producer
from core.settings import PerceptionSettings
from core.video import probe_video, write_thumbnail
from labeling.perception.image import portraits
from labeling.perception.registry import image_encoder, person_detector, text_encoder
from labeling.perception.text import sentences_of

_log = logging.getLogger(__name__)


class Step(StrEnum):
    PERSON = "person"
    CUES = "cues"
    IMAGE = "image"
    TEXT = "text"
    MEDIA = "media"  # browser proxy where one is needed, and the thumbnail, in this order


@dataclass(frozen=True, slots=True)
class ClipTask:
    """What to do for one clip; everything in it can be sent to another process."""

    clip: Clip
    steps: frozenset[Step]
    has_keypoints: bool
    features_dir: Path
    media_dir: Path
    settings: PerceptionSettings


@dataclass(slots=True)
class ClipOutcome:
    """What was made. `features`: kind, producer, path relative to the feature store; `problems`: one sentence each."""

    clip_id: int
    name: str
    features: list[tuple[FeatureKind, Producer, str]] = field(default_factory=list)
    cues: CueMeasurement | None = None
    media: bool = False
    problems: list[str] = field(default_factory=list)


def perceive_clip(task: ClipTask) -> ClipOutcome:
    """Never raises: the outcome carries what went wrong."""
    cv2.setNumThreads(1)  # the clips are what runs side by side
    outcome = ClipOutcome(task.clip.id, task.clip.name)
    work = _ClipWork(task, outcome)
    actions: dict[Step, Callable[[], None]] = {
        Step.PERSON: work.person,
        Step.CUES: work.cues,
        Step.IMAGE: work.image,
        Step.TEXT: work.text,
        Step.MEDIA: work.media,
    }
    for step, action in actions.items():
        if step not in task.steps:
            continue
        try:
            action()
        except TelltaleError as error:
            sentence = _naming(task.clip.name, str(error))
            if sentence not in outcome.problems:  # one missing file fails several steps
                outcome.problems.append(sentence)
        except Exception as error:  # one bad clip never stops the rest; the log has the traceback
            _log.exception("%s of %s failed", step, task.clip.name)
            outcome.problems.append(f"{task.clip.name}: {step} failed: {type(error).__name__}: {error}.")
    return outcome


def _naming(name: str, sentence: str) -> str:
    return sentence if sentence.startswith(name) else f"{name}: {sentence}"


class _ClipWork:
    def __init__(self, task: ClipTask, outcome: ClipOutcome) -> None:
        self._task = task
        self._outcome = outcome
        self._store = FeatureStore(task.features_dir)
        self._track: KeypointTrack | None = None
        self._boxes: npt.NDArray[np.float32] | None = None

    def person(self) -> None:
        detector = person_detector(self._task.settings)
        self._boxes = detector.boxes(self._task.clip, self._read_track())
        self._keep(FeatureKind.PERSON, {"box_xyxy_px": self._boxes}, detector.producer)

    def cues(self) -> None:
        self._outcome.cues = measure_cues(self._read_track())

    def image(self) -> None:
        settings = self._task.settings
        encoder = image_encoder(settings)
        boxes, time_s = self._read_boxes(), self._read_track().time_s
        if not np.isfinite(boxes).all(axis=1).any():
            raise FeatureError(f"{self._task.clip.name}: nobody is seen in it, so it has no image features.")
        times: list[npt.NDArray[np.float64]] = []
        features: list[npt.NDArray[np.float16]] = []
        for batch_s, batch in portraits(
            self._video(), time_s, boxes, every_s=settings.image_every_s, margin=settings.crop_margin
        ):
            times.append(batch_s)
            features.append(encoder.encode(batch))
        if not features:
            raise FeatureError(f"{self._task.clip.name}: no frame of it shows anybody, so it has no image features.")
        arrays: dict[str, npt.NDArray[Any]] = {"features": np.concatenate(features), "time_s": np.concatenate(times)}
        self._keep(FeatureKind.IMAGE, arrays, encoder.producer)

    def text(self) -> None:
        encoder = text_encoder(self._task.settings)
        sentences = sentences_of(self._task.clip.transcript or "")
        self._keep(FeatureKind.TEXT, {"features": encoder.encode(sentences)}, encoder.producer)

    def media(self) -> None:
        clip, video = self._task.clip, self._video()
        info = probe_video(video)
        if needs_proxy(info):
            make_proxy(video, self._task.media_dir / f"{clip.id}.mp4", SilentProgress())
        at_s, box = self._best_moment(info.time_s)
        write_thumbnail(video, self._task.media_dir / f"{clip.id}.jpg", at_s, box)
        self._outcome.media = True

    def _best_moment(self, time_s: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float32] | None]:
        """The frame nearest to the middle in which somebody is seen; the middle itself where nobody ever is."""
        middle = len(time_s) // 2
        if not self._task.has_keypoints:
            return float(time_s[middle]), None
        boxes = self._read_boxes()
        seen = np.flatnonzero(np.isfinite(boxes).all(axis=1))
        if not seen.size:
            return float(time_s[middle]), None
        frame = int(seen[np.argmin(np.abs(seen - middle))])
        return float(time_s[frame]), boxes[frame]

    def _video(self) -> Path:
        clip = self._task.clip
        if clip.video_path is None or not Path(clip.video_path).is_file():
            raise VideoError(f"{clip.name}: its video is no longer at {clip.video_path}.")
        return Path(clip.video_path)

    def _read_track(self) -> KeypointTrack:
        if self._track is None:
            with self._store.open(self._task.clip.id, FeatureKind.KEYPOINTS) as file:
                self._track = KeypointTrack(points=file.read("points"), time_s=file.read("time_s"))
        return self._track

    def _read_boxes(self) -> npt.NDArray[np.float32]:
        if self._boxes is None:
            with self._store.open(self._task.clip.id, FeatureKind.PERSON) as file:
                self._boxes = np.asarray(file.read("box_xyxy_px"), dtype=np.float32)
        return self._boxes

    def _keep(self, kind: FeatureKind, arrays: dict[str, npt.NDArray[Any]], producer: Producer) -> None:
        path = self._store.write(self._task.clip.id, kind, arrays, producer)
        self._outcome.features.append((kind, producer, path))
