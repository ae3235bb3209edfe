"""Properties of a video file, found by reading all its packets and decoding its first frame and its end.

Timestamps come from packets, so that probing takes about as long as reading the file. If packets do not say when frames
are shown (missing timestamps, codecs with invisible frames), everything is decoded instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.audio
import av.container
import av.video
import numpy as np
import numpy.typing as npt

from core.errors import VideoError
from core.media.container import Decoder, VideoPacket, empty_frames_of_avi, open_video, orientation_of, sound_stream
from core.media.timebase import format_time

# Codecs in which each packet is one shown frame. VP8 has invisible frames; MPEG-4 in AVI may pack two into one packet.
_ONE_FRAME_A_PACKET = frozenset({"h264", "hevc", "av1", "vp9", "mjpeg", "prores", "dnxhd", "ffv1", "rawvideo"})

UNKNOWN_CODEC = "unknown"

_LONGEST_S = 1e6  # some eleven days
_LEAST_JUMP_BACK_S = 0.3
_MOST_BOXES = 10_000  # of an mp4; a fragmented one has two a fragment

# Most packets of the last group of pictures that are decoded, which bounds the time and memory of probing.
_LONGEST_END = 300


@dataclass(frozen=True, slots=True, eq=False)
class VideoInfo:
    """Properties of one video file. Sizes are of the upright picture; times are shifted so that the first frame is at 0.

    `time_s`: float64 `(frame_count,)`, strictly increasing presentation times. `frame_rate` is the average. `duration_s`:
    until the last frame stops being shown. `rotation_deg`: the clockwise rotation that decoding applies, after mirroring if
    `mirrored`. `starts_at_s`: the container's time of the first frame. `longest_gop_frames`: the most frames from one keyframe
    to the next. `container` is libav's name of the format, `pixel_format` is as stored. `audio_codec` is None without sound and
    `UNKNOWN_CODEC` for sound that this build cannot decode.
    """

    path: Path
    width_px: int
    height_px: int
    rotation_deg: int
    mirrored: bool
    square_pixels: bool
    frame_count: int
    frame_rate: Fraction
    duration_s: float
    starts_at_s: float
    time_s: npt.NDArray[np.float64]
    variable_frame_rate: bool
    longest_gop_frames: int
    codec: str
    pixel_format: str
    container: str
    brand: str
    audio_codec: str | None

    @property
    def has_sound(self) -> bool:
        """Whether there is sound that can be decoded."""
        return self.audio_codec not in {None, UNKNOWN_CODEC}


@dataclass(slots=True)
class _Packets:
    """Collected in one pass over the packets of the video stream; times in ticks of the stream's time base."""

    pts: list[int] = field(default_factory=list)
    duration: dict[int, int] = field(default_factory=dict)
    key_pts: list[int] = field(default_factory=list)
    count: int = 0
    every_pts_known: bool = True
    last_is_corrupt: bool = False
    last_dts: int | None = None
    end: list[VideoPacket] = field(default_factory=list)
    first_frame: tuple[int, av.VideoFrame] | None = None
    all_streams_end_s: float = 0.0


def probe_video(path: Path) -> VideoInfo:
    """Reads the properties of a video file and when each of its frames is shown.

    Raises VideoError, one sentence naming the file, if it is missing, empty, a folder, not a video, truncated, without a video
    stream or frames, or if its first or last keyframe cannot be decoded.
    """
    with open_video(path) as (container, stream):
        _refuse_missing_bytes(container, stream, path)
        _refuse_second_index(container, path)
        promised_s = (container.duration or 0) / av.time_base
        packets = _read_packets(container, stream, Decoder(stream, path, threads=False), path)
        _refuse_cut(container, stream, packets, promised_s, path)
        if packets.count == 0:
            raise VideoError(f"{path} has a video stream without frames.")
        if packets.first_frame is None:
            raise VideoError(f"{path} has {packets.count} frames, none of which can be decoded.")
        first_pts, first = packets.first_frame
        orientation = orientation_of(first, path)
        time_base = _time_base(stream, path)
        one_frame_a_packet = stream.codec_context.codec.canonical_name in _ONE_FRAME_A_PACKET
        if (
            one_frame_a_packet
            and packets.every_pts_known
            and len(set(packets.pts)) == len(packets.pts)  # else two fields of a frame, or two frames
            and container.format.name != "avi"
            and _reaches_end(stream, packets, path)
        ):
            pts = np.sort(np.array(packets.pts, dtype=np.int64))
        else:
            pts = _decoded_pts(path)
        pts = pts[pts >= first_pts]
        time_s = times_of(pts, first_pts, time_base)
        # A last frame without a stated duration gets the median one.
        last_ticks = packets.duration.get(int(pts[-1])) or _usual_ticks(pts, stream, time_base)
        duration_s = float(times_of(pts[-1:] + last_ticks, first_pts, time_base)[0])
        if duration_s > _LONGEST_S:
            raise VideoError(f"{path} claims to last {duration_s / 86_400:,.0f} days, so its times are damaged.")
        width, height = (first.height, first.width) if orientation.transposed else (first.width, first.height)
        sound = sound_stream(container)
        return VideoInfo(
            path=path,
            width_px=width,
            height_px=height,
            rotation_deg=orientation.rotation_deg,
            mirrored=orientation.mirrored,
            square_pixels=(stream.sample_aspect_ratio or 1) == 1,
            frame_count=len(pts),
            frame_rate=_frame_rate(stream, len(pts), duration_s),
            duration_s=duration_s,
            starts_at_s=float(first_pts * time_base),
            time_s=time_s,
            variable_frame_rate=_is_variable(time_s, float(time_base)),
            longest_gop_frames=_longest_gop(pts, packets.key_pts),
            codec=stream.codec_context.codec.canonical_name,
            pixel_format=first.format.name,
            container=container.format.name,
            brand=container.metadata.get("major_brand", "").strip(),
            audio_codec=_audio_codec(container, sound),
        )


