"""Pipeline stages that pass on pieces of a video, and an executor that runs each stage in a thread.

A stage takes one piece at a time and yields any number; it is independent of other stages and of the executor, so that
another executor (processes, Ray) could replace `run_side_by_side`.
"""

import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any, Protocol


class Piece(Protocol):
    """An item passed between stages."""

    @property
    def nbytes(self) -> int:
        """Its memory in bytes, mostly of pictures."""


class Stage(Protocol):
    """One step of the work; used by one thread, takes and yields pieces in order."""

    def feed(self, piece: Any) -> Iterable[Piece]:
        """Takes a piece; yields the results that are ready."""

    def finish(self) -> Iterable[Piece]:
        """Called after the last piece; yields the remaining results."""


def _through(stage: Stage, source: Iterable[Piece]) -> Iterator[Piece]:
    for piece in source:
        yield from stage.feed(piece)
    yield from stage.finish()


def run_side_by_side(
    source: Iterable[Piece], stages: Sequence[Stage], *, queue_bytes: int
) -> Generator[Any, None, None]:
    """Runs the source and each stage in its own thread; yields the results of the last stage, in order.

    The queue between two stages holds at most `queue_bytes` (or one larger piece); a faster stage waits for
    the next. An error in any thread stops all of them and is raised here; closing this iterator stops them too.
    """
    queues = [ByteQueue(queue_bytes) for _ in range(len(stages) + 1)]
    threads = [threading.Thread(target=_pump, args=(source, queues[0], queues), name="decode", daemon=True)]
    for stage, before, after in zip(stages, queues, queues[1:], strict=False):
        name = type(stage).__name__
        arguments = (_through(stage, before), after, queues)
        threads.append(threading.Thread(target=_pump, args=arguments, name=name, daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield from queues[-1]
    finally:
        for queue in queues:
            queue.stop()
        for thread in threads:
            thread.join()


def _pump(pieces: Iterable[Piece], target: "ByteQueue", queues: "Sequence[ByteQueue]") -> None:
    try:
        for piece in pieces:
            target.put(piece)
        target.close()
    except _StoppedError:
        return  # the reader has stopped, and has the error
    except BaseException as error:
        for queue in queues:
            queue.fail(error)


class _StoppedError(Exception):
    """The pipeline was stopped while this thread waited."""


class ByteQueue:
    """A FIFO queue bounded in bytes. Iteration ends when it is closed, and raises after `fail`."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._pieces: deque[tuple[Piece, int]] = deque()
        self._waiting_bytes = 0
        self._closed = False
        self._stopped = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def put(self, piece: Piece) -> None:
        """Adds a piece, after waiting for room; a piece larger than the limit is queued alone."""
        nbytes = piece.nbytes
        with self._changed:
            while not self._stopped and self._pieces and self._waiting_bytes + nbytes > self._limit:
                self._changed.wait()
            if self._stopped:
                raise _StoppedError
            self._pieces.append((piece, nbytes))
            self._waiting_bytes += nbytes
            self._changed.notify_all()

    def close(self) -> None:
        """Marks the end of the pieces."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Called by the reader: drops waiting pieces and stops the writer."""
        with self._changed:
            self._stopped = True
            self._pieces.clear()
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Raises `error` in the reader and stops the writer."""
        with self._changed:
            self._error = self._error or error
            self._stopped = True
            self._changed.notify_all()

    def __iter__(self) -> Iterator[Any]:
        while True:
            with self._changed:
                while not (self._pieces or self._closed or self._stopped):
                    self._changed.wait()
                if self._error is not None:
                    raise self._error
                if self._stopped:
                    raise _StoppedError
                if not self._pieces:
                    return
                piece, nbytes = self._pieces.popleft()
                self._waiting_bytes -= nbytes
                self._changed.notify_all()
            yield piece
