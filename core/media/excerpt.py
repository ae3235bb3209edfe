"""Excerpts: the frames shown at given times of a video, and an mp4 of pictures with an excerpt of another file's sound.

An excerpt's time 0 is its own beginning. Memory does not grow with its length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import av.audio
import av.container
import av.video
import numpy as np
import numpy.typing as npt

from core.errors import VideoError
from core.media.container import Decoder, Orientation, open_video, replacing_video, sound_stream
from core.media.sound import AAC_RATES_HZ, CLOCK_JITTER_S, AacEncoder, AudioPacket, Samples, SoundDecoder
from core.media.timebase import TIME_TOLERANCE_S
from core.media.video import encode_frames, frames_from_keyframe, upright_bgr, write_video

Picture = npt.NDArray[np.uint8]

_LOWEST_RATE_HZ, _HIGHEST_RATE_HZ = 16_000, 48_000  # accepted by speech models without resampling
_BITS_PER_S = 64_000
_KEYFRAME_EVERY_S = 2
_CRF = 20  # libx264's quality

_LEAD_IN_S = 0.5  # decoders need some sound before the first sample that is kept


@dataclass(frozen=True, slots=True)
class SoundExcerpt:
    """The sound of `video` from `start_s` to `end_s`, seconds from the first frame; gaps become silence."""

    video: Path
    start_s: float
    end_s: float


def frames_shown_at(path: Path, times_s: Iterable[float]) -> Iterator[Picture]:
    """For each of `times_s` (in ascending order) the frame shown then: upright `(H, W, 3)` BGR uint8.

    That is the last frame that is not later than the time; before the first frame it is the first one, after the end the
    last. Decodes once, from the keyframe before the first time; converts only the frames that it yields. A frame may be
    yielded again, as the same array. Raises VideoError if the file is no video or a frame cannot be decoded.
    """
    wanted = iter(times_s)
    at_s = next(wanted, None)
    if at_s is None:
        return
    shown: tuple[av.VideoFrame, Orientation] | None = None
    picture: Picture | None = None
    for time_s, frame, orientation in frames_from_keyframe(path, at_s):
        while shown is not None and time_s > at_s + TIME_TOLERANCE_S:
            picture = upright_bgr(*shown) if picture is None else picture
            yield picture
            at_s = next(wanted, None)
            if at_s is None:
                return
        shown, picture = (frame, orientation), None
    if shown is None:
        raise VideoError(f"{path} has a video stream without frames.")
    picture = upright_bgr(*shown) if picture is None else picture
    yield picture
    for _after_the_last_frame in wanted:
        yield picture


def write_excerpt(
    path: Path, pictures: Iterable[Picture], frame_rate: Fraction, *, sound: SoundExcerpt | None = None
) -> None:
    """Atomically writes `(H, W, 3)` BGR pictures of one size (even width and height) as H.264 mp4 at a constant rate.

    With `sound`, adds a mono AAC stream of 16 to 48 kHz that lasts exactly as long as that excerpt. Raises VideoError for no
    pictures, an odd size or pictures of differing sizes, if the file cannot be written, and if the sound's file has no
    sound or cannot be read.
    """
    gop = max(1, round(_KEYFRAME_EVERY_S * frame_rate))
    if sound is None:
        write_video(path, pictures, frame_rate, crf=_CRF, gop=gop)
        return
    with _opened(sound) as opened, replacing_video(path) as output:
        track = _Track(opened, output, sound.end_s - sound.start_s)
        both = _with_sound(pictures, frame_rate, track)
        encode_frames(output, both, path, frame_rate, options={"crf": str(_CRF), "preset": "veryfast"}, gop=gop)


def _with_sound(pictures: Iterable[Picture], frame_rate: Fraction, track: _Track) -> Iterator[Picture]:
    """Yields the pictures, and after each writes the sound up to its end, so that both are interleaved in the file."""
    for count, picture in enumerate(pictures, start=1):
        yield picture
        track.write_until(float(count / frame_rate))
    track.end()


@dataclass(frozen=True, slots=True)
class _Opened:
    """A sound stream. `packets` begin at or before `zero_s` of the container's clock, or at the start of the file."""

    source: av.audio.AudioStream
    packets: Iterator[AudioPacket]
    zero_s: float


