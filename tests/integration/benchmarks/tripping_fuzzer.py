"""A fuzzer whose inputs end in each way that there is, by their number modulo eight."""

import os
import random
import time
from pathlib import Path

from benchmarks.fuzz.fuzzer import Fuzzer
from core.errors import InputError


def _prepare(_folder: Path) -> None:
    return None


def _make(_prepared: None, chance: random.Random, folder: Path) -> str:
    assert not list(folder.iterdir())
    return chance.choice(("taken", "refused", "no sentence", "crash", "die", "hang", "swell"))


def _feed(_prepared: None, what: str) -> None:
    match what:
        case "refused":
            raise InputError("clip.mp4 is refused.")
        case "no sentence":
            raise InputError("")
        case "crash":
            raise KeyError("people")
        case "die":
            os._exit(3)
        case "hang":
            time.sleep(60)
        case "swell":
            held = bytearray(b"x" * (300 * 2**20))
            time.sleep(60)
            del held


FUZZER = Fuzzer("tripping", _prepare, _make, _feed)