def _audio_codec(container: av.container.InputContainer, sound: av.audio.AudioStream | None) -> str | None:
    if sound is not None:
        return str(sound.codec_context.codec.canonical_name)
    return UNKNOWN_CODEC if container.streams.audio else None


def times_of(pts: npt.NDArray[np.int64], first_pts: int, time_base: Fraction) -> npt.NDArray[np.float64]:
    """Ticks to float64 seconds from the first frame, each by one correctly rounded division."""
    times: npt.NDArray[np.float64] = (pts - first_pts) * time_base.numerator / time_base.denominator
    return times


def _read_packets(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, decoder: Decoder, path: Path
) -> _Packets:
    found = _Packets()
    for packet in container.demux():
        if packet.dts is None and packet.pts is None and packet.size == 0:
            continue  # the end of a stream
        at = packet.pts if packet.pts is not None else packet.dts
        if at is not None:
            end_s = float((at + (packet.duration or 0)) * packet.time_base)
            found.all_streams_end_s = max(found.all_streams_end_s, end_s)
        if packet.stream_index != stream.index:
            continue
        _add(found, cast(VideoPacket, packet), decoder, path)
    if found.first_frame is None:
        found.first_frame = next(decoder.decode(None), None)
    return found


def _add(found: _Packets, packet: VideoPacket, decoder: Decoder, path: Path) -> None:
    found.count += 1
    found.last_is_corrupt = packet.is_corrupt
    if found.first_frame is None:
        found.first_frame = next(decoder.decode(packet), None)
    if packet.dts is not None:
        _refuse_new_beginning(found, packet.dts, packet, path)
        found.last_dts = packet.dts
    if packet.is_discard:
        return  # outside the edit list: decoded because other frames refer to it, never shown
    if packet.pts is None:
        found.every_pts_known = False
        return
    found.pts.append(packet.pts)
    found.duration[packet.pts] = packet.duration or 0
    if packet.is_keyframe:
        found.key_pts.append(packet.pts)
        found.end.clear()
    if packet.is_keyframe or 0 < len(found.end) < _LONGEST_END:
        found.end.append(packet)


def _refuse_missing_bytes(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, path: Path
) -> None:
    # The index of an mp4 holds the offset of every frame, so a file truncated after it is recognized at once.
    if not container.format.name.startswith("mov"):
        return
    size = path.stat().st_size
    entries = list(stream.index_entries)
    readable = sum(entry.pos + entry.size <= size for entry in entries)
    if readable < len(entries):
        raise _cut(path, readable, len(entries))


def _refuse_new_beginning(found: _Packets, dts: int, packet: VideoPacket, path: Path) -> None:
    """Of recordings joined byte by byte, all but the first would be left out without a word: their frames repeat its times."""
    back = 0 if found.last_dts is None else found.last_dts - dts
    if back * Fraction(packet.time_base or 0) > _LEAST_JUMP_BACK_S:
        raise VideoError(
            f"{path} is several recordings joined: its times begin anew at frame {found.count - 1:,}; cut it there into files of "
            "their own, or join them with a program that renews the times."
        )


