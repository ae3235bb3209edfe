"""Small valid videos to damage: of every container, turned, of variable rate, of sound alone, of a thousand streams."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

_FRAMES = 24
_WIDTH_PX, _HEIGHT_PX = 96, 64
_STREAMS = 1000


@dataclass(frozen=True, slots=True)
class _Original:
    name: str
    codec: str
    container: str
    pixel_format: str = "yuv420p"
    sound: str | None = None
    ticks_ms: tuple[int, ...] = tuple(range(0, 40 * _FRAMES, 40))
    rotation_deg: int = 0
    options: tuple[tuple[str, str], ...] = ()


_UNEVEN_MS = tuple(40 * number + 7 * (number % 3) for number in range(_FRAMES))
_ORIGINALS = (
    _Original("a.mp4", "libx264", "mp4", sound="aac"),
    _Original("b.mp4", "libx264", "mp4", options=(("movflags", "+faststart"),), ticks_ms=_UNEVEN_MS),
    _Original("c.mp4", "libx264", "mp4", options=(("movflags", "+frag_keyframe+empty_moov"),)),
    _Original("d.mov", "mpeg4", "mov", rotation_deg=90),
    _Original("e.mov", "mjpeg", "mov", "yuvj420p", sound="pcm_s16le"),
    _Original("f.mkv", "libx264", "matroska", sound="aac", ticks_ms=_UNEVEN_MS),
    _Original("g.mkv", "ffv1", "matroska"),
    _Original("h.webm", "libvpx-vp9", "webm", sound="libopus"),
    _Original("i.webm", "libvpx", "webm"),
    _Original("j.avi", "mpeg4", "avi"),
    _Original("k.avi", "mjpeg", "avi", "yuvj420p", sound="pcm_s16le"),
    _Original("l.mp4", "mpeg2video", "mpegts", sound="mp2"),
    _Original("m.mp4", "libx264", "mpegts"),
    _Original("n.mp4", "gif", "gif", "rgb8"),
)


def originals(folder: Path) -> Mapping[str, bytes]:
    """The bytes of each by its name."""
    for original in _ORIGINALS:
        _encode(folder / original.name, original)
    _sound_alone(folder / "o.mp4")
    _many_streams(folder / "p.mkv")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _encode(path: Path, original: _Original) -> None:
    with av.open(str(path), "w", format=original.container, options=dict(original.options)) as output:
        picture: Any = output.add_stream(original.codec, rate=25)
        picture.width, picture.height, picture.pix_fmt = _WIDTH_PX, _HEIGHT_PX, original.pixel_format
        picture.codec_context.gop_size = 8
        clock = Fraction(1, 1000 if original.ticks_ms == _UNEVEN_MS else 25)
        picture.codec_context.time_base = clock
        if original.rotation_deg:
            picture.set_display_rotation(original.rotation_deg)
        sound: Any = output.add_stream(original.sound, rate=48_000) if original.sound is not None else None
        for number, at_ms in enumerate(original.ticks_ms):
            frame = av.VideoFrame.from_ndarray(_drawn(number), format="bgr24").reformat(format=original.pixel_format)
            frame.pts, frame.time_base = round(Fraction(at_ms, 1000) / clock), clock
            output.mux(picture.encode(frame))
        output.mux(picture.encode(None))
        if sound is not None:
            _add_tone(output, sound)


def _drawn(number: int) -> np.ndarray:
    picture = np.full((_HEIGHT_PX, _WIDTH_PX, 3), 60, np.uint8)
    picture[16:48, 2 * number : 2 * number + 32] = (220, 120, 5 * number)
    return picture


def _add_tone(output: av.container.OutputContainer, sound: av.audio.AudioStream) -> None:
    for first in range(0, 48_000, 960):
        wave = (8000 * np.sin(np.arange(first, first + 960) / 20)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None], format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, first, Fraction(1, 48_000)
        output.mux(sound.encode(frame))
    output.mux(sound.encode(None))


def _sound_alone(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as output:
        _add_tone(output, output.add_stream("aac", rate=48_000))


def _many_streams(path: Path) -> None:
    """A picture of one frame in each of a thousand streams."""
    with av.open(str(path), "w", format="matroska") as output:
        streams: list[Any] = [output.add_stream("rawvideo", rate=25) for _ in range(_STREAMS)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 4, 4, "gray"
        for stream in streams:
            frame = av.VideoFrame.from_ndarray(np.zeros((4, 4), np.uint8), format="gray")
            frame.pts, frame.time_base = 0, Fraction(1, 25)
            output.mux(stream.encode(frame))
