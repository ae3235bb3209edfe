"""Runs clips side by side in processes, and outlives a process that dies."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from core.progress import Progress
from labeling.perception.clip_work import ClipOutcome, ClipTask, perceive_clip

_LOOK_UP_S = 0.5  # how long a cancel may wait to be heard


def run_clips(tasks: Sequence[ClipTask], workers: int, progress: Progress) -> Iterator[ClipOutcome]:
    """Outcomes as they come. With one worker the work is done in this process.

    A video that kills its process (a decoder's crash, no memory) is found out by running every unfinished clip again in
    a process of its own, and is given back as a problem; the others are finished. Raises JobCancelledError between
    clips.
    """
    if workers <= 1 or len(tasks) <= 1:
        for task in tasks:
            progress.raise_if_cancelled()
            yield perceive_clip(task)
        return
    unfinished = {task.clip.id: task for task in tasks}
    for outcome in _side_by_side(tasks, workers, progress):
        del unfinished[outcome.clip_id]
        yield outcome
    for task in unfinished.values():
        alone = list(_side_by_side([task], 1, progress))
        died = f"{task.clip.name}: the process that read it died, so nothing was made of it."
        yield alone[0] if alone else ClipOutcome(task.clip.id, task.clip.name, problems=[died])


def _side_by_side(tasks: Sequence[ClipTask], workers: int, progress: Progress) -> Iterator[ClipOutcome]:
    """Stops early, without an error, where a process died."""
    # Spawned, not forked: OpenCV's and PyAV's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context) as executor:
        waiting: set[Future[ClipOutcome]] = {executor.submit(perceive_clip, task) for task in tasks}
        try:
            while waiting:
                progress.raise_if_cancelled()
                done, waiting = wait(waiting, timeout=_LOOK_UP_S, return_when=FIRST_COMPLETED)
                for future in done:
                    if isinstance(future.exception(), BrokenProcessPool):
                        return
                    yield future.result()
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
