"""Proxies: copies of a video that a browser plays with exact times and seeks quickly.

A proxy holds every source frame at its own timestamp, shifted so that the first is at 0, in the source's time base, so that no
time is rounded. Pictures are upright; an odd width or height is padded by one pixel on the right or below, which does not move
key points (upright source pixels, origin top left). H.264 4:2:0 of 8 bits, a keyframe every `GOP_FRAMES`, no reordered
frames, index first; sound as AAC.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.audio
import av.container
import av.filter
import av.video
from av.video.reformatter import ColorRange, Colorspace

from core.errors import VideoError
from core.media.container import (
    Decoder,
    Orientation,
    VideoPacket,
    open_video,
    orientation_of,
    replacing_video,
    sound_stream,
)
from core.media.probe import UNKNOWN_CODEC, VideoInfo, probe_video
from core.media.sound import AAC_RATES_HZ, CLOCK_JITTER_S, AacEncoder, AudioPacket, Samples, SoundDecoder
from core.media.timebase import format_time
from core.progress import Progress

GOP_FRAMES = 12

# A source with longer groups of pictures gets a proxy, as a browser decodes the whole group to seek.
_LONGEST_GOP_FRAMES = 25
_PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p"})
_AUDIO_CODECS = frozenset({None, "aac", "mp3"})

# Browsers count microseconds, and an mp4 stores a frame's duration in 32 bits, which a finer clock may overflow.
_FINEST_CLOCK = Fraction(1, 1_000_000)
_FRAMES_BETWEEN_REPORTS = 25
_RGB = 0  # libav's AVCOL_SPC_RGB


def needs_proxy(info: VideoInfo) -> bool:
    """False if browsers play the file itself, every frame at the times of `info`, and seek it quickly."""
    plays = (
        info.container.startswith("mov")
        and info.brand != "qt"
        and info.codec == "h264"
        and info.pixel_format in _PIXEL_FORMATS
        and info.audio_codec in _AUDIO_CODECS
    )
    upright = info.rotation_deg == 0 and not info.mirrored and info.square_pixels
    even = info.width_px % 2 == 0 and info.height_px % 2 == 0
    return not (plays and upright and even and info.starts_at_s == 0 and info.longest_gop_frames <= _LONGEST_GOP_FRAMES)


def make_proxy(source: Path, target: Path, progress: Progress) -> tuple[str, ...]:
    """Atomically writes the proxy of `source` to `target`, in memory that does not grow with the video.

    Returns sentences that name the file on what the source promises and the proxy lacks: frames that cannot be decoded or
    share a time, sound that cannot be decoded or breaks off. What the proxy has is at its own time in any case.
    Raises VideoError, one sentence naming the file, if the source cannot be read to its end or the target cannot be written;
    JobCancelledError on cancellation.
    """
    info = probe_video(source)
    with open_video(source) as (container, stream), replacing_video(target) as output:
        transcoding = _Transcoding(info, container, stream, output)
        transcoding.run(progress)
        return tuple(transcoding.remarks())


class _Transcoding:
    """One pass over the packets of the source, which keeps picture and sound interleaved."""

    def __init__(
        self,
        info: VideoInfo,
        container: av.container.InputContainer,
        stream: av.video.stream.VideoStream,
        output: av.container.OutputContainer,
    ) -> None:
        self._info = info
        self._container = container
        self._picture = _Picture(info, stream, output)
        audio = sound_stream(container)
        self._sound = _Sound(audio, output, info.starts_at_s) if audio is not None else None

    def run(self, progress: Progress) -> None:
        sources = [self._picture.source] if self._sound is None else [self._picture.source, self._sound.source]
        reported = 0
        for packet in self._container.demux(*sources):
            if packet.stream.type == "audio" and self._sound is not None:
                self._sound.add(cast(AudioPacket, packet))
            else:
                self._picture.add(cast(VideoPacket, packet))
            if self._picture.written >= reported:
                progress.raise_if_cancelled()
                share = min(self._picture.written / self._info.frame_count, 1.0)
                progress.report(share, f"browser copy of {self._info.path.name}")
                reported = self._picture.written + _FRAMES_BETWEEN_REPORTS
        self._picture.end()
        if self._sound is not None:
            self._sound.end()

    def remarks(self) -> Iterator[str]:
        """Sentences on what the proxy lacks, once it is written."""
        name, written, frames = self._info.path.name, self._picture.written, self._info.frame_count
        if written + self._picture.repeated != frames:
            yield (
                f"{name}: its browser copy has {written:,} of {frames:,} frames; the others cannot be decoded, and the frame "
                "before each of them is shown on."
            )
        if repeated := self._picture.repeated:
            yield (
                f"{name}: {repeated:,} of its frames stand{'s' * (repeated == 1)} too near to the one before, which alone its "
                "browser copy shows."
            )
        if self._info.audio_codec == UNKNOWN_CODEC:
            yield f"{name}: its sound is in a codec that cannot be decoded here, so its browser copy is silent."
        elif self._sound is not None and self._sound.breaks_off_s is not None:
            yield (
                f"{name}: its sound cannot be decoded from {format_time(self._sound.breaks_off_s)} on, so its browser copy is "
                "silent from there."
            )


class _Picture:
    """Turns frames upright, pads them to an even size and encodes each at its own time."""

    def __init__(
        self, info: VideoInfo, source: av.video.stream.VideoStream, output: av.container.OutputContainer
    ) -> None:
        self.source = source
        self.written = 0
        self.repeated = 0
        self._decoder = Decoder(source, info.path)
        self._path = info.path
        self._duration = Fraction(info.duration_s)
        self._time_base = Fraction(source.time_base or 1)
        self._clock = max(Fraction(1, self._time_base.denominator), _FINEST_CLOCK)
        self._stream = output.add_stream("libx264", rate=info.frame_rate, options={"crf": "20", "preset": "veryfast"})
        self._stream.width, self._stream.height = info.width_px + info.width_px % 2, info.height_px + info.height_px % 2
        self._stream.pix_fmt = "yuv420p"
        self._output = output
        context = self._stream.codec_context
        context.time_base, context.gop_size, context.max_b_frames = self._clock, GOP_FRAMES, 0
        # Colors are not converted, so their description is copied. Full range, as of some phones, becomes limited range,
        # which every browser supports.
        original = source.codec_context
        context.colorspace, context.color_range = original.colorspace, ColorRange.MPEG
        if original.colorspace == _RGB:  # it is no way to tell brightness and color, in which a proxy is stored
            context.colorspace = Colorspace.ITU601  # as libav converts to where nothing else is asked
        context.color_primaries, context.color_trc = original.color_primaries, original.color_trc
        self._graph: av.filter.Graph | None = None
        self._size = (0, 0)
        self._first_pts = round(Fraction(info.starts_at_s) / self._time_base)
        self._last_tick = -1

    def add(self, packet: VideoPacket) -> None:
        for pts, frame in self._decoder.decode(packet):
            self._encode(pts, frame)

    def end(self) -> None:
        if self._graph is None:
            raise VideoError(f"{self._path} has no frame that can be decoded.")
        self._mux(self._stream.encode(None))

    def _encode(self, pts: int, frame: av.VideoFrame) -> None:
        if self._graph is None:
            self._size = (frame.width, frame.height)
            self._graph = _graph(frame, self._time_base, orientation_of(frame, self._path))
        if (frame.width, frame.height) != self._size:
            raise VideoError(f"{self._path} changes its picture size after {self.written} frames.")
        tick = round((pts - self._first_pts) * self._time_base / self._clock)
        if tick <= self._last_tick:
            self.repeated += 1
            return
        self._graph.vpush(frame)
        upright = self._graph.vpull()
        upright.pts, upright.time_base = tick, self._clock
        self._last_tick = tick
        self.written += 1
        self._mux(self._stream.encode(upright))

    def _mux(self, packets: list[VideoPacket]) -> None:
        # Only the last frame's duration is used: an mp4 derives the others from the next frame's time.
        duration = max(round(self._duration / self._clock) - self._last_tick, 0)
        for packet in packets:
            packet.duration = duration
            self._output.mux(packet)


def _graph(frame: av.VideoFrame, time_base: Fraction, orientation: Orientation) -> av.filter.Graph:
    graph = av.filter.Graph()
    nodes = [
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=time_base),
        *(graph.add(name, arguments or None) for name, arguments in orientation.filters()),
        graph.add("scale", f"in_range={_range(frame)}:out_range=limited"),
        graph.add("format", "yuv420p"),
        graph.add("pad", "ceil(iw/2)*2:ceil(ih/2)*2:0:0"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph


def _range(frame: av.VideoFrame) -> str:
    return "full" if frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj") else "limited"


class _Sound:
    """Encodes sound as AAC, trimmed or padded so that it starts with the first frame.

    `breaks_off_s`: from when on it could not be decoded; None if it could.
    """

    def __init__(self, source: av.audio.AudioStream, output: av.container.OutputContainer, starts_at_s: float) -> None:
        self.source = source
        self.breaks_off_s: float | None = None
        self._rate_hz = source.rate if source.rate in AAC_RATES_HZ else 48_000
        layout = "mono" if source.codec_context.channels == 1 else "stereo"
        self._decoder = SoundDecoder(source, self._rate_hz, layout, starts_at_s)
        self._encoder = AacEncoder(output, self._rate_hz, layout)
        self._next = 0

    def add(self, packet: AudioPacket | None) -> None:
        if self.breaks_off_s is not None:
            return
        try:
            for at, samples in self._decoder.decode(packet):
                self._encode(at, samples)
        except (
            ValueError
        ):  # of libav and PyAV alike, for sound that they cannot read; a disk that is full is another error
            self.breaks_off_s = self._next / self._rate_hz

    def end(self) -> None:
        self.add(None)
        self._encoder.end()

    def _encode(self, at: int, samples: Samples) -> None:
        """Encodes samples that follow those before: an mp4 takes no sound that goes back in time."""
        if abs(at - self._next) <= CLOCK_JITTER_S * self._rate_hz:
            at = self._next
        behind = samples[:, max(self._next - at, 0) :]
        if behind.shape[1]:
            begins = max(at, self._next)
            self._encoder.add(begins, behind)
            self._next = begins + behind.shape[1]
