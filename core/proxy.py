"""Browser proxies: H.264 that Chromium, Firefox and Safari play and seek quickly.

Every source frame is there at its own timestamp, shifted so that the first is at 0. Frames are upright; an odd width or height
gains one pixel on the right or below, so that key points keep their pixel coordinates.
"""

from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer

from core.features import sync_and_rename
from core.progress import Progress
from core.video import VideoInfo, decode_frames, open_video, probe_video

CLOCK = Fraction(1, 90_000)
"""Holds 24, 25, 30 and their 1001ths exactly."""

_GOP_FRAMES = 12
_LONGEST_GOP_FRAMES = 30
_AUDIO_RATE_HZ = 48_000


def needs_proxy(info: VideoInfo) -> bool:
    """False where a browser plays the file itself, exactly and with quick seeks."""
    plays = info.codec == "h264" and info.pixel_format == "yuv420p" and info.path.suffix.lower() in {".mp4", ".m4v"}
    as_it_is = info.rotation_deg == 0 and info.starts_at_s == 0 and info.width_px % 2 == info.height_px % 2 == 0
    return not (plays and as_it_is and info.longest_gop_frames <= _LONGEST_GOP_FRAMES)


def make_proxy(source: Path, target: Path, progress: Progress) -> None:
    """Writes the proxy of `source` to `target`, which appears when it is whole.

    Raises VideoError where the source cannot be read, JobCancelledError where somebody cancelled; nothing is left then.
    """
    info = probe_video(source)
    temporary = target.with_name(f".{target.stem}.part.mp4")
    options = {"movflags": "+faststart", "video_track_timescale": str(CLOCK.denominator)}
    try:
        with av.open(temporary, "w", format="mp4", options=options) as container:
            stream = container.add_stream("libx264", rate=info.frame_rate)
            stream.width, stream.height = info.width_px + info.width_px % 2, info.height_px + info.height_px % 2
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = CLOCK
            stream.codec_context.options = {"crf": "20", "preset": "veryfast", "g": str(_GOP_FRAMES), "bf": "0"}
            audio = _add_audio(source, container)
            for index, (time_s, image) in enumerate(decode_frames(source)):
                if index % 50 == 0:
                    progress.raise_if_cancelled()
                    progress.report(index / info.frame_count, f"making a browser copy of {source.name}")
                frame = av.VideoFrame.from_ndarray(_even(image), format="bgr24")
                frame.pts, frame.time_base = round(time_s / CLOCK), CLOCK
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
            if audio is not None:
                _copy_audio(source, info.starts_at_s, container, audio)
        sync_and_rename(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _even(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width = image.shape[:2]
    if height % 2 == width % 2 == 0:
        return image
    padded = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return np.asarray(padded, dtype=np.uint8)


def _add_audio(source: Path, container: OutputContainer) -> AudioStream | None:
    with open_video(source) as (original, _):
        if not original.streams.audio:
            return None
    stream = container.add_stream("aac", rate=_AUDIO_RATE_HZ)
    stream.layout = "stereo"
    return stream


def _copy_audio(source: Path, starts_at_s: float, container: OutputContainer, stream: AudioStream) -> None:
    resampler = AudioResampler(format="fltp", layout="stereo", rate=_AUDIO_RATE_HZ, frame_size=1024)
    clock = Fraction(1, _AUDIO_RATE_HZ)
    with open_video(source) as (original, _):
        for frame in chain(original.decode(original.streams.audio[0]), [None]):
            for piece in resampler.resample(frame):
                if piece.pts is None or piece.time_base is None:
                    continue
                at = round((piece.pts * piece.time_base - Fraction(starts_at_s)) / clock)
                if at < 0:
                    continue
                piece.pts, piece.time_base = at, clock
                container.mux(stream.encode(piece))
        container.mux(stream.encode())
