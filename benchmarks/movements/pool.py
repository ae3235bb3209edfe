"""Fits in several processes, each of which has read the sets and computes in one thread."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from benchmarks.movements.cells import Cell, Outcome, run_cell
from benchmarks.movements.sets import Task, read_folder
from core.child_processes import end_with_pool
from core.errors import JobCancelledError
from core.progress import SilentProgress
from training.peers.interface import Peer

PILOT_S = 20.0
_MOST_PROCESSES = 8  # each holds the sets

Found = TypeVar("Found")


@dataclass
class _Held:
    """What a process fits on; set once when it begins."""

    tasks: Mapping[str, Task] = field(default_factory=dict)
    peers: Mapping[str, Peer] = field(default_factory=dict)


_HELD = _Held()


@dataclass(frozen=True, slots=True)
class Runner:
    """Without a pool, everything happens in this process."""

    processes: int
    pool: ProcessPoolExecutor | None

    def each(self, work: Callable[[Cell], Found], cells: Sequence[Cell]) -> Iterator[tuple[Cell, Found]]:
        """(cell, what came of it), begun in their order, as they are finished."""
        if self.pool is None:
            for cell in cells:
                yield cell, work(cell)
            return
        waiting: dict[Future[Found], Cell] = {}
        coming = iter(cells)
        try:
            while True:
                # No more are handed out than are worked on, so that little is lost when the bench is stopped.
                for cell in coming:
                    waiting[self.pool.submit(work, cell)] = cell
                    if len(waiting) >= self.processes:
                        break
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(future), future.result()
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def runner(folder: Path, tasks: Sequence[Task], peers: Mapping[str, Peer], processes: int | None) -> Iterator[Runner]:
    """As many processes as there are processors for us, where not told otherwise; with one, no other is started."""
    count = processes or min(_usable_processors(), _MOST_PROCESSES)
    if count == 1:
        _take(tasks, peers)
        yield Runner(1, None)
        return
    # Spawned, since a fork would copy locks that other threads hold.
    with ProcessPoolExecutor(count, get_context("spawn"), initializer=_hold, initargs=(folder, peers)) as pool:
        yield Runner(count, pool)


def fit(cell: Cell) -> Outcome:
    """The cell, to its end."""
    return run_cell(cell, _HELD.tasks[cell.task], _HELD.peers[cell.model], SilentProgress())


def pilot(cell: Cell) -> tuple[float, Outcome | None]:
    """Seconds of the cell, extrapolated where it takes longer than a pilot may, and its outcome where it does not."""
    limit, started = Limit(PILOT_S), time.monotonic()
    try:
        outcome = run_cell(cell, _HELD.tasks[cell.task], _HELD.peers[cell.model], limit)
    except JobCancelledError:
        return limit.whole_s(), None
    return time.monotonic() - started, outcome


class Limit:
    """The progress of a pilot fit: ends it after some seconds, and knows how long the whole would have taken.

    What a fit does before it first tells how far it is happens once and is not extrapolated.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._began_s = clock, clock()
        self._until_s = self._began_s + seconds
        self._first: tuple[float, float] | None = None
        self._last = (0.0, 0.0)

    def report(self, fraction: float, message: str) -> None:  # noqa: ARG002
        """Keeps time and fraction."""
        self._last = (self._clock(), fraction)
        self._first = self._first or self._last

    def raise_if_cancelled(self) -> None:
        """Raises JobCancelledError after the time, as soon as a pace can be told."""
        if self._clock() > self._until_s and self._first is not None and self._last[1] > self._first[1]:
            raise JobCancelledError("A pilot fit has told enough.")

    def whole_s(self) -> float:
        """Seconds of the whole fit, at the pace so far."""
        if self._first is None:
            raise ValueError("a fit that never told how far it is has no pace")
        (first_s, first), (last_s, last) = self._first, self._last
        return first_s - self._began_s + (last_s - first_s) * (1 - first) / (last - first)


def _hold(folder: Path, peers: Mapping[str, Peer]) -> None:
    """Initializes a process of the pool."""
    import torch
    from threadpoolctl import threadpool_limits

    end_with_pool()
    torch.set_num_threads(1)
    threadpool_limits(1)
    _take(read_folder(folder)[0], peers)


def _take(tasks: Sequence[Task], peers: Mapping[str, Peer]) -> None:
    _HELD.tasks, _HELD.peers = {task.title: task for task in tasks}, peers


def _usable_processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