@contextmanager
def _opened(sound: SoundExcerpt) -> Iterator[_Opened]:
    zero_s = _first_frame_s(sound.video) + sound.start_s
    with ExitStack() as files:
        source = _sound_stream(files, sound.video)
        packets = _packets_before(source, zero_s - _LEAD_IN_S)
        if packets is None:
            source = _sound_stream(files, sound.video)
            packets = cast(av.container.InputContainer, source.container).demux(source)
        yield _Opened(source, packets, zero_s)


def _first_frame_s(path: Path) -> float:
    """Time of the first frame on the container's clock, the clip's time 0."""
    with open_video(path) as (container, stream):
        decoder = Decoder(stream, path, threads=False)
        decoded = (pts for packet in container.demux(stream) for pts, _frame in decoder.decode(packet))
        first_pts = next(decoded, None)
        if first_pts is None:
            raise VideoError(f"{path} has a video stream without frames.")
        return float(first_pts * Fraction(stream.time_base or 0))


def _sound_stream(files: ExitStack, path: Path) -> av.audio.AudioStream:
    container, _stream = files.enter_context(open_video(path))
    source = sound_stream(container)
    if source is None:
        raise VideoError(f"{path} has no sound that can be decoded.")
    return source


def _packets_before(source: av.audio.AudioStream, time_s: float) -> Iterator[AudioPacket] | None:
    """Packets after a seek to `time_s`; None if it lands later, such as when the sound begins later."""
    container = cast(av.container.InputContainer, source.container)
    target = int(Fraction(max(time_s, 0.0)) / Fraction(source.time_base or 1))
    container.seek(target, stream=source)
    packets = container.demux(source)
    first = next(packets, None)
    return chain([first], packets) if first is not None and first.pts is not None and first.pts <= target else None


class _Track:
    """The sound track of an excerpt: exactly `length_s` of mono sound, encoded step by step with the pictures."""

    def __init__(self, opened: _Opened, output: av.container.OutputContainer, length_s: float) -> None:
        rate_hz = min(max(opened.source.rate, _LOWEST_RATE_HZ), _HIGHEST_RATE_HZ)
        self._rate_hz = rate_hz if rate_hz in AAC_RATES_HZ else _HIGHEST_RATE_HZ
        self._encoder = AacEncoder(output, self._rate_hz, "mono", _BITS_PER_S)
        self._pieces = self._unbroken(opened)
        self._length = round(length_s * self._rate_hz)
        self._written = 0

    def write_until(self, time_s: float) -> None:
        until = min(round(time_s * self._rate_hz), self._length)
        while self._written < until:
            piece = next(self._pieces)[:, : self._length - self._written]
            self._encoder.add(self._written, piece)
            self._written += piece.shape[1]

    def end(self) -> None:
        self.write_until(self._length / self._rate_hz)
        self._encoder.end()

    def _unbroken(self, opened: _Opened) -> Iterator[Samples]:
        """Endless gapless blocks of sound, padded with silence: sample n is n / rate seconds after the excerpt's start."""
        silence = np.zeros((1, self._rate_hz // 10), dtype=np.float32)
        written, allowed = 0, 0
        for at, samples in self._decoded(opened):
            begins = written if abs(at - written) <= allowed else at
            while begins > written:
                yield silence[:, : begins - written]
                written += min(begins - written, silence.shape[1])
            heard = samples[:, written - begins :]
            if heard.shape[1]:
                yield heard
            written += heard.shape[1]
            allowed = round(CLOCK_JITTER_S * self._rate_hz)
        while True:
            yield silence

    def _decoded(self, opened: _Opened) -> Iterator[tuple[int, Samples]]:
        decoder = SoundDecoder(opened.source, self._rate_hz, "mono", opened.zero_s)
        for packet in opened.packets:
            yield from decoder.decode(packet)
        yield from decoder.decode(None)
