"""Processes clips in parallel processes, with progress, and survives the crash of a process."""

import multiprocessing
import os
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from typing import Any

from core.child_processes import end_with_pool
from core.errors import JobCancelledError
from core.progress import Progress
from labeling.perception.clip_features import ClipOutcome, ClipTask, extract_clip

_LOOK_UP_S = 0.5  # interval at which cancellation is checked
_REPORT_EACH_S = 0.3
_GUESS_AFTER_S = 3.0  # an earlier estimate of the remaining time would be unstable


def run_clips(tasks: Sequence[ClipTask], workers: int, progress: Progress) -> Iterator[ClipOutcome]:
    """Yields outcomes in order of completion. With one worker, this process does the work.

    If a process crashes (in a decoder, or out of memory), each unfinished clip is run again in its own process to find
    the cause; that clip's outcome has a problem, the others are finished. Raises JobCancelledError between the chunks of a
    clip.
    """
    use_threads()
    total = _Total(tasks, progress)
    if workers <= 1 or len(tasks) <= 1:
        for task in tasks:
            progress.raise_if_cancelled()
            yield extract_clip(task, _ClipProgress(task.clip.id, total.advance, progress.raise_if_cancelled))
            total.finish(task.clip.id)
        return
    unfinished = {task.clip.id: task for task in tasks}
    for outcome in _side_by_side(tasks, workers, total):
        del unfinished[outcome.clip_id]
        yield outcome
    for task in unfinished.values():
        alone = list(_side_by_side([task], 1, total))
        died = f"{task.clip.name}: the process that read it died, so nothing was made of it."
        yield alone[0] if alone else ClipOutcome(task.clip.id, task.clip.name, problems=[died])


def _side_by_side(tasks: Sequence[ClipTask], workers: int, total: "_Total") -> Iterator[ClipOutcome]:
    """Ends early, without an error, if a process dies."""
    # Spawned, as OpenCV's and PyAV's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    count = min(workers, len(tasks))
    heard: Queue[tuple[int, float]] = context.Queue()
    cancelled = context.Event()
    threads = max(1, (os.cpu_count() or 1) // count)
    with ProcessPoolExecutor(count, context, initializer=_begin, initargs=(heard, cancelled, threads)) as executor:
        waiting: set[Future[ClipOutcome]] = {executor.submit(_extract, task) for task in tasks}
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=_LOOK_UP_S, return_when=FIRST_COMPLETED)
                total.hear(heard)
                for future in done:
                    if isinstance(future.exception(), BrokenProcessPool):
                        return
                    outcome = future.result()
                    total.finish(outcome.clip_id)
                    yield outcome
                total.progress.raise_if_cancelled()
        finally:
            cancelled.set()
            executor.shutdown(wait=True, cancel_futures=True)


class _Total:
    """Progress of all clips, weighted by frames, with an estimate of the remaining time."""

    def __init__(self, tasks: Sequence[ClipTask], progress: Progress) -> None:
        self.progress = progress
        self._frames = {task.clip.id: max(task.clip.frame_count, 1) for task in tasks}
        self._names = {task.clip.id: task.clip.name for task in tasks}
        self._fraction = dict.fromkeys(self._frames, 0.0)
        self._finished: set[int] = set()
        self._began_at = time.monotonic()

    def hear(self, heard: "Queue[tuple[int, float]]") -> None:
        """Reads the progress sent by the processes."""
        while True:
            try:
                clip_id, fraction = heard.get_nowait()
            except queue.Empty:
                return
            self.advance(clip_id, fraction)

    def advance(self, clip_id: int, fraction: float) -> None:
        if clip_id in self._finished:
            return
        self._fraction[clip_id] = fraction
        self._say(f"{self._names[clip_id]} {fraction:.0%}")

    def finish(self, clip_id: int) -> None:
        self._fraction[clip_id] = 1.0
        self._finished.add(clip_id)
        self._say(self._names[clip_id])

    def _say(self, what: str) -> None:
        frames = sum(self._frames.values())
        done = sum(self._frames[clip_id] * fraction for clip_id, fraction in self._fraction.items()) / frames
        message = f"{len(self._finished)} of {len(self._frames)} clips done, {what}"
        elapsed_s = time.monotonic() - self._began_at
        if elapsed_s >= _GUESS_AFTER_S and 0 < done < 1:
            message += f", {duration_in_words(elapsed_s * (1 - done) / done)} left"
        self.progress.report(done, message)


class _ClipProgress:
    """Progress of one clip, in this or another process: calls `advance` with its id and fraction (0..1)."""

    def __init__(
        self, clip_id: int, advance: Callable[[int, float], None], raise_if_cancelled: Callable[[], None]
    ) -> None:
        self._clip_id = clip_id
        self._advance = advance
        self.raise_if_cancelled = raise_if_cancelled
        self._said_at = 0.0

    def report(self, fraction: float, message: str) -> None:  # noqa: ARG002  # the total has its own words
        if time.monotonic() - self._said_at >= _REPORT_EACH_S:
            self._said_at = time.monotonic()
            self._advance(self._clip_id, fraction)


_of_this_process: dict[str, Any] = {}


def _begin(heard: "Queue[tuple[int, float]]", cancelled: Event, threads: int) -> None:
    """Initializes a process of the pool, before torch is imported."""
    end_with_pool()
    use_threads(threads)
    _of_this_process.update(heard=heard, cancelled=cancelled)


def use_threads(count: int | None = None) -> None:
    """Sets the number of threads of the models' libraries; must be called before torch is imported.

    Also makes waiting threads sleep: with OpenMP's default of spinning, parallel stages run at a third of the speed or less
    as soon as anything else runs (measured).
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if count is not None:
        os.environ.setdefault("OMP_NUM_THREADS", str(count))


def _extract(task: ClipTask) -> ClipOutcome:
    """Processes one clip in a process of the pool."""
    heard, cancelled = _of_this_process["heard"], _of_this_process["cancelled"]

    def raise_if_cancelled() -> None:
        if cancelled.is_set():
            raise JobCancelledError("Extracting features was cancelled.")

    return extract_clip(task, _ClipProgress(task.clip.id, lambda *advanced: heard.put(advanced), raise_if_cancelled))


def duration_in_words(seconds: float) -> str:
    """A rounded duration, such as 40 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
