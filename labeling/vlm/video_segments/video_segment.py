"""The video segment that a model is shown: one stretch of a clip at a frame rate, size and in a form that it can see.

It holds as many pictures as a server takes that samples the stretch at that rate. Memory does not grow with its length:
pictures are decoded, cropped or drawn, and given out one by one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import FeatureError, LabelingError
from core.feature_store import FeatureStore
from core.media.excerpt import SoundStretch, frames_shown_at, write_excerpt
from core.media.timebase import TIME_TOLERANCE_S, format_time
from core.media.video import VideoInfo, probe_video
from core.pose.keypoints import KeypointTrack, body_scale
from core.pose.skeleton import (
    FACE,
    LEFT_EAR,
    LEFT_EYE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NECK,
    NOSE,
    RIGHT_EAR,
    RIGHT_EYE,
    RIGHT_HAND,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from core.types.clips import Clip
from core.types.features import FeatureKind
from core.workspace import Workspace
from labeling.perception.person.box_track import CUT_SIZES
from labeling.protocols import Picture
from labeling.vlm.video_segments.cutting import Segment
from labeling.vlm.video_segments.skeleton_picture import Window, certainty_of, draw_skeleton

PORTRAIT_MARGIN = 0.25
"""Share of the person's box that a portrait adds on each side."""

_USUAL_SIZE = (
    0.9  # the quantile of the boxes' sizes that a portrait is made for: a rare wide gesture may leave the picture
)

# Long enough that nodding and swaying are seen as movements of the head and not of the background.
_STEADY_S = 1.5
_SKELETON_MARGIN = 0.12
_USUAL_REACH = 0.97
_CUT_SHOULDERS = 2.0  # a neck or nose that moves so far from one picture to the next has not moved: the camera has cut
_REACH_SHOULDERS = 3.0  # an outstretched arm is about two shoulder widths long; a point farther away is not hers
_BARS = (24, 24, 24)

# Hips and legs are hardly ever in the picture of an interview, and an elbow near its edge is mostly guessed.
_FRAMED_BODY = (
    NECK,
    NOSE,
    RIGHT_SHOULDER,
    LEFT_SHOULDER,
    RIGHT_WRIST,
    LEFT_WRIST,
    RIGHT_EYE,
    LEFT_EYE,
    RIGHT_EAR,
    LEFT_EAR,
)
_FRAMED_JOINTS = np.array([*_FRAMED_BODY, *range(FACE.start, RIGHT_HAND.stop)])

Boxes = tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]
"""time_s float64 (T,) and box_xyxy_px float32 (T, 4) in upright pixels, NaN where nobody was seen."""


class Shown(StrEnum):
    """What of the person a model sees."""

    PORTRAIT = "portrait"
    WHOLE = "whole"
    SKELETON = "skeleton"


@dataclass(frozen=True, slots=True, eq=False)
class PictureSource:
    """Where a clip's pictures come from: its video, None where there is none, and what was measured on it.

    `width_px` and `height_px` are of the upright picture, `duration_s` is the clip's.
    """

    clip_name: str
    video: Path | None
    duration_s: float
    width_px: int
    height_px: int
    boxes: Boxes | None
    keypoints: KeypointTrack | None
    has_sound: bool


def picture_source(workspace: Workspace, features: FeatureStore, clip: Clip) -> PictureSource:
    """Opens what there is of a clip: its own video, else the workspace's copy of it, boxes and key points.

    Raises VideoError where the video cannot be read, FeatureError or KeypointError where a feature file cannot be used.
    """
    video = _video_of(workspace, clip)
    info = probe_video(video) if video is not None else None
    keypoints = _keypoints_of(workspace, features, clip)
    return PictureSource(
        clip_name=clip.name,
        video=video,
        duration_s=clip.duration_s,
        width_px=clip.width_px,
        height_px=clip.height_px,
        boxes=_boxes_of(workspace, features, clip, keypoints, info),
        keypoints=keypoints,
        has_sound=info is not None and info.audio_codec is not None,
    )


