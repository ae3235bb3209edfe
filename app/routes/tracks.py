"""Key points, frame times, confidence and person boxes of a clip, as little-endian binary.

A chunk of key points is a header of 32 bytes and then uint16 (frames, 137, 3):

    0   4 bytes   "TTKP"
    4   uint16    version, 1
    6   uint16    joints, 137
    8   uint32    first frame of the chunk
    12  uint32    frames in the chunk
    16  float32   x offset, px       20  float32  x scale, px a step
    24  float32   y offset, px       28  float32  y scale, px a step

x in px = offset + value * scale, likewise y; confidence = value / 65535, and 0 means missing. Positions may lie up to one
picture size outside the frame; a step is about 1/20 px at 1280 px width.
"""

import struct
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from starlette.requests import Request
from starlette.responses import Response

from app.routes.guard import RouteContext, clip_in_address, number_in_address, private
from app.routes.media import video_file
from core.errors import FeatureError, NotFoundError
from core.feature_store import FeatureStore
from core.pose.skeleton import JOINT_COUNT, STREAMS
from core.types.clips import Clip
from core.types.decisions import Reviewer
from core.types.features import FeatureKind
from db import clips

CHUNK_BYTES = 256 * 1024
_HEADER = struct.Struct("<4sHHIIffff")
CHUNK_FRAMES = (CHUNK_BYTES - _HEADER.size) // (JOINT_COUNT * 3 * 2)
CONFIDENCE_BINS = 600
_STEPS = 65535
_ROWS_AT_ONCE = 4096
_PERSON_EVERY_S = 0.25
_PERSON_SMOOTHING_S = 1.0
_UPPER_BODY = (0, 1, 2, 3, 4, 5, 6, 7, 15, 16, 17, 18)  # the legs of a seated person are outside the picture


