"""Feature extraction of one clip: boxes, key points, cues, features, browser proxy, thumbnail.

Does not use the database; the results are returned as a `ClipOutcome`. If a step fails, its error becomes a sentence and the
other steps go on.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import FeatureError, TelltaleError, VideoError
from core.failing_alone import own_failure
from core.feature_store import FeatureStore, RowBlocks
from core.media.proxy import make_proxy, needs_proxy
from core.media.video import probe_video, write_jpeg, write_thumbnail
from core.pose.cues import measure_cues
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton_picture import Window, draw_skeleton
from core.progress import Progress, SilentProgress, shares
from core.settings.perception import PerceptionSettings
from core.types.clips import Clip
from core.types.cues import CueMeasurement
from core.types.features import FeatureKind, Producer
from core.types.interviewee import PersonPoint
from core.types.transcript import TranscriptSegment
from labeling.interfaces import KeypointEstimator, TextEncoder
from labeling.perception.backends import text_encoder, video_backends
from labeling.perception.person.detections import DetectionLog
from labeling.perception.person.keypoint_box import KeypointBox
from labeling.perception.pipeline.chunks import ChunkStore
from labeling.perception.pipeline.pipeline import VideoFeatures, extract_from_video
from labeling.perception.pipeline.plan import Backends, ClipVideo
from labeling.perception.text.hashing import text_features
from labeling.settings_digest import settings_digest

_THUMBNAIL_PX = 192
_ESTIMATING, _DESCRIBING = 0.9, 0.1  # shares of the time where key points are estimated before the boxes are made
_RARELY = 0.5  # a person detected in a smaller share of the frames gives a warning


class Step(StrEnum):
    PERSON = "person"
    KEYPOINTS = "keypoints"
    IMAGE = "image"
    CUES = "cues"
    TEXT = "text"
    MEDIA = "media"  # the browser proxy, if needed, and the thumbnail


VIDEO_STEPS = frozenset({Step.PERSON, Step.KEYPOINTS, Step.IMAGE})


@dataclass(frozen=True, slots=True)
class ClipTask:
    """What to do for one clip; can be pickled for another process.

    `settings` are resolved (no `auto`); `producers` are those of the wanted features, by kind. `reuse_detections`: take the
    detections of the stored PERSON file and only choose the interviewee again.
    """

    clip: Clip
    steps: frozenset[Step]
    features_dir: Path
    media_dir: Path
    weights_dir: Path
    settings: PerceptionSettings
    producers: Mapping[FeatureKind, Producer]
    has_keypoints: bool
    picked: PersonPoint | None = None
    reuse_detections: bool = False
    transcript: tuple[TranscriptSegment, ...] = ()


@dataclass(slots=True)
class ClipOutcome:
    """Results for one clip. `features`: (kind, producer, path relative to the feature store). `media`: proxy and thumbnail
    were made. `warnings` and `problems` (failed steps): one sentence each."""

    clip_id: int
    name: str
    features: list[tuple[FeatureKind, Producer, str]] = field(default_factory=list)
    cues: CueMeasurement | None = None
    media: bool = False
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def extract_clip(task: ClipTask, progress: Progress) -> ClipOutcome:
    """Does all steps of a task. Raises JobCancelledError, and WorkspaceError for what would fail every clip (a full disk); the
    other errors are in the outcome.
    """
    cv2.setNumThreads(1)  # clips and stages run in parallel instead
    outcome = ClipOutcome(task.clip.id, task.clip.name)
    work = _ClipWork(task, outcome, progress)
    actions: tuple[tuple[frozenset[Step], Callable[[], None]], ...] = (
        (VIDEO_STEPS, work.video),
        (frozenset({Step.CUES}), work.cues),
        (frozenset({Step.TEXT}), work.text),
        (frozenset({Step.MEDIA}), work.media),
    )
    for steps, action in actions:
        asked = steps & task.steps
        if not asked:
            continue
        try:
            action()
        except Exception as error:  # a bad clip must not stop the others
            reason = own_failure(error)
            if isinstance(error, TelltaleError):
                sentence = _naming(task.clip.name, reason)
            else:
                sentence = f"{task.clip.name}: {' and '.join(sorted(asked))} failed: {reason}"
            if sentence not in outcome.problems:  # a missing file fails several steps with one message
                outcome.problems.append(sentence)
    return outcome


def _naming(name: str, sentence: str) -> str:
    return sentence if sentence.startswith(name) else f"{name}: {sentence}"


@functools.lru_cache(maxsize=1)
def _video_backends(settings: PerceptionSettings, weights_dir: Path) -> Backends:
    """Loaded once per process and used for all its clips."""
    return video_backends(settings, weights_dir, image=True, keypoints=True)


@functools.lru_cache(maxsize=1)
def _text_encoder(settings: PerceptionSettings, weights_dir: Path) -> TextEncoder:
    return text_encoder(settings, weights_dir)


class _ClipWork:
    def __init__(self, task: ClipTask, outcome: ClipOutcome, progress: Progress) -> None:
        self._task = task
        self._outcome = outcome
        self._progress = progress
        self._store = FeatureStore(task.features_dir)
        self._track: KeypointTrack | None = None
        self._boxes: npt.NDArray[np.float32] | None = None

    def video(self) -> None:
        task, settings = self._task, self._task.settings
        loaded = _video_backends(settings, task.weights_dir)
        backends = Backends(
            detector=loaded.detector,
            encoder=loaded.encoder if Step.IMAGE in task.steps else None,
            estimator=loaded.estimator if Step.KEYPOINTS in task.steps else None,
        )
        chunks = ChunkStore(task.features_dir, task.clip.id, self._chunk_key())
        progress = self._progress
        if backends.detector is None:
            if backends.estimator is not None:
                estimating, progress = shares(progress, (_ESTIMATING, _DESCRIBING))
                self._estimate_in_whole_pictures(backends.estimator, chunks, estimating)
                backends = replace(backends, estimator=None)
            self._boxes = KeypointBox().boxes(task.clip, self._read_track())
            if Step.PERSON in task.steps:
                self._keep(FeatureKind.PERSON, {"box_xyxy_px": self._boxes, "time_s": self._read_track().time_s})
            if backends.encoder is None:
                return
        result = extract_from_video(self._clip_video(), backends, settings, chunks, progress)
        self._keep_video_features(result)

    def _estimate_in_whole_pictures(self, estimator: KeypointEstimator, chunks: ChunkStore, progress: Progress) -> None:
        """Key points where no detector finds the person: the boxes are then made from them."""
        clip, settings = self._task.clip, self._task.settings
        time_s = probe_video(self._video_path()).time_s
        whole = np.tile(np.array((0, 0, clip.width_px, clip.height_px), dtype=np.float32), (len(time_s), 1))
        video = ClipVideo(clip.name, self._video_path(), time_s, clip.width_px, clip.height_px, boxes_xyxy_px=whole)
        backends = Backends(detector=None, encoder=None, estimator=estimator)
        result = extract_from_video(video, backends, settings, chunks, progress)
        if result.keypoints is None:
            raise FeatureError(f"{clip.name}: its video has no frame, so it has no key points.")
        self._keep(FeatureKind.KEYPOINTS, result.keypoints)

    def cues(self) -> None:
        self._outcome.cues = measure_cues(self._read_track())

    def text(self) -> None:
        encoder = _text_encoder(self._task.settings, self._task.weights_dir)
        self._keep(FeatureKind.TEXT, text_features(self._task.transcript, encoder))

    def media(self) -> None:
        clip = self._task.clip
        if clip.video_path is None:
            self._draw_thumbnail()
            return
        video = self._video_path()
        info = probe_video(video)
        if needs_proxy(info):
            target = self._task.media_dir / f"{clip.id}.mp4"
            self._outcome.warnings.extend(make_proxy(video, target, SilentProgress()))
        at_s, box = self._best_moment(info.time_s)
        write_thumbnail(video, self._task.media_dir / f"{clip.id}.jpg", at_s, box)
        self._outcome.media = True

    def _draw_thumbnail(self) -> None:
        """The key points of the frame with most of them, the one nearest to the middle, for a clip without a video."""
        clip, points = self._task.clip, self._read_track().points
        count = (points[..., 2] > 0).sum(axis=1)
        fullest = np.flatnonzero(count == count.max())
        frame = int(fullest[np.argmin(np.abs(fullest - len(points) // 2))])
        side = max(clip.width_px, clip.height_px)
        window = Window((clip.width_px - side) / 2, (clip.height_px - side) / 2, side)
        write_jpeg(draw_skeleton(points[frame], window, _THUMBNAIL_PX), self._task.media_dir / f"{clip.id}.jpg")
        self._outcome.media = True

    def _clip_video(self) -> ClipVideo:
        task, clip = self._task, self._task.clip
        known = self._track is not None or (task.has_keypoints and Step.KEYPOINTS not in task.steps)
        track = self._read_track() if known else None
        detections: DetectionLog | None = None
        if task.reuse_detections:
            with self._store.open(clip.id, FeatureKind.PERSON) as file:
                detections = DetectionLog.from_arrays(
                    {name: file.read(name) for name in file.shapes if name.startswith("detection_")}
                )
        video = self._video_path()
        return ClipVideo(
            name=clip.name,
            path=video,
            time_s=track.time_s if track is not None else probe_video(video).time_s,
            width_px=clip.width_px,
            height_px=clip.height_px,
            keypoints=track,
            picked=task.picked,
            boxes_xyxy_px=self._boxes,
            detections=detections,
        )

    def _keep_video_features(self, result: VideoFeatures) -> None:
        name, steps = self._task.clip.name, self._task.steps
        self._boxes = result.person["box_xyxy_px"]
        if Step.PERSON in steps and self._task.settings.person != "keypoint-box":
            self._keep(FeatureKind.PERSON, result.person)
        seen = float(np.isfinite(self._boxes).all(axis=1).mean())
        if 0 < seen < _RARELY:
            self._outcome.warnings.append(f"{name}: somebody is seen in {seen:.0%} of its frames alone.")
        if result.keypoints is not None:
            self._keep(FeatureKind.KEYPOINTS, result.keypoints)
            self._track = None
        if result.image is not None:
            self._keep(FeatureKind.IMAGE, result.image)
        elif Step.IMAGE in steps:
            what = "nobody is seen in it" if not seen else "no frame of it shows anybody"
            raise FeatureError(f"{name}: {what}, so it has no image features.")

    def _chunk_key(self) -> str:
        """A digest of all that a chunk's rows depend on, except the box, which is stored with each row."""
        task = self._task
        made_by = {
            kind.value: [producer.name, producer.version, producer.settings_digest]
            for kind, producer in task.producers.items()
        }
        return settings_digest(
            {"video": task.clip.digest, "producers": made_by, "steps": sorted(task.steps & VIDEO_STEPS)}
        )

    def _best_moment(self, time_s: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float32] | None]:
        """Time and box of the frame nearest to the middle with a detected person; the middle and None without any."""
        middle = len(time_s) // 2
        boxes = self._read_boxes()
        if boxes is None:
            return float(time_s[middle]), None
        seen = np.flatnonzero(np.isfinite(boxes).all(axis=1))
        if not seen.size:
            return float(time_s[middle]), None
        frame = int(seen[np.argmin(np.abs(seen - middle))])
        return float(time_s[frame]), boxes[frame]

    def _video_path(self) -> Path:
        clip = self._task.clip
        if clip.video_path is None or not Path(clip.video_path).is_file():
            raise VideoError(
                f"{clip.name}: its video is no longer at {clip.video_path}; `telltale relink` tells where it is now."
            )
        return Path(clip.video_path)

    def _read_track(self) -> KeypointTrack:
        if self._track is None:
            with self._store.open(self._task.clip.id, FeatureKind.KEYPOINTS) as file:
                self._track = KeypointTrack(points=file.read("points", 3), time_s=file.read("time_s", 1))
        return self._track

    def _read_boxes(self) -> npt.NDArray[np.float32] | None:
        """(T, 4) boxes of this run, else those on disk; None if there are none."""
        path = self._task.features_dir / self._store.path(self._task.clip.id, FeatureKind.PERSON)
        if self._boxes is None and path.is_file():
            with self._store.open(self._task.clip.id, FeatureKind.PERSON) as file:
                self._boxes = np.asarray(file.read("box_xyxy_px", 2), dtype=np.float32)
        return self._boxes

    def _keep(self, kind: FeatureKind, arrays: Mapping[str, npt.NDArray[Any] | RowBlocks]) -> None:
        producer = self._task.producers[kind]
        path = self._store.write(self._task.clip.id, kind, arrays, producer)
        self._outcome.features.append((kind, producer, path))
