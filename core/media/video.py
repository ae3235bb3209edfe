"""Reading and writing video: upright frames by their timestamps, in constant memory.

`probe_video` and `VideoInfo` of core.media.probe are re-exported here.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, count
from pathlib import Path
from typing import Any

import av
import av.container
import av.video
import cv2
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace

from core.durable_files import replacing
from core.errors import FrameNotFoundError, VideoError
from core.media.container import Decoder, Orientation, open_video, orientation_of, replacing_video
from core.media.probe import VideoInfo, probe_video
from core.media.timebase import TIME_TOLERANCE_S, format_time

__all__ = [
    "OTHER_VIDEO_SUFFIXES",
    "VIDEO_SUFFIXES",
    "VideoInfo",
    "decode_frames",
    "encode_frames",
    "frames_from_keyframe",
    "open_video",
    "probe_video",
    "read_frame",
    "square_crop",
    "upright_bgr",
    "video_digest",
    "write_thumbnail",
    "write_video",
]

VIDEO_SUFFIXES = frozenset(
    {
        *(
            ".mp4",
            ".m4v",
            ".mov",
            ".qt",
            ".mkv",
            ".webm",
            ".avi",
            ".3gp",
            ".3g2",
            ".f4v",
            ".flv",
            ".ogv",
            ".mxf",
            ".dv",
        ),
        *(".mts", ".m2ts", ".m2t", ".ts", ".mpg", ".mpeg", ".vob", ".wmv", ".asf"),
    }
)
"""Names of files in the containers that are read (core.media.container)."""
OTHER_VIDEO_SUFFIXES = frozenset(
    {".mod", ".tod", ".rm", ".rmvb", ".divx", ".braw", ".r3d", ".insv", ".360", ".crm", ".amv", ".swf", ".m3u8", ".mpd"}
)
"""Names of videos that are not read, so that somebody can be told."""

Picture = npt.NDArray[np.uint8]

# Seek targets before the wanted frame, tried in order: containers seek by decoding time, and with reordered frames the
# keyframe found may be shown after the wanted frame.
_SEEK_MARGINS_S = (0.0, 1.0, 10.0)

_VARIABLE_RATE_CLOCK = Fraction(
    1, 90_000
)  # MPEG's clock: the frame interval of every common rate is close to a whole number of ticks


def decode_frames(
    path: Path, *, start_s: float = 0.0, end_s: float | None = None, every: int = 1
) -> Iterator[tuple[float, Picture]]:
    """Yields (time_s, upright `(H, W, 3)` BGR uint8) of frames with `start_s` <= time_s < `end_s`.

    Decoding starts at the keyframe before `start_s` and holds only the decoder's own few frames. `every`: yields the first
    frame and each `every`-th after it; the others are decoded, as later ones need them, but not converted. Raises VideoError
    if the file is no video or a frame cannot be decoded, ValueError for an `every` below 1.
    """
    if every < 1:
        raise ValueError(f"every is {every}; it counts frames and begins at 1.")
    return _decode_frames(path, start_s, math.inf if end_s is None else end_s, every)


def _decode_frames(path: Path, start_s: float, end_s: float, every: int) -> Iterator[tuple[float, Picture]]:
    index = 0
    for time_s, frame, orientation in frames_from_keyframe(path, start_s):
        if time_s >= end_s - TIME_TOLERANCE_S:
            return
        if time_s < start_s - TIME_TOLERANCE_S:
            continue
        if index % every == 0:
            yield time_s, upright_bgr(frame, orientation)
        index += 1


def read_frame(path: Path, time_s: float) -> Picture:
    """The frame shown at `time_s`, upright `(H, W, 3)` BGR uint8.

    Raises FrameNotFoundError, naming the time and the valid range, before the first frame, at or after the end of the
    last one, and for a time that is not finite; VideoError if the file is no video.
    """
    if not math.isfinite(time_s) or time_s < -TIME_TOLERANCE_S:
        raise FrameNotFoundError(f"{path} has no frame at {format_time(time_s)}: its first frame is at 0:00.000.")
    shown: tuple[float, av.VideoFrame, Orientation] | None = None
    end_s = 0.0
    for each_s, frame, orientation in frames_from_keyframe(path, time_s):
        if each_s > time_s + TIME_TOLERANCE_S:
            end_s = each_s
            break
        interval_s = each_s - shown[0] if shown else 0.0
        end_s = each_s + (float(frame.duration * Fraction(frame.time_base or 0)) if frame.duration else interval_s)
        shown = (each_s, frame, orientation)
    if shown is None or time_s >= end_s:
        raise FrameNotFoundError(
            f"{path} has no frame at {format_time(time_s)}: its frames are shown from 0:00.000 to {format_time(end_s)}."
        )
    return upright_bgr(shown[1], shown[2])


def frames_from_keyframe(path: Path, start_s: float) -> Iterator[tuple[float, av.VideoFrame, Orientation]]:
    """Yields (time_s, frame, orientation), in order, from a keyframe at or before `start_s` (or the first frame) to the end."""
    with open_video(path) as (container, stream):
        decoder, time_base = Decoder(stream, path), stream.time_base
        decoded = _decoded(container, stream, decoder)
        first_pts, first = next(decoded, (0, None))
        if first is None or time_base is None:
            raise VideoError(f"{path} has a video stream without frames.")
        size, orientation = (first.width, first.height), orientation_of(first, path)
        target = first_pts + math.floor((max(start_s, 0.0) + TIME_TOLERANCE_S) / time_base)
        margins = [math.floor(margin_s / time_base) for margin_s in _SEEK_MARGINS_S] if decoder.can_seek else []
        frames: Iterator[tuple[int, av.VideoFrame]] | None = chain([(first_pts, first)], decoded)
        for wanted in (target - margin for margin in margins if target - margin > first_pts):
            container.seek(wanted, stream=stream)
            frames = _from_keyframe_at_most(target, _decoded(container, stream, decoder))
            if frames is not None:
                break
        if frames is None:
            yield from frames_from_keyframe(path, 0.0)
            return
        last_pts = first_pts - 1
        for pts, frame in frames:
            if pts <= last_pts:
                continue  # a repeated timestamp, or a frame before the first keyframe
            time_s = (pts - first_pts) * time_base.numerator / time_base.denominator
            if (frame.width, frame.height) != size:
                raise VideoError(f"{path} changes its picture size at {format_time(time_s)}.")
            last_pts = pts
            yield time_s, frame, orientation


def _decoded(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, decoder: Decoder
) -> Iterator[tuple[int, av.VideoFrame]]:
    return (pair for packet in container.demux(stream) for pair in decoder.decode(packet))


def _from_keyframe_at_most(
    target: int, frames: Iterator[tuple[int, av.VideoFrame]]
) -> Iterator[tuple[int, av.VideoFrame]] | None:
    keyframe = next((pair for pair in frames if pair[1].key_frame), None)
    return None if keyframe is None or keyframe[0] > target else chain([keyframe], frames)


def upright_bgr(frame: av.VideoFrame, orientation: Orientation) -> Picture:
    """A decoded frame as an upright `(H, W, 3)` BGR picture."""
    return orientation.upright(frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False))


def video_digest(path: Path) -> str:
    """Hex SHA-256 of the file, read in blocks. Raises VideoError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise VideoError(f"{path} cannot be read: {error.strerror}.") from error


