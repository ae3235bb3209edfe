"""Videos by their container's timestamps: probing, decoding, writing.

Frames come out upright (the display matrix applied) as (H, W, 3) BGR uint8 with their time in seconds from the first frame.
Every reading error is a VideoError of one sentence that names the file.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.logging
import cv2
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.stream import VideoStream

from core.errors import FrameNotFoundError, VideoError
from core.features import sync_and_rename
from core.timebase import TOLERANCE_S, frame_at, frame_durations_s

Image = npt.NDArray[np.uint8]

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi"})

av.logging.set_level(None)  # what libav has to say reaches people as VideoError, not on standard error


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video is, read from its packets.

    `width_px` and `height_px` are those of the upright frame; `rotation_deg` is the counter-clockwise turn that makes it so.
    `time_s` is (T,) presentation times with the first frame at 0; `starts_at_s` is where the container had it.
    `longest_gop_frames` is the greatest number of frames between two key frames: what a seek may have to decode.
    """

    path: Path
    width_px: int
    height_px: int
    rotation_deg: int
    frame_count: int
    frame_rate: Fraction
    duration_s: float
    time_s: npt.NDArray[np.float64]
    starts_at_s: float
    codec: str
    pixel_format: str
    variable_frame_rate: bool
    longest_gop_frames: int


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first video stream; libav's errors become VideoError."""
    if not path.is_file():
        raise VideoError(f"{path} is not a file.")
    if path.stat().st_size == 0:
        raise VideoError(f"{path} is empty.")
    try:
        with av.open(path) as container:
            if not container.streams.video:
                raise VideoError(f"{path} has no video stream.")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            yield container, stream
    except av.FFmpegError as error:
        raise VideoError(f"{path} cannot be read as a video: {error.strerror or error}.") from error


def probe_video(path: Path) -> VideoInfo:
    """Reads every packet's timestamp and decodes one frame.

    Raises VideoError where the file is no video, has no video stream, no frames, no timestamps, or was cut short.
    """
    ticks: list[int] = []
    key_ticks: list[int] = []
    with open_video(path) as (container, stream):
        time_base = stream.time_base
        for packet in container.demux(stream):
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.pts is None:
                raise VideoError(f"{path} has frames without timestamps.")
            ticks.append(packet.pts)
            if packet.is_keyframe:
                key_ticks.append(packet.pts)
        promised_frames, promised_s = stream.frames, _promised_duration_s(container, stream)
        codec = stream.codec_context.name
    if not ticks or time_base is None:
        raise VideoError(f"{path} has no frames.")
    ordered = np.unique(np.array(ticks, dtype=np.int64))
    time_s = (ordered - ordered[0]) * float(time_base)
    duration_s = float(time_s[-1] + frame_durations_s(time_s)[-1])
    if promised_frames > len(ticks):
        raise VideoError(f"{path} is cut short: it promises {promised_frames} frames and holds {len(ticks)}.")
    if promised_s is not None and duration_s < 0.9 * promised_s - 1:
        raise VideoError(f"{path} is cut short: it promises {promised_s:.1f} s and holds {duration_s:.1f} s.")
    first = _first_frame(path)
    height_px, width_px = _upright(first.to_ndarray(format="bgr24"), first.rotation).shape[:2]
    gaps = np.diff(ordered)
    return VideoInfo(
        path=path,
        width_px=width_px,
        height_px=height_px,
        rotation_deg=first.rotation,
        frame_count=len(ordered),
        frame_rate=_frame_rate(ordered, time_base),
        duration_s=duration_s,
        time_s=time_s,
        starts_at_s=float(ordered[0] * time_base),
        codec=codec,
        pixel_format=first.format.name,
        variable_frame_rate=bool(len(gaps) and gaps.max() - gaps.min() > max(2, 0.02 * float(np.median(gaps)))),
        longest_gop_frames=_longest_gop(ordered, key_ticks),
    )


def decode_frames(
    path: Path, *, start_s: float = 0.0, end_s: float | None = None, every: int = 1
) -> Iterator[tuple[float, Image]]:
    """Upright BGR frames shown at or after `start_s` and before `end_s`, each with its time; constant memory.

    `every` keeps one frame of so many, counted from the first one given out.
    """
    with open_video(path) as (container, stream):
        time_base = _time_base(stream, path)
        first_tick = _first_tick(container, stream, path)
        container.seek(first_tick + int(max(0.0, start_s) / time_base), stream=stream, backward=True)
        taken = 0
        last_tick = None
        for frame in container.decode(stream):
            if frame.pts is None or frame.pts < first_tick or frame.pts == last_tick:
                continue
            last_tick = frame.pts
            time_s = float((frame.pts - first_tick) * time_base)
            if time_s < start_s - TOLERANCE_S:
                continue
            if end_s is not None and time_s >= end_s - TOLERANCE_S:
                return
            if taken % every == 0:
                yield time_s, _upright(frame.to_ndarray(format="bgr24"), frame.rotation)
            taken += 1


def read_frame(path: Path, time_s: float) -> Image:
    """The (H, W, 3) BGR frame on screen at `time_s`; FrameNotFoundError where there is none."""
    times_s = probe_video(path).time_s
    wanted_s = float(times_s[frame_at(times_s, time_s)])
    for found_s, image in decode_frames(path, start_s=wanted_s):
        if abs(found_s - wanted_s) <= TOLERANCE_S:
            return image
        raise FrameNotFoundError(f"{path} has no frame at {wanted_s:.4f} s; the next one is at {found_s:.4f} s.")
    raise FrameNotFoundError(f"{path} ends before {wanted_s:.4f} s, though its packets promise a frame there.")


