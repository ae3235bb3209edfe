"""Videos that the tests encode for themselves with PyAV: every frame shows its own number, and which way is up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

_BITS = 12


@dataclass(frozen=True)
class Made:
    """What to encode. `ticks` are presentation times in `clock`; sizes are of the upright picture.

    The picture is stored turned, and mirrored where asked, with the display matrix that makes it upright again:
    `rotation_deg` counter-clockwise, then mirrored left to right, as PyAV has it.
    """

    ticks: Sequence[int] = tuple(range(30))
    clock: Fraction = Fraction(1, 25)
    rate: Fraction = Fraction(25)
    width_px: int = 192
    height_px: int = 128
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    container: str = "mp4"
    rotation_deg: int = 0
    mirrored: bool = False
    gop: int = 12
    b_frames: int = 0
    faststart: bool = False
    fragmented: bool = False
    sound_s: float = 0.0
    sound_starts_s: float = 0.0
    options: tuple[tuple[str, str], ...] = ()


def numbered_picture(number: int, width_px: int, height_px: int) -> Picture:
    """`(H, W, 3)` BGR: `number` as twelve black or white fields along the top, red top left, blue bottom left."""
    picture = np.full((height_px, width_px, 3), 128, np.uint8)
    for bit in range(_BITS):
        left, right = (width_px * bit // _BITS, width_px * (bit + 1) // _BITS)
        picture[: height_px // 4, left:right] = 235 if number >> bit & 1 else 16
    picture[height_px // 4 : height_px // 2, : width_px // 2] = (0, 0, 220)
    picture[height_px * 3 // 4 :, : width_px // 2] = (220, 0, 0)
    return picture


def number_of(picture: Picture) -> int:
    """The number that `numbered_picture` drew."""
    height, width = picture.shape[:2]
    row = picture[height // 8].mean(axis=1)
    return sum(int(row[(2 * bit + 1) * width // (2 * _BITS)] > 128) << bit for bit in range(_BITS))


def encode(path: Path, made: Made) -> Path:
    """Encodes `made` to `path`; frame i shows the number i."""
    flags = ["+faststart"] * made.faststart + ["+frag_keyframe+empty_moov"] * made.fragmented
    with av.open(
        str(path), "w", format=made.container, options={"movflags": "".join(flags)} if flags else {}
    ) as output:
        stream = output.add_stream(made.codec, rate=made.rate, options=dict(made.options))
        lying = made.rotation_deg % 180 != 0
        stream.width, stream.height = (made.height_px, made.width_px) if lying else (made.width_px, made.height_px)
        stream.pix_fmt = made.pixel_format
        context = stream.codec_context
        context.time_base, context.gop_size, context.max_b_frames = made.clock, made.gop, made.b_frames
        if made.rotation_deg or made.mirrored:
            stream.set_display_rotation(made.rotation_deg, hflip=made.mirrored)
        sound = (
            output.add_stream("aac" if made.container == "mp4" else "libopus", rate=48_000) if made.sound_s else None
        )
        for number, tick in enumerate(made.ticks):
            picture = _stored(numbered_picture(number, made.width_px, made.height_px), made)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format=made.pixel_format)
            frame.pts, frame.time_base = tick, made.clock
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if sound is not None:
            for frame in tone(made.sound_s, made.sound_starts_s):
                output.mux(sound.encode(frame))
            output.mux(sound.encode(None))
    return path


def tone(duration_s: float, starts_s: float, rate_hz: int = 48_000) -> Iterable[av.AudioFrame]:
    """A 440 Hz tone in stereo, in frames of 1024 samples."""
    for first in range(0, int(duration_s * rate_hz), 1024):
        wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(first, first + 1024) / rate_hz)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]).astype(np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = rate_hz, first + round(starts_s * rate_hz)
        frame.time_base = Fraction(1, rate_hz)
        yield frame


def encode_sound(path: Path, duration_s: float = 1.0) -> Path:
    """A file with sound alone."""
    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=48_000)
        for frame in tone(duration_s, 0.0):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def cut_in_half(path: Path) -> Path:
    """The first half of the file's bytes, beside it."""
    half = path.with_name(f"half_{path.name}")
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return half


def with_frames_that_are_never_shown(path: Path) -> Path:
    """Of 40 frames, 20 to 29 are marked as hidden: the index promises them, and the decoder gives none, without an error."""
    encode(path, Made(codec="libvpx-vp9", container="webm", clock=Fraction(1, 1000), ticks=range(0, 1600, 40), gop=10))
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    for packet in packets[20:30]:
        data[data.index(packet)] &= ~0x02  # VP9's show_frame
    path.write_bytes(data)
    return path


def shows_itself_upright(picture: Picture) -> bool:
    """Whether red is above blue, both on the left."""
    height, width = picture.shape[:2]
    above = picture[height * 3 // 8, width // 4].astype(int)
    below = picture[height * 7 // 8, width // 4].astype(int)
    return bool(above[2] > above[0] + 60 and below[0] > below[2] + 60)


def _stored(upright: Picture, made: Made) -> Picture:
    clockwise = {0: None, 90: cv2.ROTATE_90_CLOCKWISE, -90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180}
    code = clockwise[made.rotation_deg]
    picture = upright[:, ::-1] if made.mirrored else upright
    return np.ascontiguousarray(picture if code is None else cv2.rotate(picture, code))
