"""The time by which what is stored is ordered: the machine's clock, but it never goes back.

Whether boxes follow a choice, or an answer the boxes, is told by their times. After a step of the clock backward, a choice
would look older than what it replaced, and an answer that is paid for older than the boxes it was made on.
"""

import threading
import time
from datetime import UTC, datetime, timedelta

_TICK = timedelta(microseconds=1)


class SteadyTime:
    """Follows the machine's clock forward; where that goes back, it goes on from the latest moment that it knows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known = datetime.min.replace(tzinfo=UTC)
        self._known_s = time.monotonic()

    def now(self) -> datetime:
        """The current time, timezone-aware UTC, later than all that it has told and heard of."""
        with self._lock:
            since = timedelta(seconds=time.monotonic() - self._known_s)
            self._know(max(datetime.now(UTC), self._known + max(since, _TICK)))
            return self._known

    def is_later_than(self, moment: datetime) -> None:
        """Hears of a time that was stored, perhaps by a process that knew the clock before it was set back."""
        with self._lock:
            since = timedelta(seconds=time.monotonic() - self._known_s)
            if moment > self._known + since:
                self._know(moment)

    def _know(self, moment: datetime) -> None:
        self._known, self._known_s = moment, time.monotonic()


STEADY_TIME = SteadyTime()
"""That of this process; `db.engine` tells it of what is stored."""
