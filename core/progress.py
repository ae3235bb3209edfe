"""Progress reports and cancellation of long work."""

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
