"""Feeds the inputs of a fuzzer in a child process that may die, hang or swell without harm.

The child feeds one input after another and tells of each when it begins and how it ended. The parent ends it where an input
takes longer than `LIMIT_S` or more memory than `LIMIT_BYTES`, and starts another one at the input after it. Input number n of
seed s is always the same, so that a fault can be looked at alone.
"""

import importlib
import multiprocessing
import random
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from benchmarks.fuzz.fuzzer import Fuzzer
from core.errors import LONGEST_SENTENCE, TelltaleError
from core.printable import printable
from core.progress import Progress, SilentProgress

LIMIT_S = 20.0
LIMIT_BYTES = 2 * 2**30
"""What one input may take, beyond what the process held before it."""
_LOOK_S = 0.05
_PREPARE_S = 120.0


class Outcome(StrEnum):
    """How an input ended; the last four are faults."""

    TAKEN = "taken"
    REFUSED = "refused"
    CRASHED = "crashed"
    DIED = "the process died"
    TOO_SLOW = "too slow"
    TOO_LARGE = "too much memory"


FAULTS = frozenset(Outcome) - {Outcome.TAKEN, Outcome.REFUSED}


@dataclass(frozen=True, slots=True)
class Fed:
    """One input: its number, how it ended, in words what was said of it, and the seconds it took."""

    number: int
    outcome: Outcome
    said: str
    seconds: float


@dataclass(slots=True)
class Findings:
    """Of a fuzzer's inputs: how many ended how, the faults, the slowest in seconds, and the most memory of one in bytes."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    faults: list[Fed] = field(default_factory=list)
    slowest_s: float = 0.0
    most_bytes: int = 0

    def add(self, fed: Fed) -> None:
        """Counts one input."""
        self.outcomes[fed.outcome] += 1
        self.slowest_s = max(self.slowest_s, fed.seconds)
        if fed.outcome in FAULTS:
            self.faults.append(fed)


def fuzz(
    module: str,
    number: int,
    *,
    seed: int = 0,
    first: int = 0,
    progress: Progress = SilentProgress(),  # noqa: B008  # it has no state
) -> Findings:
    """Feeds inputs `first` to `first + number - 1` of the fuzzer in `module`.

    Raises RuntimeError where a child does not get to its first input.
    """
    name = module.rpartition(".")[2]
    found = Findings()
    upcoming, end = first, first + number
    while upcoming < end:
        for fed, grown in _fed_by_one_child(module, seed, upcoming, end):
            found.add(fed)
            found.most_bytes = max(found.most_bytes, grown)
            upcoming = fed.number + 1
            progress.report((upcoming - first) / number, f"{name} {upcoming:,}, faults {len(found.faults):,}")
    return found


def _fed_by_one_child(module: str, seed: int, first: int, end: int) -> Iterator[tuple[Fed, int]]:
    """Each input with the bytes by which the process grew, until the child is through or an input ended it.

    Raises RuntimeError where the child does not get to its first input.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("spawn").Process(
        target=_feed_all, args=(module, seed, first, end, theirs), daemon=True
    )
    child.start()
    theirs.close()
    watched = _Watched(child, ours)
    try:
        watched.wait_until_prepared()
        for number in range(first, end):
            fed, grown = watched.next(number)
            yield fed, grown
            if fed.outcome in {Outcome.DIED, Outcome.TOO_SLOW, Outcome.TOO_LARGE}:
                return
    finally:
        child.kill()
        child.join()
        ours.close()


class _Watched:
    """A child that feeds, seen from its parent."""

    def __init__(self, child: Any, connection: Connection) -> None:
        self._child = child
        self._connection = connection
        self._before = 0

    def wait_until_prepared(self) -> None:
        """Raises RuntimeError where the child ends or says nothing."""
        if not self._connection.poll(_PREPARE_S):
            raise RuntimeError("A fuzzer did not get ready.")
        try:
            self._connection.recv()
        except EOFError as error:
            raise RuntimeError("A fuzzer ended while it got ready; its traceback is above.") from error

    def next(self, number: int) -> tuple[Fed, int]:
        """Waits for the end of an input, and the bytes by which the child grew meanwhile."""
        began_s, self._before, grown = time.monotonic(), self._resident(), 0
        while not self._connection.poll(_LOOK_S):
            spent_s = time.monotonic() - began_s
            grown = max(grown, self._resident() - self._before)
            if spent_s > LIMIT_S:
                return Fed(number, Outcome.TOO_SLOW, f"longer than {LIMIT_S:g} s", spent_s), grown
            if grown > LIMIT_BYTES:
                return Fed(number, Outcome.TOO_LARGE, f"{grown / 2**20:,.0f} MiB more", spent_s), grown
        try:
            fed: Fed = self._connection.recv()
        except EOFError:
            self._child.join()
            spent_s = time.monotonic() - began_s
            return Fed(number, Outcome.DIED, f"exit code {self._child.exitcode}", spent_s), grown
        return fed, max(grown, self._resident() - self._before)

    def _resident(self) -> int:
        try:
            return int(psutil.Process(self._child.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return self._before


def _feed_all(module: str, seed: int, first: int, end: int, told: Connection) -> None:
    """The child's work."""
    fuzzer: Fuzzer = importlib.import_module(module).FUZZER
    with tempfile.TemporaryDirectory(prefix="telltale-fuzz-") as made:
        originals = Path(made, "originals")
        originals.mkdir()
        prepared = fuzzer.prepare(originals)
        told.send(None)
        for number in range(first, end):
            with tempfile.TemporaryDirectory(dir=made) as own:
                chance = random.Random(f"{seed} {fuzzer.name} {number}")  # noqa: S311  # not a secret: the same inputs again
                item = fuzzer.make(prepared, chance, Path(own))
                began_s = time.monotonic()
                outcome, said = _outcome(fuzzer.feed, prepared, item)
                told.send(Fed(number, outcome, said, time.monotonic() - began_s))


def _outcome(feed: Any, prepared: Any, item: Any) -> tuple[Outcome, str]:
    try:
        feed(prepared, item)
    except TelltaleError as error:
        said = str(error)
        whole = said.endswith((".", "?")) and said == printable(said, LONGEST_SENTENCE)
        return (Outcome.REFUSED, said) if whole else (Outcome.CRASHED, f"no sentence: {said!r}")
    except Exception as error:  # every other error is what is looked for
        frames = traceback.extract_tb(error.__traceback__)
        where = " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(frames[-4:]))
        return Outcome.CRASHED, f"{type(error).__name__}: {str(error)[:200]!r} at {where}"
    return Outcome.TAKEN, ""
