"""Opening video files with PyAV: containers, the video stream, and its orientation.

Every error of libav becomes one VideoError that names the file; libav's own log is off.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import av
import av.container
import av.logging
import av.video
import numpy as np
import numpy.typing as npt

from core.durable_files import replacing
from core.errors import VideoError

# PyAV's default, set again in case another library has switched libav's log on.
av.logging.set_level(None)

# Self-contained formats only: playlists (HLS, DASH, concat) would open other files and hosts, and libav would read a text
# file as ANSI art and a PNG as a video of one frame.
_CONTAINERS = (
    *("mov", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "asf", "flv", "ogg", "mxf", "dv", "ivf"),
    *("h264", "hevc", "obu", "m4v", "wav", "mp3", "flac", "aac", "ac3", "aiff", "caf", "w64"),
)
_LOOKED_AT_PACKETS = 500
_LEAST_CHUNK_BYTES = 8  # of an AVI's frame without bytes
_WITHOUT_TIMES = frozenset({"avi", "mpegvideo", "h264", "hevc", "obu", "m4v"})

# In quotes, because PyAV's classes are generic only in its type stubs.
VideoPacket: TypeAlias = "av.Packet[av.video.stream.VideoStream]"


@dataclass(frozen=True, slots=True)
class Orientation:
    """How to turn stored pictures upright: transpose, then flip x, then flip y, each if its field is True.

    Read from the 3 × 3 display matrix of ISO 14496-12 (`tkhd`), which phones write instead of rotating the pixels.
    """

    transposed: bool = False
    flipped_x: bool = False
    flipped_y: bool = False

    @property
    def mirrored(self) -> bool:
        """Whether the picture is also mirrored, as by some front cameras."""
        return (self.transposed + self.flipped_x + self.flipped_y) % 2 == 1

    @property
    def rotation_deg(self) -> int:
        """Clockwise rotation (0, 90, 180, 270) of the stored picture, after mirroring left to right if `mirrored`."""
        flipped_x = self.flipped_x != self.mirrored if not self.transposed else self.flipped_x
        if self.transposed:
            return 90 if flipped_x else 270
        return 180 if flipped_x else 0

    def upright(self, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """`(H, W, 3)` as stored -> upright `(H', W', 3)`, contiguous."""
        turned = picture.transpose(1, 0, 2) if self.transposed else picture
        turned = turned[:: -1 if self.flipped_y else 1, :: -1 if self.flipped_x else 1]
        return np.ascontiguousarray(turned)

    def filters(self) -> tuple[tuple[str, str], ...]:
        """The same steps as (name, arguments) of libavfilter's filters."""
        # libavfilter's direction 0, "cclock_flip", is the plain transpose.
        steps = (("transpose", "0", self.transposed), ("hflip", "", self.flipped_x), ("vflip", "", self.flipped_y))
        return tuple((name, arguments) for name, arguments, wanted in steps if wanted)


