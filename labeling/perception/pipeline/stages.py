"""The stages of the pipeline: detect, locate, describe, pose; if boxes are known, place replaces the first two.

`Shot` is a decoded frame, `Window` a range of frames whose boxes are determined. A picture is released as soon as
no stage needs it.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from labeling.interfaces import FrameDetections, ImageEncoder, KeypointEstimator, PersonDetector, Picture
from labeling.perception.person.box_track import SUPPORT_S, smooth_boxes
from labeling.perception.person.detections import DetectionLog
from labeling.perception.person.interviewee import choose, raw_boxes
from labeling.perception.person.tracking import PersonTracker
from labeling.perception.pipeline.plan import ClipVideo, FramePlan, Place

_DETECT_BYTES = 64 * 2**20  # of pictures that wait until a batch is full


@dataclass(frozen=True, slots=True)
class Shot:
    """One decoded frame; `detections` is None if the detector did not run on it."""

    frame: int
    picture: Picture
    detections: FrameDetections | None = None

    @property
    def nbytes(self) -> int:
        return self.picture.nbytes


@dataclass(slots=True)
class Window:
    """Frames `start` to `stop` (exclusive): their detections, and the results for the wanted ones.

    `rows` goes to disk: image_frame (R,), image_box (R, 4), image_features (R, D), and the same for pose.
    """

    start: int
    stop: int
    detections: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    rows: dict[str, npt.NDArray[Any]] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        pictures = (picture for place in self.places for picture in (place.portrait, place.picture))
        return sum(picture.nbytes for picture in pictures if picture is not None)


class Detect:
    """Detects people in every n-th frame, in batches."""

    def __init__(self, detector: PersonDetector, plan: FramePlan) -> None:
        self._detector = detector
        self._plan = plan
        self._waiting: list[Shot] = []
        self._waiting_bytes = 0
        self._to_look_at = 0

    def feed(self, shot: Shot) -> Iterable[Shot]:
        self._waiting.append(shot)
        self._waiting_bytes += shot.nbytes
        self._to_look_at += self._plan.is_looked_at(shot.frame)
        if self._to_look_at < self._plan.person_batch and self._waiting_bytes < _DETECT_BYTES:
            return ()
        return self.finish()

    def finish(self) -> Iterable[Shot]:
        shots, self._waiting, self._waiting_bytes, self._to_look_at = self._waiting, [], 0, 0
        looked = [shot for shot in shots if self._plan.is_looked_at(shot.frame)]
        if not looked:
            return shots
        found = self._detector.detect([shot.picture for shot in looked])
        by_frame = dict(zip((shot.frame for shot in looked), found, strict=True))
        return [Shot(shot.frame, shot.picture, by_frame.get(shot.frame)) for shot in shots]


class Locate:
    """Links detections into tracks, and determines the interviewee's boxes once enough later frames are known.

    The interviewee is chosen from the video so far; if the whole video leads to another choice, the frames concerned are
    processed again at the end.
    """

    def __init__(
        self, video: ClipVideo, plan: FramePlan, log: DetectionLog, tracker: PersonTracker, start: int
    ) -> None:
        self._video = video
        self._plan = plan
        self._log = log
        self._tracker = tracker
        self._start = start
        self._held: deque[Shot] = deque()
        self._recent: list[tuple[int, FrameDetections]] = []
        self._support = math.ceil(SUPPORT_S * video.frames_per_second) + 1

    def feed(self, shot: Shot) -> Iterator[Window]:
        if shot.detections is not None:
            self._log.add(shot.frame, shot.detections, self._tracker.update(shot.detections, shot.picture.shape[:2]))
            self._recent.append((shot.frame, shot.detections))
        if self._plan.wants_image[shot.frame] or self._plan.wants_pose[shot.frame]:
            self._held.append(shot)
        stop = self._start + self._plan.window_frames
        if shot.frame >= stop + self._support:
            yield self._settle(stop)

    def finish(self) -> Iterator[Window]:
        frame_count = len(self._video.time_s)
        while self._start < frame_count:
            yield self._settle(min(self._start + self._plan.window_frames, frame_count))

    def _settle(self, stop: int) -> Window:
        video, start = self._video, self._start
        first, end = max(0, start - self._support), min(len(video.time_s), stop + self._support)
        tracks = choose(self._log, video.time_s, video.size_px, video.keypoints, video.picked)
        raw = raw_boxes(self._log, tracks, first, end)
        boxes = smooth_boxes(raw, video.frames_per_second, video.size_px)[start - first : stop - first]
        window = Window(start, stop, _arrays_of([each for each in self._recent if each[0] < stop]))
        while self._held and self._held[0].frame < stop:
            shot = self._held.popleft()
            if place := self._plan.place(shot.frame, boxes[shot.frame - start], shot.picture):
                window.places.append(place)
        self._recent = [each for each in self._recent if each[0] >= stop]
        self._start = stop
        return window


class PlaceInBoxes:
    """Crops the wanted frames to boxes that are already known."""

    def __init__(self, plan: FramePlan, boxes_xyxy_px: npt.NDArray[np.float32]) -> None:
        self._plan = plan
        self._boxes = boxes_xyxy_px
        self._places: list[Place] = []

    def feed(self, shot: Shot) -> Iterator[Window]:
        if place := self._plan.place(shot.frame, self._boxes[shot.frame], shot.picture):
            self._places.append(place)
        if len(self._places) >= self._plan.image_batch:
            yield from self.finish()

    def finish(self) -> Iterator[Window]:
        if self._places:
            places, self._places = self._places, []
            yield Window(places[0].frame, places[-1].frame + 1, places=places)


class Describe:
    """Turns the portraits of a window into features, in batches."""

    def __init__(self, encoder: ImageEncoder, plan: FramePlan) -> None:
        self._encoder = encoder
        self._plan = plan

    def feed(self, window: Window) -> Iterable[Window]:
        places = [place for place in window.places if place.portrait is not None]
        features = []
        for start in range(0, len(places), self._plan.image_batch):
            batch = [place.portrait for place in places[start : start + self._plan.image_batch]]
            features.append(self._encoder.encode(np.stack([each for each in batch if each is not None])))
        if features:
            window.rows["image_frame"] = np.array([place.frame for place in places], dtype=np.int32)
            window.rows["image_box"] = np.stack([place.box_xyxy_px for place in places])
            window.rows["image_features"] = np.concatenate(features)
        for place in places:
            place.portrait = None
        return (window,)

    def finish(self) -> Iterable[Window]:
        return ()


class Pose:
    """Estimates the key points of a window's frames."""

    def __init__(self, estimator: KeypointEstimator) -> None:
        self._estimator = estimator

    def feed(self, window: Window) -> Iterable[Window]:
        points = []
        places = [place for place in window.places if place.picture is not None]
        for place in places:
            if place.picture is not None:
                points.append(self._estimator.estimate(place.picture, place.box_xyxy_px))
                place.picture = None
        if points:
            window.rows["pose_frame"] = np.array([place.frame for place in places], dtype=np.int32)
            window.rows["pose_box"] = np.stack([place.box_xyxy_px for place in places])
            window.rows["pose_points"] = np.stack(points)
        return (window,)

    def finish(self) -> Iterable[Window]:
        return ()


def _arrays_of(recent: list[tuple[int, FrameDetections]]) -> dict[str, npt.NDArray[Any]]:
    counts = [len(detections.confidence) for _frame, detections in recent]
    return {
        "detection_frame": np.repeat(np.array([frame for frame, _found in recent], dtype=np.int32), counts),
        "detection_box": np.concatenate(
            [np.zeros((0, 4), np.float32), *(found.box_xyxy_px for _frame, found in recent)]
        ),
        "detection_confidence": np.concatenate(
            [np.zeros(0, np.float32), *(found.confidence for _frame, found in recent)]
        ),
    }
