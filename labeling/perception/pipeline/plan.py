"""The video of a clip, the backends to run on it, and the frames that each backend needs."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.media.video import square_crop
from core.pose.keypoints import KeypointTrack
from core.settings.perception import PerceptionSettings
from core.types.interviewee import PersonPoint
from labeling.interfaces import ImageEncoder, KeypointEstimator, PersonDetector, Picture
from labeling.perception.person.detections import DetectionLog

_WINDOW_S = 2.0


@dataclass(frozen=True)
class ClipVideo:
    """The video of a clip. `time_s` (T,): frame times of the file `path`; `name` is used in messages.

    `keypoints`: imported ones, which help to choose the interviewee. `picked`: the user's pick, if any.
    `boxes_xyxy_px` (T, 4) or `detections`: known ones, so that no detector has to run.
    """

    name: str
    path: Path
    time_s: npt.NDArray[np.float64]
    width_px: int
    height_px: int
    keypoints: KeypointTrack | None = None
    picked: PersonPoint | None = None
    boxes_xyxy_px: npt.NDArray[np.float32] | None = None
    detections: DetectionLog | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        return self.width_px, self.height_px

    @property
    def frames_per_second(self) -> float:
        """Mean frame rate; 25 for a single frame, for which it has no effect."""
        if len(self.time_s) < 2:
            return 25.0
        return float((len(self.time_s) - 1) / (self.time_s[-1] - self.time_s[0]))


@dataclass(frozen=True, slots=True)
class Backends:
    """The backends to run; None for what is not wanted. Without a detector the boxes must be known."""

    detector: PersonDetector | None
    encoder: ImageEncoder | None
    estimator: KeypointEstimator | None


@dataclass(slots=True)
class Place:
    """A frame with its final box (4,), and the portrait or picture if they are needed."""

    frame: int
    box_xyxy_px: npt.NDArray[np.float32]
    portrait: Picture | None
    picture: Picture | None


@dataclass(frozen=True)
class FramePlan:
    """`wants_image`, `wants_pose` (T,): frames that need image features and key points; counts are in frames."""

    wants_image: npt.NDArray[np.bool_]
    wants_pose: npt.NDArray[np.bool_]
    person_every: int
    person_batch: int
    image_batch: int
    window_frames: int
    portrait_px: int
    margin: float

    def is_looked_at(self, frame: int) -> bool:
        """Whether the detector runs on this frame."""
        return frame % self.person_every == 0

    @property
    def needed(self) -> npt.NDArray[np.bool_]:
        """(T,): frames whose picture is needed once the boxes are known."""
        return self.wants_image | self.wants_pose

    def only(self, wants_image: npt.NDArray[np.bool_], wants_pose: npt.NDArray[np.bool_]) -> "FramePlan":
        """The same plan for other frames."""
        return replace(self, wants_image=wants_image, wants_pose=wants_pose)

    def place(self, frame: int, box_xyxy_px: npt.NDArray[np.float32], picture: Picture) -> Place | None:
        """Crops what is needed of a frame; None if nothing is needed or the box is NaN."""
        if not np.isfinite(box_xyxy_px).all() or not (self.wants_image[frame] or self.wants_pose[frame]):
            return None
        portrait = portrait_of(picture, box_xyxy_px, self.margin, self.portrait_px) if self.wants_image[frame] else None
        return Place(frame, box_xyxy_px.astype(np.float32), portrait, picture if self.wants_pose[frame] else None)


def plan_frames(video: ClipVideo, backends: Backends, settings: PerceptionSettings) -> FramePlan:
    """Plans the frames: one every `image_every_s` seconds for image features, every frame for key points."""
    frame_count = len(video.time_s)
    image = np.zeros(frame_count, dtype=bool)
    step = 1
    if backends.encoder is not None:
        wanted, step = frames_each(video.time_s, settings.image_every_s)
        image[wanted] = True
    batch = settings.image_batch * step  # frames that fill one batch of the image model
    return FramePlan(
        wants_image=image,
        wants_pose=np.full(frame_count, backends.estimator is not None),
        person_every=settings.person_every,
        person_batch=settings.person_batch,
        image_batch=settings.image_batch,
        window_frames=math.ceil(_WINDOW_S * video.frames_per_second / batch) * batch,  # a whole number of batches
        portrait_px=backends.encoder.portrait_px if backends.encoder is not None else 0,
        margin=settings.crop_margin,
    )


def frames_each(time_s: npt.NDArray[np.float64], every_s: float) -> tuple[npt.NDArray[np.intp], int]:
    """Indices of one frame every `every_s` seconds, and their step in frames.

    At a constant rate it is every n-th frame, with step n; at a variable rate, each is the first frame at or after its
    time.
    """
    gaps_s = np.diff(time_s) if len(time_s) > 1 else np.array([every_s])
    frame_s = float(np.median(gaps_s))
    step = max(1, round(every_s / frame_s))
    if float(np.ptp(gaps_s)) < frame_s / 20:
        return np.arange(0, len(time_s), step), step
    due_s = np.arange(0.0, float(time_s[-1]) + frame_s / 2, every_s)
    wanted = np.unique(np.searchsorted(time_s, due_s - frame_s / 2))
    return wanted[wanted < len(time_s)], step


def portrait_of(frame_bgr: Picture, box_xyxy_px: npt.NDArray[np.float32], margin: float, portrait_px: int) -> Picture:
    """(portrait_px, portrait_px, 3): the square around the box, with `margin` times its side added on each side.

    Outside the picture, edge pixels repeat. Large squares are reduced by area averaging, small ones enlarged by interpolation.
    """
    square = square_crop(frame_bgr, box_xyxy_px, margin)
    how = cv2.INTER_AREA if square.shape[0] >= portrait_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (portrait_px, portrait_px), interpolation=how), dtype=np.uint8)