def write_video(
    path: Path,
    frames: Iterable[Picture],
    frame_rate: Fraction,
    *,
    crf: int = 23,
    preset: str = "veryfast",
    gop: int = 12,
    times_s: Iterable[Fraction] | None = None,
) -> None:
    """Atomically writes `(H, W, 3)` BGR frames of one size (even width and height) as H.264 4:2:0 mp4.

    No reordered frames, a keyframe every `gop` frames, BT.709 colors, index first (fast start): browsers play it directly.
    `times_s`: when each frame is shown, increasing from 0 in whole ticks of 1/90,000 s; None: at the constant `frame_rate`.
    Raises VideoError for no frames, an odd size or frames of differing sizes, and if the file cannot be written.
    """
    options = {"crf": str(crf), "preset": preset}
    try:
        with replacing_video(path) as output:
            encode_frames(output, frames, path, frame_rate, options=options, gop=gop, times_s=times_s)
    except av.error.FFmpegError as error:
        raise VideoError(f"{path} cannot be written: {error.strerror}.") from error


def encode_frames(
    output: av.container.OutputContainer,
    frames: Iterable[Picture],
    path: Path,
    frame_rate: Fraction,
    *,
    options: dict[str, str],
    gop: int,
    times_s: Iterable[Fraction] | None = None,
) -> None:
    """Encodes frames of one even size into an open mp4; `path` only names the file in errors. Raises VideoError."""
    stream: av.video.stream.VideoStream | None = None
    clock = 1 / frame_rate if times_s is None else _VARIABLE_RATE_CLOCK
    ticks: Iterable[int] = count() if times_s is None else (int(time_s / clock) for time_s in times_s)
    for index, (picture, tick) in enumerate(zip(frames, ticks, strict=False)):
        height, width = picture.shape[:2]
        if stream is None:
            if width % 2 or height % 2:
                raise VideoError(f"{path} cannot be written: {width} × {height} is not even on both sides.")
            stream = output.add_stream("libx264", rate=frame_rate, options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            context = stream.codec_context
            context.time_base, context.gop_size, context.max_b_frames = clock, gop, 0
            context.thread_count = 1
            context.colorspace, context.color_range = 1, ColorRange.MPEG
            context.color_primaries, context.color_trc = 1, 1
        if (width, height) != (stream.width, stream.height):
            raise VideoError(f"{path} cannot be written: frame {index} is {width} × {height}, unlike those before it.")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24").reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        frame.pts, frame.time_base = tick, clock
        output.mux(stream.encode(frame))
    if stream is None:
        raise VideoError(f"{path} cannot be written: there are no frames.")
    output.mux(stream.encode(None))


def write_thumbnail(
    source: Path,
    target: Path,
    at_s: float,
    box_xyxy_px: npt.NDArray[np.floating[Any]] | None = None,
    size_px: int = 192,
) -> None:
    """Atomically writes the frame shown at `at_s` as JPEG.

    With a box (x1, y1, x2, y2 in upright pixels): the square around it with a margin of a tenth on each side, `size_px`
    wide. Without one, or with NaN (nobody was found): the whole frame with `size_px` as its longer side.
    Raises VideoError, FrameNotFoundError.
    """
    picture = read_frame(source, at_s)
    if box_xyxy_px is not None and np.all(np.isfinite(box_xyxy_px)):
        picture = square_crop(picture, _square_inside(box_xyxy_px, picture.shape[1], picture.shape[0]))
    write_jpeg(picture, target, size_px)


def write_jpeg(picture: Picture, target: Path, size_px: int = 192) -> None:
    """Atomically writes a picture (H, W, 3) BGR as JPEG, `size_px` its longer side. Raises VideoError."""
    height, width = picture.shape[:2]
    scale = size_px / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    encoded, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 85])
    if not encoded:
        raise VideoError(f"The thumbnail {target} cannot be encoded.")
    try:
        with replacing(target) as partial:
            partial.write_bytes(data.tobytes())
    except OSError as error:
        raise VideoError(f"The thumbnail {target} cannot be written: {error.strerror}.") from error


