"""Transcripts: text, SubRip and WebVTT, damaged, in other encodings, with hostile words and times."""

import math
import random
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import HOSTILE_TEXTS, damaged
from labeling.ingest.transcripts import read_transcript

_SRT = """1
00:00:01,500 --> 00:00:02,000
We lost.

2
00:00:03,000 --> 01:00:04,250
{\\an8}I <i>am</i>
fine - really.
"""
_VTT = """WEBVTT - made by hand

STYLE
::cue { color: red }

NOTE nothing

REGION
id:one width:40%

00:01.500 --> 00:02.000 line:0 position:20%
<v Ada>We lost.</v>

intro
00:00:03.000 --> 01:00:04.250
I <00:00:03.500><c>am</c>
fine - really.
"""
_TXT = "I felt fine out there.\n\nNo questions?\n"
_TIMES = (
    "00:00:00.000",
    "-1:00:00.000",
    "99:99:99.999",
    "9" * 400 + ":00:00.000",
    "9" * 5000 + ":00:00.000",
    "1e308",
    "nan",
    "inf",
    "00:01",
    "00:00:01.5",
    "٠٠:٠٠:٠١.٠٠٠",
    "00:00:01.000 --> 00:00:02.000",
)
_ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")
_MANY = 2_000_000


def _prepared(_folder: Path) -> Mapping[str, str]:
    return {".srt": _SRT, ".vtt": _VTT, ".txt": _TXT}


def _made(originals: Mapping[str, str], chance: random.Random, folder: Path) -> Path:
    suffix = chance.choice(sorted(originals))
    path = folder / f"a{suffix}"
    if chance.random() < 0.01:
        path.write_bytes(_bomb(chance))
    elif chance.random() < 0.5:
        path.write_bytes(damaged(originals[suffix].encode(), chance))
    else:
        text = _with_hostile_words(originals[suffix], chance)
        encoding = chance.choice(_ENCODINGS) if chance.random() < 0.3 else "utf-8"
        path.write_bytes(text.encode(encoding, errors="surrogatepass" if encoding.startswith("utf") else "replace"))
    return path


def _with_hostile_words(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    for _ in range(chance.choice((1, 2, 6))):
        words[chance.randrange(len(words))] = chance.choice((*HOSTILE_TEXTS, *_TIMES, "-->", "\n\n", "<", "{\\"))
    lines = " ".join(words).split("\n")
    if chance.random() < 0.3:
        chance.shuffle(lines)
    return chance.choice(("\n", "\n", "\r\n", "\r", "\x85", "\u2028")).join(lines)


def _bomb(chance: random.Random) -> bytes:
    bombs: tuple[Callable[[], bytes], ...] = (
        lambda: b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\na\n\n" * (_MANY // 10),
        lambda: b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<" * _MANY,
        lambda: b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"{\\" * _MANY,
        lambda: b"WEBVTT\n\n00:01.000 --> 00:02.000 " + b" " * _MANY,
        lambda: b"WEBVTT\n\n" + b"9" * _MANY,
        lambda: b"WEBVTT\n" + b"\n" * _MANY,
        lambda: b"1\n00:00:01,000 --> 00:00:02,000\n" * (_MANY // 20),
        lambda: b"WEBVTT\n\n" + b"NOTE\n\n" * (_MANY // 6),
        lambda: b"WEBVTT\n\n" + b"-->" * (_MANY // 3),
        lambda: b"a" * (9 * 2**20),
        lambda: b"a b " * (2 * 2**20),
    )
    return chance.choice(bombs)()


def _fed(_originals: Mapping[str, str], path: Path) -> None:
    for segment in read_transcript(path).segments:
        assert segment.text.strip(), "nothing is said"
        segment.text.encode()
        for time_s in (segment.start_s, segment.end_s):
            assert time_s is None or (math.isfinite(time_s) and time_s >= 0), f"a time of {time_s}"


FUZZER = Fuzzer("transcripts", _prepared, _made, _fed)
