"""Proxies: copies of a video that a browser plays with exact times and seeks quickly.

A proxy holds every source frame at its own timestamp, shifted so that the first is at 0, in the source's time base, so that no
time is rounded. Pictures are upright; an odd width or height is padded by one pixel on the right or below, which does not move
key points (upright source pixels, origin top left). H.264 4:2:0 of 8 bits, a keyframe every `GOP_FRAMES`, no reordered
frames, index first; sound as AAC.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.audio
import av.container
import av.filter
import av.video
from av.video.reformatter import ColorRange

from core.errors import VideoError
from core.media.container import Decoder, Orientation, VideoPacket, open_video, orientation_of, replacing_video
from core.media.probe import VideoInfo, probe_video
from core.media.sound import AAC_RATES_HZ, AacEncoder, AudioPacket, SoundDecoder
from core.progress import Progress

GOP_FRAMES = 12

# A source with longer groups of pictures gets a proxy, as a browser decodes the whole group to seek.
_LONGEST_GOP_FRAMES = 25
_PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p"})
_AUDIO_CODECS = frozenset({None, "aac", "mp3"})

# Browsers count microseconds, and an mp4 stores a frame's duration in 32 bits, which a finer clock may overflow.
_FINEST_CLOCK = Fraction(1, 1_000_000)
_FRAMES_BETWEEN_REPORTS = 25


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


def make_proxy(source: Path, target: Path, progress: Progress) -> None:
    """Atomically writes the proxy of `source` to `target`, in memory that does not grow with the video.

    Raises VideoError, one sentence naming the file, if the source cannot be read to its end or the target cannot be written;
    JobCancelledError on cancellation.
    """
    info = probe_video(source)
    with open_video(source) as (container, stream), replacing_video(target) as output:
        _Transcoding(info, container, stream, output).run(progress)


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
        audio = container.streams.best("audio")
        self._sound = _Sound(audio, output, info.starts_at_s) if isinstance(audio, av.audio.AudioStream) else None

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


class _Picture:
    """Turns frames upright, pads them to an even size and encodes each at its own time."""

    def __init__(
        self, info: VideoInfo, source: av.video.stream.VideoStream, output: av.container.OutputContainer
    ) -> None:
        self.source = source
        self.written = 0
        self._decoder = Decoder(source, info.path)
        self._path = info.path
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
        context.color_primaries, context.color_trc = original.color_primaries, original.color_trc
        self._graph: av.filter.Graph | None = None
        self._size = (0, 0)
        self._first_pts = 0
        self._last_tick = -1
        self._last_duration = round(Fraction(info.duration_s - info.time_s[-1]) / self._clock)

    def add(self, packet: VideoPacket) -> None:
        for pts, frame in self._decoder.decode(packet):
            self._encode(pts, frame)

    def end(self) -> None:
        if self._graph is None:
            raise VideoError(f"{self._path} has no frame that can be decoded.")
        self._mux(self._stream.encode(None))

    def _encode(self, pts: int, frame: av.VideoFrame) -> None:
        if self._graph is None:
            self._first_pts, self._size = pts, (frame.width, frame.height)
            self._graph = _graph(frame, self._time_base, orientation_of(frame, self._path))
        if (frame.width, frame.height) != self._size:
            raise VideoError(f"{self._path} changes its picture size after {self.written} frames.")
        tick = round((pts - self._first_pts) * self._time_base / self._clock)
        if tick <= self._last_tick:
            return  # a repeated timestamp, skipped as in decode_frames
        self._graph.vpush(frame)
        upright = self._graph.vpull()
        upright.pts, upright.time_base = tick, self._clock
        self._last_tick = tick
        self.written += 1
        self._mux(self._stream.encode(upright))

    def _mux(self, packets: list[VideoPacket]) -> None:
        for packet in packets:
            # Only the last frame's duration is used: an mp4 derives the others from the next frame's time.
            packet.duration = self._last_duration
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
    """Encodes sound as AAC, trimmed or padded so that it starts with the first frame."""

    def __init__(self, source: av.audio.AudioStream, output: av.container.OutputContainer, starts_at_s: float) -> None:
        self.source = source
        rate_hz = source.rate if source.rate in AAC_RATES_HZ else 48_000
        layout = "mono" if source.codec_context.channels == 1 else "stereo"
        self._decoder = SoundDecoder(source, rate_hz, layout, starts_at_s)
        self._encoder = AacEncoder(output, rate_hz, layout)

    def add(self, packet: AudioPacket | None) -> None:
        for at, samples in self._decoder.decode(packet):
            self._encoder.add(at, samples)

    def end(self) -> None:
        self.add(None)
        self._encoder.end()