def square_crop(picture: Picture, box_xyxy_px: npt.NDArray[np.floating[Any]], margin: float = 0.0) -> Picture:
    """The square around a box, with `margin` times its side added on each side; outside the picture, edge pixels repeat.

    `box_xyxy_px` is (4,). Raises VideoError for a box that is not finite or lies outside the picture.
    """
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = (float(value) for value in box_xyxy_px)
    named = f"The box {x1:.0f}, {y1:.0f}, {x2:.0f}, {y2:.0f} of a {width} × {height} picture"
    if not all(map(math.isfinite, (x1, y1, x2, y2))):
        raise VideoError(f"{named} is not finite.")
    side = max(2, round(max(x2 - x1, y2 - y1) * (1 + 2 * margin)))
    left, top = round((x1 + x2 - side) / 2), round((y1 + y2 - side) / 2)
    inside = picture[max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)]
    if inside.size == 0:
        raise VideoError(f"{named} lies outside of it.")
    above, before = max(0, -top), max(0, -left)
    below, behind = side - above - inside.shape[0], side - before - inside.shape[1]
    squared = cv2.copyMakeBorder(inside, above, below, before, behind, cv2.BORDER_REPLICATE)
    return np.asarray(squared, dtype=np.uint8)


def _square_inside(
    box_xyxy_px: npt.NDArray[np.floating[Any]], width_px: int, height_px: int
) -> npt.NDArray[np.float64]:
    """A square with a margin around the box, moved and shrunk to lie in the picture, so that no edge pixels repeat."""
    x1, y1, x2, y2 = (float(value) for value in box_xyxy_px)
    side = min(max(x2 - x1, y2 - y1, 2.0) * 1.2, width_px, height_px)
    left = min(max((x1 + x2 - side) / 2, 0.0), width_px - side)
    top = min(max((y1 + y2 - side) / 2, 0.0), height_px - side)
    return np.array([left, top, left + side, top + side])
