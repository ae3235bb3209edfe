"""Clip tables, iMiGUE's label table, its rows of micro-gestures and its lists of ids, damaged and of hostile contents."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import HOSTILE_NUMBERS, HOSTILE_TEXTS, damaged
from core.taxonomy import DEFAULT_TAXONOMY
from labeling.ingest.clip_table import read_clip_table
from labeling.ingest.imigue.label_table import find_label_table, read_label_table
from labeling.ingest.imigue.micro_gestures import cues_of, has_micro_gestures, read_micro_gestures
from labeling.ingest.imigue.protocols import read_protocol_ids

_CLIPS = b"""clip,subject,label,split,transcript
match-01.mp4,P07,positive,train,"I felt fine, out there."
match-02,P07,,train,match-02.txt
match-03,P08,negative,test,
"match-04",P09,positive,,"He said ""no"" to me
twice."
"""
_LABELS = b"""video_id,start_time,end_time,class,subject_id,subject_gender,subject_nationality,win_or_lose
12,3.2,4.7,23,7,F,Czechia,Win
12,0:05.5,0:07,11,7,F,Czechia,Win
0013,1:02:03,1:02:04.5,99,8,M,Spain,Lose
14,,,,9,F,USA,
"""
_IDS = b"train: 1 2 3\ntest: 4, 5\n0012,train\n"
_ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "utf-7")
_FORMULAS = ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", '=HYPERLINK("http://x","y")')
_WIDE, _LONG, _MANY = 100_000, 20_000_000, 360_000
_RATE = Fraction(25)
_LONGEST = 1000  # characters of a sentence that lists some names


@dataclass(frozen=True, slots=True)
class _Made:
    kind: str
    path: Path


def _prepared(_folder: Path) -> Mapping[str, bytes]:
    return {"clips": _CLIPS, "labels": _LABELS, "gestures": _LABELS, "ids": _IDS}


def _made(originals: Mapping[str, bytes], chance: random.Random, folder: Path) -> _Made:
    kind = chance.choice(sorted(originals))
    path = folder / "table.csv"
    if chance.random() < 0.01:
        path.write_bytes(_bomb(originals[kind].split(b"\n", 1)[0], chance))
    elif chance.random() < 0.5:
        path.write_bytes(damaged(originals[kind], chance))
    else:
        path.write_bytes(_with_hostile_cells(originals[kind].decode(), chance))
    return _Made(kind, path)


def _with_hostile_cells(text: str, chance: random.Random) -> bytes:
    separator = chance.choice((",", ",", ";", "\t", "|"))
    lines = [line.split(",") for line in text.rstrip("\n").split("\n")]
    for _ in range(chance.choice((1, 2, 6))):
        row = lines[chance.randrange(len(lines))]
        row[chance.randrange(len(row))] = _hostile_cell(chance)
    change = chance.randrange(8)
    if change == 0:
        lines[0] = [chance.choice(lines[0]) for _ in lines[0]]  # columns twice, others gone
    elif change == 1:
        chance.shuffle(lines)
    elif change == 2:
        lines.insert(0, [f"sep={separator}"] if chance.random() < 0.5 else [""])
    elif change == 3:
        lines = [[*row, ""] for row in lines]
    written = "\n".join(separator.join(row) for row in lines) + chance.choice(("\n", "", "\n\n\n"))
    encoding = chance.choice(_ENCODINGS) if chance.random() < 0.3 else "utf-8"
    return written.encode(encoding, errors="surrogatepass" if encoding.startswith("utf") else "replace")


def _hostile_cell(chance: random.Random) -> str:
    quoted = chance.random() < 0.3
    cell = str(chance.choice((*HOSTILE_TEXTS, *_FORMULAS, *map(_in_digits, HOSTILE_NUMBERS), '"', "\n", "\r")))
    return f'"{cell}"' if quoted else cell


def _in_digits(number: float) -> str:
    return "1" + "0" * 400 if isinstance(number, int) and number > 10**300 else str(number)


def _bomb(header: bytes, chance: random.Random) -> bytes:
    bombs: tuple[Callable[[], bytes], ...] = (
        lambda: header + b",x" * _WIDE + b"\n1\n",
        lambda: header + b"\n" + b"a" * _LONG,
        lambda: header + b"\n" + b"1,1\n" * _MANY,
        lambda: header + b"\n" + b'"' * _LONG,
        lambda: b"," * _LONG,
        lambda: b"\n" * _LONG + header,
        lambda: header + b"\n" + b",".join(b"%d" % number for number in range(_MANY)),
        lambda: header + b"\n" + b"\n".join(b"clip-%d,P%d" % (number, number) for number in range(_MANY // 4)),
    )
    return chance.choice(bombs)()


def _fed(_originals: Mapping[str, bytes], made: _Made) -> None:
    if made.kind == "clips":
        table = read_clip_table(made.path, DEFAULT_TAXONOMY)
        said = (*table.refusals, *table.warnings)
    elif made.kind == "labels":
        find_label_table([made.path])
        labels = read_label_table(made.path)
        said = (*labels.refusals, *labels.warnings)
    elif made.kind == "gestures":
        has_micro_gestures(made.path)
        gestures = read_micro_gestures(made.path)
        for marked in gestures.of_video.values():
            cues, _behind = cues_of(marked, _RATE, 60.0)
            assert all(0 <= cue.start_s <= cue.end_s <= 60 for cue in cues)
        said = gestures.warnings
    else:
        said = read_protocol_ids(made.path).warnings
    unfit = next((sentence for sentence in said if not sentence.isprintable() or len(sentence) > _LONGEST), None)
    assert unfit is None, f"no sentence for a terminal: {unfit[:200]!r}"


FUZZER = Fuzzer("tables", _prepared, _made, _fed)