@dataclass(frozen=True, slots=True)
class VideoSegment:
    """One stretch of a clip at the frame rate, size and in the form that a model is to see.

    `size_px` is the most that a side may have. Raises ValueError for a stretch without length, a rate that is not positive
    and a size below 16 px.
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
        """Of the stretch; its mp4 may be longer by less than one frame."""
        return self.span.duration_s

    @property
    def frame_count(self) -> int:
        return max(1, math.ceil(self.duration_s * self.frames_per_s - 1e-6))

    @property
    def seconds_of_sound(self) -> float:
        """0 where none will be sent: a skeleton never has sound, as a voice tells who it is."""
        sounds = self.with_sound and self.source.has_sound and self.shown is not Shown.SKELETON
        return self.duration_s if sounds else 0.0

    @property
    def picture_px(self) -> tuple[int, int]:
        """(width, height) of every picture, both even: a square of `size_px`, or a whole frame that is made no larger."""
        if self.shown is not Shown.WHOLE:
            return _even(self.size_px), _even(self.size_px)
        width, height = self.source.width_px, self.source.height_px
        scale = min(1.0, self.size_px / max(width, height))
        return _even(width * scale), _even(height * scale)

    def pictures(self) -> Iterator[tuple[float, Picture]]:
        """(clip time_s, BGR uint8 of `picture_px`) for each k: the frame shown at `start_s` + k / `frames_per_s`.

        Raises LabelingError, saying what to do, where there is no video, nobody's box or no key points to show, and VideoError
        where the video cannot be decoded.
        """
        times_s = self.span.start_s + np.arange(self.frame_count) / self.frames_per_s
        if self.shown is Shown.SKELETON:
            return _skeletons(self, times_s)
        if self.source.video is None:
            raise LabelingError(
                f"{self.source.clip_name}: there is no video to show a model; put it back where it was imported from, "
                "or show the model the skeleton."
            )
        look = _Portraits(self, times_s) if self.shown is Shown.PORTRAIT else self._fitted
        frames = frames_shown_at(self.source.video, times_s.tolist())
        return (
            (float(time_s), look(index, frame))
            for index, (time_s, frame) in enumerate(zip(times_s, frames, strict=True))
        )

    def write_mp4(self, path: Path) -> None:
        """Writes the segment as H.264 with a constant frame rate, and AAC mono where it has sound, whole or not at all.

        Raises what `pictures` raises, and VideoError where the file cannot be written or the sound not be read.
        """
        sound = None
        if self.seconds_of_sound and self.source.video is not None:
            sound = SoundStretch(self.source.video, self.span.start_s, self.span.end_s)
        frame_rate = Fraction(self.frames_per_s).limit_denominator(1_000_000)
        write_excerpt(path, (picture for _, picture in self.pictures()), frame_rate, sound=sound)

    def jpegs(self, quality: int = 80) -> Iterator[tuple[float, bytes]]:
        """(clip time_s, JPEG) of each picture; `quality` from 1 to 100. Raises what `pictures` raises."""
        return ((time_s, _jpeg(picture, quality)) for time_s, picture in self.pictures())

    def _fitted(self, _index: int, frame: Picture) -> Picture:
        return np.asarray(cv2.resize(frame, self.picture_px, interpolation=cv2.INTER_AREA), dtype=np.uint8)


class _Portraits:
    """Square crops of one size whose middle follows the person's box."""

    def __init__(self, segment: VideoSegment, times_s: npt.NDArray[np.float64]) -> None:
        source = segment.source
        self._size_px = segment.picture_px[0]
        time_s, boxes = _known_boxes(segment)
        sides = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
        usual = float(np.quantile(sides, _USUAL_SIZE))
        # Rather less room around the person than bars beside the picture.
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


def _skeletons(segment: VideoSegment, times_s: npt.NDArray[np.float64]) -> Iterator[tuple[float, Picture]]:
    track, rows = _known_points(segment, times_s)
    windows = _skeleton_windows(segment.source, track, rows, times_s)
    missing = np.zeros(track.points.shape[1:], dtype=np.float32)
    return (
        (float(time_s), draw_skeleton(track.points[row] if row >= 0 else missing, window, segment.picture_px[0]))
        for time_s, row, window in zip(times_s, rows, windows, strict=True)
    )


