"""Stages that hand each other pieces of a video, and the executor that runs them side by side in threads.

A stage is fed one piece at a time and gives back any number; it knows neither its neighbors nor what runs it, so that
another executor (processes, Ray) can take the place of `run_side_by_side`.
"""

import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any, Protocol


class Piece(Protocol):
    """What travels between stages."""

    @property
    def nbytes(self) -> int:
        """Memory that it holds, pictures above all."""


class Stage(Protocol):
    """One step of the work; used by one thread at a time, fed in order, and gives back in order."""

    def feed(self, piece: Any) -> Iterable[Piece]:
        """Takes a piece; gives what is ready."""

    def finish(self) -> Iterable[Piece]:
        """No more pieces come: gives the rest."""


def _through(stage: Stage, source: Iterable[Piece]) -> Iterator[Piece]:
    for piece in source:
        yield from stage.feed(piece)
    yield from stage.finish()


def run_side_by_side(
    source: Iterable[Piece], stages: Sequence[Stage], *, queue_bytes: int
) -> Generator[Any, None, None]:
    """The source and each stage in a thread of its own; what the last one gives is yielded here, in order.

    Between two of them wait at most `queue_bytes` (or one piece, where that alone is larger): whoever is faster than
    the next waits. An error anywhere stops all of them and is raised here; so does closing this iterator.
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
        return  # whoever reads has gone, and knows why
    except BaseException as error:
        for queue in queues:
            queue.fail(error)


class _StoppedError(Exception):
    """The work was given up while this thread waited."""


class ByteQueue:
    """First in, first out, bounded by the bytes that wait in it. Iterating ends when it is closed, or raises."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._pieces: deque[tuple[Piece, int]] = deque()
        self._waiting_bytes = 0
        self._closed = False
        self._stopped = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def put(self, piece: Piece) -> None:
        """Waits for room; a piece larger than the limit goes in alone."""
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
        """No more pieces come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Nobody reads any more: waiting pieces are dropped and whoever puts is stopped."""
        with self._changed:
            self._stopped = True
            self._pieces.clear()
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Whoever reads gets `error`, and whoever puts is stopped."""
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