def _refuse_second_index(container: av.container.InputContainer, path: Path) -> None:
    """libav reads an mp4 to the end of the first of two that were joined byte by byte."""
    if not container.format.name.startswith("mov"):
        return
    size, at, indexes = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        for _ in range(_MOST_BOXES):
            file.seek(at)
            head = file.read(16)
            length = int.from_bytes(head[:4])
            if length == 1:
                length = int.from_bytes(head[8:16])
            indexes += head[4:8] == b"moov"
            if indexes > 1:
                raise VideoError(
                    f"{path} is several recordings joined: the second begins behind byte {at:,}; cut it there."
                )
            at += length
            if length < 8 or at >= size:
                return


def _refuse_cut(
    container: av.container.InputContainer,
    stream: av.video.stream.VideoStream,
    packets: _Packets,
    promised_s: float,
    path: Path,
) -> None:
    if container.format.name == "avi" and packets.count < stream.frames - empty_frames_of_avi(path):
        raise _cut(path, packets.count, stream.frames)
    if packets.last_is_corrupt:
        raise VideoError(f"{path} is cut short: its last frame of {packets.count} is not whole.")
    # Matroska and WebM state one duration for all streams, and no number of frames.
    start_s = (container.start_time or 0) / av.time_base
    read_s = packets.all_streams_end_s - min(start_s, 0.0)
    if container.format.name.startswith("matroska") and promised_s - read_s > max(0.5, 0.02 * promised_s):
        raise VideoError(f"{path} is cut short: it has {read_s:.1f} s of the {promised_s:.1f} s that it promises.")


def _cut(path: Path, readable: int, promised: int) -> VideoError:
    return VideoError(f"{path} is cut short: {readable} of the {promised} frames that it promises can be read.")


def _reaches_end(stream: av.video.stream.VideoStream, packets: _Packets, path: Path) -> bool:
    """Decodes the last group of pictures: an interrupted download may have its full length, with zeros at the end.

    False if the group cannot be decoded by itself, as some open groups. Raises VideoError if it is damaged.
    """
    if not packets.end:
        return False
    wanted_pts = max(packet.pts or 0 for packet in packets.end)
    stream.codec_context.flush_buffers()
    try:
        decoded = [frame.pts for packet in [*packets.end, None] for frame in stream.decode(packet)]
    except av.error.InvalidDataError as error:
        at_s = float(((packets.end[0].pts or 0) - min(packets.pts)) * _time_base(stream, path))
        raise VideoError(f"{path} is damaged: its end cannot be decoded, from {format_time(at_s)} on.") from error
    return wanted_pts in decoded


def _decoded_pts(path: Path) -> npt.NDArray[np.int64]:
    with open_video(path) as (container, stream):
        decoder = Decoder(stream, path)
        return np.array(sorted({pts for packet in container.demux(stream) for pts, _ in decoder.decode(packet)}))


def _time_base(stream: av.video.stream.VideoStream, path: Path) -> Fraction:
    if not stream.time_base:
        raise VideoError(f"{path} does not say how its timestamps count.")
    return stream.time_base


def _usual_ticks(pts: npt.NDArray[np.int64], stream: av.video.stream.VideoStream, time_base: Fraction) -> int:
    if len(pts) > 1:
        return int(np.median(np.diff(pts)))
    return round(1 / (stream.average_rate * time_base)) if stream.average_rate else 0


def _frame_rate(stream: av.video.stream.VideoStream, frame_count: int, duration_s: float) -> Fraction:
    """The container's average rate if the timestamps agree with it to within 1 %, else the rate of the timestamps."""
    stated = stream.average_rate
    if duration_s <= 0:
        return Fraction(stated or 25)
    measured = Fraction(frame_count / duration_s).limit_denominator(1001) or Fraction(1, 1001)
    if stated and abs(float(stated) / float(measured) - 1) < 0.01:
        return Fraction(stated)
    return measured


def _is_variable(time_s: npt.NDArray[np.float64], tick_s: float) -> bool:
    if len(time_s) < 3:
        return False
    intervals = np.diff(time_s)
    usual = float(np.median(intervals))
    # A constant interval that is no whole number of ticks alternates by one tick (Matroska rounds to milliseconds).
    allowed = max(1.01 * tick_s if tick_s < usual / 4 else 0.0, 0.01 * usual)
    return bool(np.any(np.abs(intervals - usual) > allowed))


def _longest_gop(pts: npt.NDArray[np.int64], key_pts: Iterable[int]) -> int:
    starts = np.searchsorted(pts, np.unique(np.array([*key_pts, pts[0]], dtype=np.int64)))
    return int(np.diff(np.append(starts, len(pts))).max())
