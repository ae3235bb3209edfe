"""Progress of a benchmark: which part of how many, and the seconds since its start."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TOLD_AGAIN_S = 20.0


class Parts:
    """The `Progress` of a benchmark. A part is printed when it begins; its progress only in the reminders of
    `told_again`.

    `tell` receives whole lines. A benchmark says once how many parts to `expect` and then begins each.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._began_s = time.monotonic()
        self._told_s = self._began_s
        self._count = 0
        self._number = 0
        self._what = ""
        self._within = ""

    def expect(self, count: int) -> None:
        """Sets the number of parts."""
        self._count = count

    def begin(self, what: str) -> None:
        """Prints the next part. Raises ValueError for more parts than expected."""
        if self._number == self._count:
            raise ValueError(f"A bench began a part more than the {self._count} that it told of: {what}.")
        self._number += 1
        self._what, self._within = f": {what}", ""
        self._tell_where()

    def report(self, fraction: float, message: str) -> None:
        """`fraction` (0..1) is of the current part."""
        self._within = f" ({100 * fraction:.0f} %, {message})"

    def raise_if_cancelled(self) -> None:
        """Does nothing: a benchmark is stopped by a signal."""

    def check_all_told(self) -> None:
        """Raises ValueError where a benchmark began fewer parts than it expected, or none."""
        if not self._number or self._number != self._count:
            raise ValueError(f"A bench that told of {self._count} parts began {self._number}.")

    @contextmanager
    def told_again(self, after_s: float = TOLD_AGAIN_S) -> Iterator[None]:
        """Within the block, repeats the current part whenever nothing was printed for `after_s` seconds."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(max(0.0, self._told_s + after_s - time.monotonic())):
                if time.monotonic() >= self._told_s + after_s:
                    self._tell_where()

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        try:
            yield
        finally:
            over.set()
            looking.join()

    def _tell_where(self) -> None:
        self._told_s = time.monotonic()
        spent_s = self._told_s - self._began_s
        where = f"part {self._number} of {self._count}" if self._number else "getting ready"
        self._tell(f"[{spent_s:5.0f} s] {where}{self._what}{self._within}")


@contextmanager
def parts_on_stderr() -> Iterator[Parts]:
    """Parts printed on standard error, at least every 20 seconds."""
    parts = Parts(lambda line: print(line, file=sys.stderr, flush=True))
    with parts.told_again():
        yield parts
