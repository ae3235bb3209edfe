"""Videos of every container, damaged, with headers of another or with sizes, durations and rates that no file has."""

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.fuzzers.video_originals import originals
from benchmarks.fuzz.mutations import damaged
from core.errors import VideoError
from core.media.excerpt import SoundExcerpt, frames_shown_at, write_excerpt
from core.media.proxy import make_proxy
from core.media.video import VideoInfo, decode_frames, probe_video, write_thumbnail
from core.progress import SilentProgress

_FIELDS = (
    *(
        b"ftyp",
        b"moov",
        b"mvhd",
        b"tkhd",
        b"mdhd",
        b"elst",
        b"stsd",
        b"avc1",
        b"mp4v",
        b"hvc1",
        b"stts",
        b"ctts",
        b"stsc",
    ),
    *(
        b"stsz",
        b"stco",
        b"stss",
        b"avcC",
        b"esds",
        b"mp4a",
        b"avih",
        b"strh",
        b"strf",
        b"movi",
        b"idx1",
        b"LIST",
        b"WEBM",
    ),
    *(b"matroska", b"V_MPEG4/ISO/AVC", b"V_VP9", b"GIF89a", b"\x1a\x45\xdf\xa3", b"\x16\x54\xae\x6b", b"\x2a\xd7\xb1"),
    *(b"\x44\x89", b"\xb0", b"\xba", b"\x23\xe3\x83", b"\x47\x40\x00", b"\x00\x00\x00\x01", b"\x00\x00\x01"),
)
_NUMBERS = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
_MOST_FRAMES = 200


def _made(held: Mapping[str, bytes], chance: random.Random, folder: Path) -> Path:
    name = chance.choice(sorted(held))
    data = held[name]
    change = chance.randrange(10)
    if change < 4:
        data = damaged(data, chance)
    elif change < 7:
        data = _with_other_fields(data, chance)
    elif change == 7:
        data = _with_the_head_of(held[chance.choice(sorted(held))], data, chance)
    elif change == 8:
        data = _with_holes(data, chance)
    path = folder / (name if chance.random() < 0.9 else f"a{Path(chance.choice(sorted(held))).suffix}")
    path.write_bytes(data)
    return path


def _with_other_fields(data: bytes, chance: random.Random) -> bytes:
    """Numbers behind the names of fields become monsters."""
    held = bytearray(data)
    there = [field for field in _FIELDS if field in data]
    for _ in range(chance.choice((1, 1, 2, 5))):
        field = chance.choice(there)
        at = data.index(field) + len(field) + chance.choice((0, 4, 8, 12, 16, 20, 24, 28, 32, 36))
        size = chance.choice((1, 2, 4, 8))
        number = chance.choice((*_NUMBERS, chance.getrandbits(64))) & (256**size - 1)
        held[at : at + size] = number.to_bytes(size, chance.choice(("big", "little")))
    return bytes(held)


def _with_the_head_of(other: bytes, data: bytes, chance: random.Random) -> bytes:
    head = chance.choice((16, 64, 512, 2048))
    return other[:head] + data[chance.choice((0, head)) :]


def _with_holes(data: bytes, chance: random.Random) -> bytes:
    held = bytearray(data)
    for _ in range(chance.choice((1, 3))):
        at = chance.randrange(len(held))
        held[at : at + chance.choice((188, 4096))] = bytes(chance.choice((188, 4096)))
    return bytes(held)


def _fed(_held: Mapping[str, bytes], path: Path) -> None:
    info = probe_video(path)
    assert info.frame_count == len(info.time_s) > 0
    assert np.isfinite(info.time_s).all()
    assert (np.diff(info.time_s) > 0).all()
    assert info.time_s[0] == 0
    refusals = [
        refusal
        for step in (_frames, _proxy, _thumbnail, _excerpt)
        if (refusal := _refusal_of(step, info, path)) is not None
    ]
    if refusals:
        raise refusals[0]


def _refusal_of(step: object, info: VideoInfo, path: Path) -> VideoError | None:
    assert callable(step)
    try:
        step(info, path)
    except VideoError as error:
        return error
    return None


def _frames(info: VideoInfo, path: Path) -> None:
    times_s = [time_s for time_s, _picture in islice(decode_frames(path), _MOST_FRAMES)]
    assert _all_are_times_of(times_s, info.time_s), "a frame at a time that was not probed"


def _proxy(info: VideoInfo, path: Path) -> None:
    target = path.parent / "made" / "proxy.mp4"
    remarks = make_proxy(path, target, SilentProgress())
    copy = probe_video(target)
    assert copy.frame_count == info.frame_count or any("browser copy" in one for one in remarks), "frames lost silently"
    assert _all_are_times_of(copy.time_s + copy.starts_at_s, info.time_s), "a frame of the copy at another time"


def _all_are_times_of(times_s: Sequence[float] | np.ndarray, known_s: np.ndarray) -> bool:
    places = np.clip(np.searchsorted(known_s, np.asarray(times_s) - 1e-5), 0, len(known_s) - 1)
    return bool(np.all(np.abs(known_s[places] - times_s) < 2e-5))


def _thumbnail(info: VideoInfo, path: Path) -> None:
    write_thumbnail(path, path.parent / "made" / "thumbnail.jpg", float(info.time_s[info.frame_count // 2]))


def _excerpt(info: VideoInfo, path: Path) -> None:
    end_s = min(info.duration_s, 1.0)
    times_s = np.linspace(0, end_s, 5, endpoint=False)
    pictures = (picture[:32, :32] for picture in frames_shown_at(path, times_s))
    sound = SoundExcerpt(path, 0.0, end_s) if info.has_sound else None
    write_excerpt(path.parent / "made" / "excerpt.mp4", pictures, Fraction(5), sound=sound)


FUZZER = Fuzzer("videos", originals, _made, _fed)
