"""Sound of a video: decoded, resampled, shifted in time, and encoded as AAC.

Positions are integer sample numbers at the output rate, counted from the clip's time 0, so that sound does not drift.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import TypeAlias

import av
import av.audio
import av.container
import numpy as np
import numpy.typing as npt
from av.audio.resampler import AudioResampler

AudioPacket: TypeAlias = "av.Packet[av.audio.AudioStream]"

Samples = npt.NDArray[np.float32]
"""Shape (channels, samples), values from -1 to 1."""

AAC_RATES_HZ = frozenset(
    {96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000}
)


CLOCK_JITTER_S = 0.02
"""No gap or overlap that is shorter is one: Matroska rounds times to milliseconds, so that adjacent blocks seem to have some."""


class SoundDecoder:
    """Decodes and resamples one stream to the given rate and layout; sample 0 is at `zero_s` of the container's clock.

    The stream may change its own rate, layout or format on the way, as broadcasts and joined recordings do.
    """

    def __init__(self, source: av.audio.AudioStream, rate_hz: int, layout: str, zero_s: float) -> None:
        self._source = source
        self._rate_hz = rate_hz
        self._first_sample = round(zero_s * rate_hz)
        self._layout = layout
        self._resampler: AudioResampler | None = None
        self._form: tuple[str, str, int] | None = None

    def decode(self, packet: AudioPacket | None) -> Iterator[tuple[int, Samples]]:
        """(index of the first sample, samples) decoded once `packet` is there, from sample 0 on; None flushes."""
        decoded = [None] if packet is None else self._source.decode(packet)
        for frame in chain.from_iterable(map(self._resampled, decoded)):
            at = round((frame.pts or 0) * Fraction(frame.time_base or 0) * self._rate_hz) - self._first_sample
            samples = frame.to_ndarray().astype(np.float32, copy=False)
            if at + samples.shape[1] > 0:
                yield max(at, 0), samples[:, max(-at, 0) :]

    def _resampled(self, frame: av.AudioFrame | None) -> list[av.AudioFrame]:
        form = None if frame is None else (frame.format.name, frame.layout.name, frame.sample_rate)
        if form == self._form and self._resampler is not None:
            return self._resampler.resample(frame)
        before = self._resampler.resample(None) if self._resampler is not None else []
        self._form = form
        if frame is None:
            return before
        self._resampler = AudioResampler(format="fltp", layout=self._layout, rate=self._rate_hz)
        return [*before, *self._resampler.resample(frame)]


class AacEncoder:
    """One AAC stream of `output`, to which blocks of samples are added in order."""

    def __init__(
        self, output: av.container.OutputContainer, rate_hz: int, layout: str, bits_per_s: int | None = None
    ) -> None:
        """`rate_hz` is one of `AAC_RATES_HZ`; `bits_per_s` None leaves the bit rate to libav."""
        self._output = output
        self._rate_hz = rate_hz
        self._layout = layout
        self._stream = output.add_stream("aac", rate=rate_hz)
        self._stream.layout = layout
        if bits_per_s is not None:
            self._stream.codec_context.bit_rate = bits_per_s

    def add(self, at: int, samples: Samples) -> None:
        """Encodes samples, the first of which is number `at` of the clip; a gap before them is kept."""
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate_hz, at, Fraction(1, self._rate_hz)
        self._output.mux(self._stream.encode(frame))

    def end(self) -> None:
        """Flushes the encoder."""
        self._output.mux(self._stream.encode(None))
