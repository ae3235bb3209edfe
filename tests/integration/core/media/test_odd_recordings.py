"""Recordings with frames of no bytes, and with a cover picture stored like a film."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from core.errors import VideoError
from core.media.probe import probe_video
from core.media.video import decode_frames, read_frame

WIDTH_PX, HEIGHT_PX, FPS = 64, 48, 25


def picture(shade: int) -> np.ndarray:
    return np.full((HEIGHT_PX, WIDTH_PX, 3), shade, dtype=np.uint8)


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def avi(path: Path, shades: Sequence[int | None]) -> Path:
    """Motion JPEG; None is a frame without bytes, as capture cards write when they drop one."""
    frames = [b"" if shade is None else cv2.imencode(".jpg", picture(shade))[1].tobytes() for shade in shades]
    count, at, movi, index = len(frames), 4, b"movi", b""
    for frame in frames:
        index += struct.pack("<4sIII", b"00dc", 16 if frame else 0, at, len(frame))
        movi += chunk(b"00dc", frame)
        at = len(movi)
    main = struct.pack("<14I", 10**6 // FPS, 0, 0, 0x10, count, 0, 1, 0, WIDTH_PX, HEIGHT_PX, 0, 0, 0, 0)
    stream = struct.pack(
        "<4s4sIHHIIIIIIII4H", b"vids", b"MJPG", 0, 0, 0, 0, 1, FPS, 0, count, 0, 0, 0, 0, 0, WIDTH_PX, HEIGHT_PX
    )
    form = struct.pack("<IiiHH4sIiiII", 40, WIDTH_PX, HEIGHT_PX, 1, 24, b"MJPG", WIDTH_PX * HEIGHT_PX * 3, 0, 0, 0, 0)
    strl = chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", form))
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", main) + strl)
    path.write_bytes(chunk(b"RIFF", b"AVI " + header + chunk(b"LIST", movi) + chunk(b"idx1", index)))
    return path


@pytest.mark.parametrize(
    "shades",
    [[10, 60, None, None, 120, 180], [10, None, 60, None, 120], [10, 60, 120, None, None], [10, None, None, None]],
)
def test_a_frame_without_bytes_holds_the_one_before(tmp_path: Path, shades: list[int | None]) -> None:
    path = avi(tmp_path / "drops.avi", shades)
    held: list[int] = []
    for shade in shades:
        held.append(held[-1] if shade is None else shade)
    info = probe_video(path)
    assert info.frame_count == len(shades)
    assert info.time_s.tolist() == pytest.approx([n / FPS for n in range(len(shades))])
    assert [int(one.mean().round()) for _, one in decode_frames(path)] == pytest.approx(held, abs=3)
    assert read_frame(path, 1 / FPS).mean() == pytest.approx(held[1], abs=3)


def test_a_file_that_lacks_bytes_is_still_cut_short(tmp_path: Path) -> None:
    path = avi(tmp_path / "cut.avi", [10, None, 60, 120, 180, 200])
    path.write_bytes(path.read_bytes()[:-1500])
    with pytest.raises(VideoError, match="cut short"):
        probe_video(path)


@pytest.mark.parametrize("default", [0, av.stream.Disposition.default])
def test_a_cover_that_is_stored_like_a_film_is_not_taken_for_it(tmp_path: Path, default: int) -> None:
    path = tmp_path / "cover.mkv"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 320, 320, "yuvj420p"
        cover.disposition = default
        film = container.add_stream("libx264", rate=FPS)
        film.width, film.height, film.pix_fmt, film.time_base = WIDTH_PX, HEIGHT_PX, "yuv420p", Fraction(1, FPS)
        container.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((320, 320, 3), np.uint8), format="bgr24")))
        container.mux(cover.encode())
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(picture(100 + number), format="bgr24")
            frame.pts = number
            container.mux(film.encode(frame))
        container.mux(film.encode())
    info = probe_video(path)
    assert (info.frame_count, info.width_px, info.codec) == (20, WIDTH_PX, "h264")
    assert sum(1 for _ in decode_frames(path)) == 20