def times(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """float64 (T,): when each frame is shown, in seconds from the first."""
    found = _clip(context, request)
    return _binary(frame_times_s(context, found).astype("<f8"))


def keypoints(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """One chunk of key points in the format of the module's docstring."""
    clip = _clip(context, request)
    first = number_in_address(request, "chunk", "chunk of key points") * CHUNK_FRAMES
    with context.features.open(clip.id, FeatureKind.KEYPOINTS) as file:
        frames = file.length("points", 3)
        if first >= frames:
            raise NotFoundError(f"The key points of {clip.name} end before frame {first}.")
        points = file.rows("points", first, min(first + CHUNK_FRAMES, frames))
    return _binary(encode_chunk(points, first, clip.width_px, clip.height_px))


def encode_chunk(points: npt.NDArray[np.float32], first_frame: int, width_px: int, height_px: int) -> bytes:
    """(frames, 137, 3) to the binary format of the module's docstring."""
    offsets = np.array([-width_px, -height_px], dtype=np.float32)
    scales = np.array([3 * width_px / _STEPS, 3 * height_px / _STEPS], dtype=np.float32)
    present = points[..., 2] > 0
    steps = np.zeros(points.shape, dtype="<u2")
    steps[..., :2] = np.clip(np.rint((points[..., :2] - offsets) / scales), 0, _STEPS)
    steps[..., 2] = np.clip(np.rint(points[..., 2] * _STEPS), 1, _STEPS)
    steps[~present] = 0
    header = _HEADER.pack(
        b"TTKP", 1, JOINT_COUNT, first_frame, len(points), offsets[0], scales[0], offsets[1], scales[1]
    )
    return header + steps.tobytes()


def confidence(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """float32 (bins, 3): mean confidence of upper body, face and hands in equal parts of the clip's duration."""
    clip = _clip(context, request)
    path = _keypoints_path(context, clip)
    changed_ns = path.stat().st_mtime_ns if path.is_file() else 0
    return _binary(_binned_confidence(context.features, clip.id, changed_ns, clip.duration_s).astype("<f4"))


def person(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """float32 (rows, 5): time in s, x0, y0, x1, y1 in px, smoothed over 1 s, every 0.25 s; NaN where nobody was
    found.
    """
    clip = _clip(context, request)
    with context.features.open(clip.id, FeatureKind.PERSON) as file:
        boxes = file.read("box_xyxy_px", 2)
        time_s = file.read("time_s", 1) if "time_s" in file.shapes else frame_times_s(context, clip)
    if len(time_s) != len(boxes):
        raise FeatureError(f"The person boxes of {clip.name} are of {len(boxes)} frames, the clip has {len(time_s)}.")
    return _binary(smooth_boxes(boxes, time_s).astype("<f4"))


def smooth_boxes(boxes: npt.NDArray[np.float32], time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(T, 4) boxes to (rows, 5): each row is the mean of the boxes within half a second of its time."""
    moments = np.arange(0.0, float(time_s[-1]) + _PERSON_EVERY_S, _PERSON_EVERY_S)
    found = np.asarray(np.isfinite(boxes).all(axis=1))
    sums = np.vstack([np.zeros(4), np.cumsum(np.where(found[:, None], boxes, 0.0), axis=0, dtype=np.float64)])
    counts = np.concatenate([[0], np.cumsum(found)])
    start = np.searchsorted(time_s, moments - _PERSON_SMOOTHING_S / 2)
    stop = np.searchsorted(time_s, moments + _PERSON_SMOOTHING_S / 2)
    number = (counts[stop] - counts[start]).astype(np.float64)
    number[number == 0] = np.nan
    return np.column_stack([moments, (sums[stop] - sums[start]) / number[:, None]])


def frame_times_s(context: RouteContext, clip: Clip) -> npt.NDArray[np.float64]:
    """(T,): the times of the key-point frames, which are those of the video; else of the video itself."""
    path = _keypoints_path(context, clip)
    if path.is_file():
        with context.features.open(clip.id, FeatureKind.KEYPOINTS) as file:
            return file.read("time_s", 1)
    video = video_file(context.workspace, clip)
    if video is None:
        raise NotFoundError(f"{clip.name} has neither key points nor a video that can be found.")
    return _video_times_s(video, video.stat().st_mtime_ns)


def keypoint_frames(context: RouteContext, clip: Clip) -> int:
    """Number of key-point frames of a clip; 0 where it has none."""
    path = _keypoints_path(context, clip)
    if not path.is_file():
        return 0
    with context.features.open(clip.id, FeatureKind.KEYPOINTS) as file:
        return file.length("points", 3)


@lru_cache(maxsize=64)
def _video_times_s(path: Path, changed_ns: int) -> npt.NDArray[np.float64]:  # noqa: ARG001  # part of the key
    from core.media.apart import probe_apart  # imports PyAV and OpenCV, which are rarely needed here

    return probe_apart(path).time_s


@lru_cache(maxsize=256)
def _binned_confidence(
    store: FeatureStore,
    clip_id: int,
    changed_ns: int,  # noqa: ARG001  # part of the key
    duration_s: float,
) -> npt.NDArray[np.float64]:
    with store.open(clip_id, FeatureKind.KEYPOINTS) as file:
        time_s = file.read("time_s", 1)
        frames = file.length("points", 3)
        if len(time_s) != frames:
            raise FeatureError(f"The key points of clip {clip_id} have {frames} frames and {len(time_s)} times.")
        bins = min(CONFIDENCE_BINS, frames)
        bin_of = np.minimum((time_s / max(duration_s, 1e-9) * bins + 1e-6).astype(int), bins - 1)
        sums, counts = np.zeros((bins, 3)), np.bincount(bin_of, minlength=bins)
        for start in range(0, frames, _ROWS_AT_ONCE):
            certain = file.rows("points", start, min(start + _ROWS_AT_ONCE, frames))[..., 2]
            streams = (_UPPER_BODY, STREAMS["face"], STREAMS["hands"])
            means = np.stack([certain[:, list(joints)].mean(axis=1) for joints in streams], axis=1)
            np.add.at(sums, bin_of[start : start + _ROWS_AT_ONCE], means)
    # A bin without a new frame repeats the one before.
    shown = np.maximum.accumulate(np.where(counts > 0, np.arange(bins), 0))
    return np.asarray((sums / np.maximum(counts, 1)[:, None])[shown])


def _keypoints_path(context: RouteContext, clip: Clip) -> Path:
    return context.workspace.features_dir / context.features.path(clip.id, FeatureKind.KEYPOINTS)


def _clip(context: RouteContext, request: Request) -> Clip:
    with context.database.read() as connection:
        return clips.get(connection, clip_in_address(request))


def _binary(values: npt.NDArray[np.generic] | bytes) -> Response:
    contents = values if isinstance(values, bytes) else values.tobytes()
    # Prevents compression, which takes long and saves little on this data.
    headers = {"Content-Encoding": "identity"}
    return private(Response(contents, media_type="application/octet-stream", headers=headers))
