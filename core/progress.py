"""How long work says how far it is, and hears that it shall stop."""

from typing import Protocol


class Progress(Protocol):
    """Handed to every long function; the command line draws a bar, a job writes to its row."""

    def report(self, fraction: float, message: str) -> None:
        """`fraction` is 0..1 of the whole work; `message` is what is being done, in a few words."""

    def raise_if_cancelled(self) -> None:
        """Raises JobCancelledError once somebody has pressed cancel."""


class SilentProgress:
    """For callers that nobody watches."""

    def report(self, fraction: float, message: str) -> None:
        """Says nothing."""

    def raise_if_cancelled(self) -> None:
        """Never cancelled."""
