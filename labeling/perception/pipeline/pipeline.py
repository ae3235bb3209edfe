"""Extracts person boxes, image features and key points from a video, decoded once, with stages in parallel.

    decode -> detect -> locate -> describe -> pose -> chunks on disk

Boxes are determined window by window while the video is decoded, so that portraits can be cropped from the pictures in memory.
At the end, the interviewee is chosen from the whole video; only frames whose box has changed by that (for example because a
bystander came first) are processed again. Memory does not grow with the video: results go to disk in chunks, and into the
feature file row by row.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import FeatureError, VideoError
from core.feature_store import RowBlocks
from core.media.video import decode_frames
from core.progress import Progress
from core.settings.perception import PerceptionSettings
from labeling.perception.person.box_track import smooth_boxes
from labeling.perception.person.detections import DetectionLog
from labeling.perception.person.interviewee import choose, raw_boxes
from labeling.perception.person.tracking import PersonTracker
from labeling.perception.pipeline.chunks import ChunkStore
from labeling.perception.pipeline.executor import Stage, run_side_by_side
from labeling.perception.pipeline.plan import Backends, ClipVideo, FramePlan, plan_frames
from labeling.perception.pipeline.rows import VideoRows
from labeling.perception.pipeline.stages import Describe, Detect, Locate, PlaceInBoxes, Pose, Shot, Window

_CHUNK_S = 5.0  # seconds of work (not of video) that are lost at most if the process is killed
_STRETCH_S = 2.0  # shorter gaps between wanted frames are decoded instead of skipped by a seek
_DETECTING_SHARE = 0.95  # share of the progress, if boxes must be detected first
_TIME_TOLERANCE_S = 1e-3


@dataclass(frozen=True, slots=True)
class VideoFeatures:
    """Arrays of the PERSON, IMAGE and KEYPOINTS files of a video; None for files that are not wanted.

    `described_again`: number of frames that were processed again because their box changed at the end.
    """

    person: dict[str, npt.NDArray[Any]]
    image: dict[str, npt.NDArray[Any] | RowBlocks] | None
    keypoints: dict[str, npt.NDArray[Any] | RowBlocks] | None
    described_again: int


def extract_from_video(
    video: ClipVideo,
    backends: Backends,
    settings: PerceptionSettings,
    chunks: ChunkStore,
    progress: Progress,
    *,
    chunk_s: float = _CHUNK_S,
) -> VideoFeatures:
    """Runs the backends on the video, resuming after the last chunk of an interrupted run.

    `chunk_s`: seconds of work between two chunks. Raises VideoError if the video cannot be read, WeightsError if a model
    cannot be used, JobCancelledError on cancellation; the chunks are then kept.
    """
    plan = plan_frames(video, backends, settings)
    return _PipelineRun(video, backends, settings, plan, VideoRows(chunks), progress, chunk_s).run()


@dataclass(frozen=True, slots=True)
class _PipelineRun:
    video: ClipVideo
    backends: Backends
    settings: PerceptionSettings
    plan: FramePlan
    rows: VideoRows
    progress: Progress
    chunk_s: float

    def run(self) -> VideoFeatures:
        video, rows = self.video, self.rows
        rows.begin()
        log, tracks = video.detections, np.zeros(0, dtype=np.int32)
        if video.boxes_xyxy_px is not None:
            boxes = video.boxes_xyxy_px
        else:
            log = log if log is not None else self._detect()
            tracks = np.array(choose(log, video.time_s, video.size_px, video.keypoints, video.picked), dtype=np.int32)
            raw = raw_boxes(log, tuple(tracks.tolist()), 0, len(video.time_s))
            boxes = smooth_boxes(raw, video.frames_per_second, video.size_px)
        again = self._describe_the_rest(boxes)
        person: dict[str, npt.NDArray[Any]] = {"box_xyxy_px": boxes, "time_s": video.time_s}
        if log is not None:
            person |= {**log.arrays(), "interviewee_tracks": tracks}
        # An interrupted run may have left rows of a kind that is not wanted now, in boxes that happen to be the same.
        features = rows.sparse("image", "features", boxes) if self.backends.encoder is not None else None
        points = rows.dense("pose", "points", boxes) if self.backends.estimator is not None else None
        described_s = video.time_s[rows.frames("image", boxes)]
        return VideoFeatures(
            person=person,
            image=None if features is None else {"features": features, "time_s": described_s},
            keypoints=None if points is None else {"points": points, "time_s": video.time_s},
            described_again=again,
        )

    def _detect(self) -> DetectionLog:
        """The first pass: detects people, and processes each window as soon as its boxes are determined."""
        video, detector, every = self.video, self.backends.detector, self.plan.person_every
        if detector is None:
            raise FeatureError(f"{video.name}: its boxes are not known and there is no detector to find them.")
        log, tracker = DetectionLog(), PersonTracker(self.settings.tracker, video.frames_per_second / every)
        for frame, found in self.rows.detections(every):
            log.add(frame, found, tracker.update(found, (video.height_px, video.width_px)))
        start = self.rows.covered
        wanted = self.plan.needed
        wanted[::every] = True
        wanted[:start] = False
        if wanted.any():
            detector.load()
        stages: list[Stage] = [
            Detect(detector, self.plan),
            Locate(video, self.plan, log, tracker, start),
        ]
        for window in self._work(stages, wanted, covers=True):
            self.progress.report(_DETECTING_SHARE * window.stop / len(wanted), video.name)
        return log

    def _describe_the_rest(self, boxes: npt.NDArray[np.float32]) -> int:
        """Processes frames that no chunk holds with this box; returns how many of them were processed with another box."""
        plan = self.plan
        there = np.asarray(np.isfinite(boxes).all(axis=1))
        image, pose = plan.wants_image & there, plan.wants_pose & there
        image[self.rows.frames("image", boxes)] = False
        pose[self.rows.frames("pose", boxes)] = False
        missing = image | pose
        before = self.rows.described("image", len(there)) | self.rows.described("pose", len(there))
        begins = 0.0 if self.video.boxes_xyxy_px is not None else _DETECTING_SHARE
        done, total = 0, int(missing.sum())
        stages: list[Stage] = [PlaceInBoxes(plan.only(image, pose), boxes)]
        for window in self._work(stages, missing, covers=False):
            done += len(window.places)
            self.progress.report(begins + (1 - begins) * done / total, self.video.name)
        return int((missing & before).sum())

    def _work(self, stages: list[Stage], wanted: npt.NDArray[np.bool_], *, covers: bool) -> Iterator[Window]:
        """Runs `stages`, then image and key-point stages, on the wanted frames; writes a chunk regularly and at the end."""
        if not wanted.any():
            return
        # All models are loaded before the first thread starts: loading one may change PyTorch's settings for all threads.
        if self.backends.encoder is not None:
            self.backends.encoder.load()
            stages = [*stages, Describe(self.backends.encoder, self.plan)]
        if self.backends.estimator is not None:
            self.backends.estimator.load()
            self.backends.estimator.begin(self.video.name)
            stages = [*stages, Pose(self.backends.estimator)]
        pending: list[Window] = []
        written_at = time.monotonic()
        shots = decoded_shots(self.video, wanted)
        try:
            # Up to four queues may be full at a time.
            with closing(
                run_side_by_side(shots, stages, queue_bytes=self.settings.frame_memory_mib * 2**20 // 4)
            ) as windows:
                for window in windows:
                    pending.append(window)
                    if time.monotonic() - written_at >= self.chunk_s:
                        self.rows.append(pending, covers=covers)
                        pending, written_at = [], time.monotonic()
                    yield window
                    self.progress.raise_if_cancelled()
        finally:
            if pending:
                self.rows.append(pending, covers=covers)


def decoded_shots(video: ClipVideo, wanted: npt.NDArray[np.bool_]) -> Iterator[Shot]:
    """Yields the `wanted` (T,) frames, in order. Frames between them are decoded without conversion, or skipped by a seek.

    Raises VideoError if the video's frames are not at `video.time_s`.
    """
    frames = np.flatnonzero(wanted)
    apart = np.flatnonzero(np.diff(video.time_s[frames]) > _STRETCH_S) + 1
    for stretch in np.split(frames, apart):
        first, last = int(stretch[0]), int(stretch[-1])
        every = int(np.gcd.reduce(np.diff(stretch))) if len(stretch) > 1 else 1
        end_s = float(video.time_s[last + 1]) if last + 1 < len(video.time_s) else None
        frame = first
        for time_s, picture in decode_frames(video.path, start_s=float(video.time_s[first]), end_s=end_s, every=every):
            if frame > last or abs(video.time_s[frame] - time_s) > _TIME_TOLERANCE_S:
                raise VideoError(f"{video.path.name} has other frames than when it was imported ({time_s:.3f} s).")
            if wanted[frame]:
                yield Shot(frame, picture)
            frame += every