class Decoder:
    """Decodes the packets of one video stream, each frame with its presentation time in ticks of the stream.

    AVI has no presentation times. There the n-th decoded frame takes the n-th packet's decoding time, which is right if each
    packet holds one frame. A frame of no bytes stands for the one before, which is then given once more. A seek would break
    this count, so `can_seek` is False, as for streams without a container, whose times libav counts from wherever it begins to
    read. Of frames with the same time, each but the first is shown a tick after the one before, so that each counts.
    """

    def __init__(self, stream: av.video.stream.VideoStream, path: Path, *, threads: bool = True) -> None:
        stream.thread_type = "AUTO" if threads else "SLICE"
        name = stream.container.format.name
        self._by_packets = name == "avi"
        self.can_seek = name not in _WITHOUT_TIMES
        self._stream = stream
        self._path = path
        self._waiting: deque[int] = deque()
        self._held: tuple[int, av.VideoFrame] | None = None
        self._stated = self._given = -(2**62)  # the time of the last frame as stated, and as given
        self._frames = 0
        if self._by_packets and empty_frames_of_avi(path):
            self._frames = min(stream.frames, path.stat().st_size // _LEAST_CHUNK_BYTES)

    def decode(self, packet: VideoPacket | None) -> Iterator[tuple[int, av.VideoFrame]]:
        """The frames that can be decoded once `packet` is there, in order of presentation; None or an empty packet flushes.

        Raises VideoError for a frame without a timestamp.
        """
        at = packet.dts if packet is not None and packet.size else None
        if self._by_packets and at is not None:
            self._waiting.append(at)
        for frame in self._stream.decode(packet):
            pts = (self._waiting.popleft() if self._waiting else None) if self._by_packets else frame.pts
            if pts is None:
                raise VideoError(f"{self._path} has frames without timestamps.")
            yield from self._held_until(pts)
            if self._frames:
                self._held = pts, frame
            yield self._own_tick(pts), frame
        if packet is None or not packet.size:
            yield from self._held_until(self._frames)

    def _own_tick(self, pts: int) -> int:
        if pts < self._stated:  # after a seek back
            self._given = pts - 1
        self._stated, self._given = pts, max(pts, self._given + 1)
        return self._given

    def _held_until(self, pts: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """The last frame of an AVI once more for each frame without bytes before `pts`."""
        if self._held is None:
            return
        last, frame = self._held
        yield from ((at, frame) for at in range(last + 1, pts))
        self._held = max(last, pts - 1), frame


def empty_frames_of_avi(path: Path) -> int:
    """How many frames of an AVI have no bytes, by its index; 0 where it is cut, or in several parts, as above a gigabyte."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"AVI " or int.from_bytes(head[4:8], "little") + 8 != size:
            return 0
        at = 12
        while at + 8 <= size:
            file.seek(at)
            name, length = file.read(4), int.from_bytes(file.read(4), "little")
            if name == b"idx1":
                index = file.read(min(length, size - at))
                entries = (index[place : place + 16] for place in range(0, len(index) - 15, 16))
                return sum(one[2:4] in {b"dc", b"db"} and not any(one[12:]) for one in entries)
            at += 8 + length + length % 2
    return 0


@contextmanager
def open_video(path: Path) -> Iterator[tuple[av.container.InputContainer, av.video.stream.VideoStream]]:
    """The open container and its video stream; closed at the end of the block.

    Raises VideoError, one sentence naming the file, if it is no video or libav raises inside the block.
    """
    _check_file(path)
    try:
        with _opened(path) as container:
            yield container, _video_stream(container, path)
    except (av.error.EOFError, av.error.InvalidDataError, av.error.ArgumentError) as error:
        raise VideoError(
            f"{path} is not a video that can be read: it is damaged, cut short or something else."
        ) from error
    except av.error.FFmpegError as error:
        raise VideoError(f"{path} cannot be read as a video: {error.strerror}.") from error


def _opened(path: Path) -> av.container.InputContainer:
    return av.open(
        f"file:{path.absolute()}",
        mode="r",
        metadata_errors="replace",
        container_options={"format_whitelist": ",".join(_CONTAINERS), "protocol_whitelist": "file"},
    )


@contextmanager
def replacing_video(target: Path) -> Iterator[av.container.OutputContainer]:
    """An mp4 to write to, index first, that replaces `target` if the block ends without an error (core.durable_files).

    Raises VideoError, naming `target`, if it cannot be written; other errors of the block pass through.
    """
    try:
        with (
            replacing(target) as partial,
            av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as output,
        ):
            yield output
    except OSError as error:
        # An error of another file, such as a source read inside the block, is not about `target`.
        if error.filename is not None and not str(error.filename).startswith(str(target.parent)):
            raise
        raise VideoError(f"{target} cannot be written: {error.strerror}.") from error


def orientation_of(frame: av.VideoFrame, path: Path) -> Orientation:
    """The orientation of a decoded frame. Raises VideoError for a rotation that is no multiple of 90 degrees."""
    matrix = _display_matrix(frame)
    if matrix is None:
        return Orientation()
    a, b, c, d = matrix
    if a == d == 0 and b != 0 and c != 0:
        return Orientation(transposed=True, flipped_x=c < 0, flipped_y=b < 0)
    if b == c == 0 and a != 0 and d != 0:
        return Orientation(flipped_x=a < 0, flipped_y=d < 0)
    raise VideoError(f"{path} is turned by {frame.rotation} degrees; only multiples of 90 are understood.")


def _display_matrix(frame: av.VideoFrame) -> tuple[float, float, float, float] | None:
    every: Any = frame.side_data  # typed as a mapping, iterates over its values
    for side_data in every:
        if side_data.type.name == "DISPLAYMATRIX":
            values = np.frombuffer(bytes(side_data), dtype=np.int32).reshape(3, 3)[:2, :2] / 65536
            # Rounded, as some writers store 1e-5 for the cosine of 90 degrees.
            a, b, c, d = (round(float(value), 3) for value in values.ravel())
            return a, b, c, d
    return None


def _check_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise VideoError(f"{path} is a folder, not a video file.")
        if not path.exists():
            raise VideoError(f"There is no video file {path}.")
        if not path.is_file():
            raise VideoError(f"{path} is no file but a pipe or a device.")
        with path.open("rb") as file:
            if not file.read(1):
                raise VideoError(f"{path} is an empty file.")
    except PermissionError as error:
        raise VideoError(f"{path} may not be read by this user.") from error
    except OSError as error:
        raise VideoError(f"{path} cannot be read: {error.strerror}.") from error


def sound_stream(container: av.container.InputContainer) -> av.audio.AudioStream | None:
    """The sound that libav prefers among those that this build can decode (phones add one that it cannot); None without one."""
    best: Any = container.streams.best("audio")
    streams: list[Any] = [best, *container.streams.audio] if best is not None else []
    return next((stream for stream in streams if stream.codec_context is not None), None)


def _video_stream(container: av.container.InputContainer, path: Path) -> av.video.stream.VideoStream:
    # libav also reports the cover picture of a sound file as a video stream.
    streams: list[Any] = [
        stream for stream in container.streams.video if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not streams:
        raise VideoError(f"{path} has no video stream.")
    decodable = [stream for stream in streams if stream.codec_context is not None]
    if not decodable:
        raise VideoError(f"{path} has a picture in a codec that cannot be decoded here; convert it to H.264.")
    if len(decodable) > 1:
        moving = _moving(path)
        decodable = [stream for stream in decodable if stream.index in moving] or decodable
    stream: av.video.stream.VideoStream = max(
        decodable, key=lambda each: (bool(each.disposition & av.stream.Disposition.default), each.width * each.height)
    )
    return stream


def _moving(path: Path) -> set[int]:
    """The indexes of the video streams that have a second packet soon: a cover picture that is stored as a film has one."""
    seen: dict[int, int] = {}
    with _opened(path) as container:
        for number, packet in enumerate(container.demux()):
            if packet.size:
                seen[packet.stream_index] = seen.get(packet.stream_index, 0) + 1
            if number > _LOOKED_AT_PACKETS:
                break
    return {index for index, packets in seen.items() if packets > 1}