def video_digest(path: Path) -> str:
    """SHA-256 of the file, hex."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise VideoError(f"{path} cannot be read: {error.strerror}.") from error


def write_video(
    path: Path,
    frames: Iterable[Image],
    frame_rate: Fraction,
    *,
    crf: int = 24,
    preset: str = "veryfast",
    gop_frames: int = 12,
    threads: int = 1,
) -> None:
    """H.264 4:2:0 with short groups of pictures, no B-frames and the index in front; even sizes only.

    `frames` are (H, W, 3) BGR. The file appears under its name when it is whole.
    """
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        with av.open(temporary, "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream: VideoStream | None = None
            for image in frames:
                if stream is None:
                    stream = container.add_stream("libx264", rate=frame_rate)
                    stream.height, stream.width = image.shape[:2]
                    stream.pix_fmt = "yuv420p"
                    stream.codec_context.thread_count = threads
                    stream.codec_context.options = {
                        "crf": str(crf),
                        "preset": preset,
                        "g": str(gop_frames),
                        "bf": "0",
                    }
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
            if stream is None:
                raise VideoError(f"{path} was given no frames to write.")
            container.mux(stream.encode())
        sync_and_rename(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_thumbnail(
    source: Path, target: Path, at_s: float, box_xyxy_px: npt.NDArray[np.float32] | None = None, size_px: int = 192
) -> None:
    """A JPEG of the frame at `at_s`: the square around the box where one is given, else the whole frame.

    `box_xyxy_px` is (4,); `size_px` is the longer side of the picture.
    """
    image = read_frame(source, at_s)
    if box_xyxy_px is not None:
        image = square_crop(image, box_xyxy_px)
    scale = size_px / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    done, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 85])
    if not done:
        raise VideoError(f"{source}: the frame at {at_s:.2f} s cannot be written as JPEG.")
    temporary = target.with_name(f".{target.name}.part")
    temporary.write_bytes(encoded.tobytes())
    sync_and_rename(temporary, target)


def square_crop(image: Image, box_xyxy_px: npt.NDArray[np.float32], margin: float = 0.0) -> Image:
    """The square around a box, `margin` of its side added all round; what lies outside the frame repeats its edge."""
    x0, y0, x1, y1 = (float(value) for value in box_xyxy_px)
    side = max(2, round(max(x1 - x0, y1 - y0) * (1 + 2 * margin)))
    left, top = round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2)
    height, width = image.shape[:2]
    inside = image[max(0, top) : min(height, top + side), max(0, left) : min(width, left + side)]
    if inside.size == 0:
        raise VideoError(f"The box {x0:.0f}, {y0:.0f}, {x1:.0f}, {y1:.0f} lies outside the {width} × {height} frame.")
    return np.asarray(
        cv2.copyMakeBorder(
            inside,
            max(0, -top),
            max(0, top + side - height),
            max(0, -left),
            max(0, left + side - width),
            cv2.BORDER_REPLICATE,
        ),
        dtype=np.uint8,
    )


def _upright(image: Image, rotation_deg: int) -> Image:
    turns = round(rotation_deg / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def _first_frame(path: Path) -> av.VideoFrame:
    with open_video(path) as (container, stream):
        for frame in container.decode(stream):
            return frame
    raise VideoError(f"{path} has no frame that can be decoded.")


def _time_base(stream: VideoStream, path: Path) -> Fraction:
    if stream.time_base is None:
        raise VideoError(f"{path} has no clock.")
    return stream.time_base


def _first_tick(container: InputContainer, stream: VideoStream, path: Path) -> int:
    """The earliest timestamp; with B-frames it need not be the first packet's, but it is within the first group."""
    earliest: int | None = None
    for count, packet in enumerate(container.demux(stream)):
        if packet.pts is not None and packet.size and not packet.is_discard:
            earliest = packet.pts if earliest is None else min(earliest, packet.pts)
        if count > 64 and earliest is not None:
            break
    if earliest is None:
        raise VideoError(f"{path} has no frames with timestamps.")
    return earliest


def _promised_duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and not container.streams.audio:
        return container.duration / av.time_base
    return None


def _frame_rate(ticks: npt.NDArray[np.int64], time_base: Fraction) -> Fraction:
    """Average rate as a fraction with a denominator of at most 1001, which holds 25, 24000/1001 and 30000/1001 exactly."""
    if len(ticks) == 1:
        return Fraction(25)
    average = Fraction(len(ticks) - 1) / (int(ticks[-1] - ticks[0]) * time_base)
    nearest = average.limit_denominator(1001)
    for standard in (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(round(average))):
        if standard and abs(average / standard - 1) < 1e-4:
            return standard
    return nearest


def _longest_gop(ticks: npt.NDArray[np.int64], key_ticks: list[int]) -> int:
    keys = np.searchsorted(ticks, np.unique(np.array(key_ticks, dtype=np.int64)))
    return int(np.diff(np.append(keys, len(ticks))).max()) if len(keys) else len(ticks)
