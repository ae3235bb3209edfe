"""Texts of hostile repetitions, mixed, given to everything that searches text from outside."""

import random
from pathlib import Path

from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import HOSTILE_TEXTS
from benchmarks.text_growth.readers import HOSTILE, READERS

_LONGEST = 40_000
_PLANES = (
    (0, 0x7F),
    (0x80, 0x24F),
    (0x300, 0x36F),
    (0x2000, 0x206F),
    (0xD7F0, 0xE010),
    (0x1F300, 0x1FAFF),
    (0xE0000, 0xE01EF),
)


def _nothing(_folder: Path) -> None:
    return None


def _made(_nothing: None, chance: random.Random, _folder: Path) -> tuple[str, str]:
    pieces = []
    for _ in range(chance.choice((1, 2, 3, 8))):
        kind = chance.random()
        if kind < 0.7:
            unit = "".join(chance.choice(HOSTILE) for _ in range(chance.choice((1, 1, 2, 3))))
            pieces.append(unit * chance.choice((1, 30, 1000, _LONGEST // len(unit))))
        elif kind < 0.8:
            pieces.append(chance.choice(HOSTILE_TEXTS))
        else:
            low, high = chance.choice(_PLANES)
            pieces.append("".join(chr(chance.randint(low, high)) for _ in range(chance.choice((5, 300)))))
    chance.shuffle(pieces)
    return chance.choice(sorted(READERS)), "".join(pieces)[: 2 * _LONGEST]


def _fed(_nothing: None, made: tuple[str, str]) -> None:
    name, text = made
    READERS[name](text)


FUZZER = Fuzzer("texts", _nothing, _made, _fed)
