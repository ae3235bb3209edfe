"""Progress reports and cancellation of long work."""

from collections.abc import Iterator, Sequence
from typing import Protocol


class Progress(Protocol):
    """Passed to every long function; the command line draws a bar, a job updates its row."""

    def report(self, fraction: float, message: str) -> None:
        """`fraction` is the share of the work that is done (0..1); `message` says what is being done."""

    def raise_if_cancelled(self) -> None:
        """Raises JobCancelledError if the work was cancelled."""


class SilentProgress:
    """Reports nothing and is never cancelled."""

    def report(self, fraction: float, message: str) -> None:
        """Does nothing."""

    def raise_if_cancelled(self) -> None:
        """Never raises."""


class _Share:
    """Reports the progress of a piece of the work as part of the whole, from `begin` to `end` (0..1)."""

    def __init__(self, whole: Progress, begin: float, end: float) -> None:
        self._whole, self._begin, self._end = whole, begin, end

    def report(self, fraction: float, message: str) -> None:
        """`fraction` is of the piece."""
        self._whole.report(self._begin + (self._end - self._begin) * fraction, message)

    def raise_if_cancelled(self) -> None:
        """As the whole does."""
        self._whole.raise_if_cancelled()


def shares(whole: Progress, sizes: Sequence[float]) -> Iterator[Progress]:
    """The progress of each of several pieces that follow each other, whose shares of the whole go by their sizes."""
    total, before = sum(sizes), 0.0
    for size in sizes:
        yield _Share(whole, before / total, (before + size) / total)
        before += size