def _known_points(
    segment: VideoSegment, times_s: npt.NDArray[np.float64]
) -> tuple[KeypointTrack, npt.NDArray[np.int64]]:
    """The track and, for each of the times, its row, -1 before its first and after its last."""
    source, track = segment.source, segment.source.keypoints
    if track is not None and len(track.time_s):
        rows = np.searchsorted(track.time_s, times_s + TIME_TOLERANCE_S, side="right") - 1
        if track.frame_s > 0:
            rows[times_s >= track.duration_s - TIME_TOLERANCE_S] = -1
        if certainty_of(track.points[rows[rows >= 0]]).any():
            return track, rows
    raise LabelingError(
        f"{source.clip_name}: there are no key points from {_between(segment.span)}; import them or run "
        "`telltale perceive`, or show the model the video."
    )


def _skeleton_windows(
    source: PictureSource, track: KeypointTrack, rows: npt.NDArray[np.int64], times_s: npt.NDArray[np.float64]
) -> list[Window]:
    """One window a picture: of one size, steady, around head, shoulders and hands wherever they usually are."""
    points = track.points[rows]
    seen = (certainty_of(points) > 0) & (rows >= 0)[:, None]
    if seen[:, _FRAMED_JOINTS].any():
        points, seen = points[:, _FRAMED_JOINTS], seen[:, _FRAMED_JOINTS]
    xy = points[..., :2].astype(np.float64)
    shoulders_px, _measured_on = body_scale(track)
    known, anchor = _anchors(xy, seen)
    path = steady_path(times_s[known], anchor, _CUT_SHOULDERS * shoulders_px, times_s)
    away = xy - path[:, None]
    pictured = seen & ((xy >= 0) & (xy <= (source.width_px, source.height_px))).all(axis=-1)
    near = seen & (np.linalg.norm(away, axis=-1) < _REACH_SHOULDERS * shoulders_px)
    framed = pictured & near if (pictured & near).any() else seen
    anyone = framed.any(axis=1)
    low = np.where(framed[..., None], away, np.inf).min(axis=1)[anyone]
    high = np.where(framed[..., None], away, -np.inf).max(axis=1)[anyone]
    first, last = np.quantile(low, 1 - _USUAL_REACH, axis=0), np.quantile(high, _USUAL_REACH, axis=0)
    side_px = max(2.0, float((last - first).max()) * (1 + 2 * _SKELETON_MARGIN))
    corners = path + (first + last) / 2 - side_px / 2
    return [Window(float(left), float(top), side_px) for left, top in corners]


