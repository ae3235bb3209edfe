"""Progress of a job that is watched, or cancelled at a given moment."""

from core.errors import JobCancelledError
from core.progress import SilentProgress


class CancelAfter(SilentProgress):
    """Presses cancel when `raise_if_cancelled` has been asked so many times."""

    def __init__(self, asked: int) -> None:
        self.left = asked

    def raise_if_cancelled(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise JobCancelledError("The job was cancelled.")


class Watching(SilentProgress):
    """Keeps what it is told, and counts how often a cancel is asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.fractions: list[float] = []

    def report(self, fraction: float, message: str) -> None:
        self.fractions.append(fraction)

    def raise_if_cancelled(self) -> None:
        self.asked += 1