def _anchors(
    xy: npt.NDArray[np.float64], seen: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """(rows, their (rows, 2) places of one and the same joint): the one that is seen most, of equals the first.

    A mean over whatever is seen would jump whenever a hand appears.
    """
    joint = int(seen.sum(axis=0).argmax())
    rows = np.flatnonzero(seen[:, joint])
    return rows, xy[rows, joint]


def steady_path(
    time_s: npt.NDArray[np.float64],
    place_px: npt.NDArray[np.float64],
    cut_px: float,
    at_s: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """(N, 2): where something that was at `place_px` (T, 2) at `time_s` (T,) is to be looked for at the times `at_s` (N,).

    A straight line is fitted to what lies within a second and a half on either side, the middle weighing most, which at the
    ends does not lag as a mean would. A step of more than `cut_px` is a cut of the camera: nothing is averaged across it.
    """
    shot = np.cumsum(np.concatenate([[0], np.linalg.norm(np.diff(place_px, axis=0), axis=1) > cut_px]))
    row = np.maximum(np.searchsorted(time_s, at_s + TIME_TOLERANCE_S, side="right") - 1, 0)
    begins, ends = np.searchsorted(shot, shot[row], side="left"), np.searchsorted(shot, shot[row], side="right")
    first = np.minimum(np.maximum(np.searchsorted(time_s, at_s - _STEADY_S), begins), row)
    stop = np.maximum(np.minimum(np.searchsorted(time_s, at_s + _STEADY_S, side="right"), ends), row + 1)
    path = np.empty((len(at_s), 2))
    for index, here in enumerate(map(slice, first, stop)):
        weight = np.cos(np.clip((time_s[here] - at_s[index]) / _STEADY_S, -1, 1) * (math.pi / 2)) ** 2 + 1e-6
        weight /= weight.sum()
        middle_s, middle_px = weight @ time_s[here], weight @ place_px[here]
        spread = weight @ (time_s[here] - middle_s) ** 2
        px_per_s = (weight * (time_s[here] - middle_s)) @ place_px[here] / spread if spread > 0 else 0.0
        reached_s = np.clip(at_s[index], time_s[here][0], time_s[here][-1])  # never beyond what is known
        path[index] = middle_px + px_per_s * (reached_s - middle_s)
    return path


def _known_boxes(segment: VideoSegment) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """time_s (T,) and box_xyxy_px (T, 4) of the rows shown in the stretch.

    Where nobody was seen, the box before it, else the one after it.
    """
    source, span = segment.source, segment.span
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
        f"{source.clip_name}: nobody's box is known from {_between(span)}; run `telltale perceive`, or show the model "
        "whole frames."
    )


def _inside(middle: float, side: float, length: int) -> float:
    """Where a window begins that is to lie in a picture so long; around the picture where it is longer."""
    return (length - side) / 2 if side >= length else min(max(middle - side / 2, 0.0), length - side)


def _square(frame: Picture, window: Window, size_px: int) -> Picture:
    """What is in the window, with plain bars where it reaches beyond the picture on both sides."""
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
        # Whole pixels of the source would jerk when they are enlarged. A pixel's place is its middle in OpenCV.
        shift = [(0.5 - left) * scale - 0.5, (0.5 - top) * scale - 0.5]
        matrix = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
        scaled = cv2.warpAffine(frame, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if size == (size_px, size_px):
        return np.asarray(scaled, dtype=np.uint8)
    square = np.full((size_px, size_px, 3), _BARS, dtype=np.uint8)
    x, y = (size_px - size[0]) // 2, (size_px - size[1]) // 2
    square[y : y + size[1], x : x + size[0]] = scaled
    return square


def _video_of(workspace: Workspace, clip: Clip) -> Path | None:
    own = Path(clip.video_path) if clip.video_path else None
    copy = workspace.media_dir / f"{clip.id}.mp4"  # the browser's, or a rendered one: the same frames at the same times
    return next((path for path in (own, copy) if path is not None and path.is_file()), None)


def _keypoints_of(workspace: Workspace, features: FeatureStore, clip: Clip) -> KeypointTrack | None:
    if not (workspace.features_dir / features.path(clip.id, FeatureKind.KEYPOINTS)).is_file():
        return None
    with features.open(clip.id, FeatureKind.KEYPOINTS) as file:
        return KeypointTrack(points=file.read("points"), time_s=file.read("time_s"))


def _boxes_of(
    workspace: Workspace, features: FeatureStore, clip: Clip, keypoints: KeypointTrack | None, info: VideoInfo | None
) -> Boxes | None:
    if not (workspace.features_dir / features.path(clip.id, FeatureKind.PERSON)).is_file():
        return None
    with features.open(clip.id, FeatureKind.PERSON) as file:
        boxes = np.asarray(file.read("box_xyxy_px"), dtype=np.float32)
        # Older files leave the times to the key points or the video, which they follow frame by frame.
        own_s = [np.asarray(file.read("time_s"), dtype=np.float64)] if "time_s" in file.shapes else []
    others_s = [each.time_s for each in (keypoints, info) if each is not None]
    time_s = next((each for each in own_s or others_s if len(each) == len(boxes)), None)
    if time_s is None:
        raise FeatureError(
            f"{clip.name}: nobody knows when its {len(boxes)} person boxes are; run `telltale perceive`."
        )
    return time_s, boxes


def _jpeg(picture: Picture, quality: int) -> bytes:
    encoded, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not encoded:
        raise LabelingError(f"A picture of {picture.shape[1]} × {picture.shape[0]} cannot be encoded as JPEG.")
    return data.tobytes()


def _even(length: float) -> int:
    return max(2, round(length) // 2 * 2)


def _between(span: Segment) -> str:
    return f"{format_time(span.start_s)} to {format_time(span.end_s)}"
