"""How many requests go out, when, and for how much money: shared by all threads of one labeling run."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import JobCancelledError, LabelingError

_LONGEST_NAP_S = 0.25  # a cancel is heard that soon


class BudgetReachedError(LabelingError):
    """The next request could pass the budget; nothing was sent."""


class RateLimiter:
    """Lets requests through one by one; a server that asked for a pause is left alone by all threads until it is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Nobody waits any longer: whoever does hears JobCancelledError."""
        self._stopped.set()

    def hold(self, seconds: float) -> None:
        """No request starts for so long."""
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + seconds)

    def wait(self, at_least_s: float = 0.0) -> None:
        """Returns when a request may start, and not before `at_least_s` have gone by. Raises JobCancelledError."""
        until = time.monotonic() + at_least_s
        while True:
            self.raise_if_stopped()
            with self._lock:
                left_s = max(until, self._not_before) - time.monotonic()
            if left_s <= 0:
                return
            self._stopped.wait(min(left_s, _LONGEST_NAP_S))

    def raise_if_stopped(self) -> None:
        """Raises JobCancelledError once `stop` was called."""
        if self._stopped.is_set():
            raise JobCancelledError("The labeling was stopped.")


class BudgetGuard:
    """Money of one run. Each request sets its worst case aside before it is sent, so that the budget is never passed."""

    def __init__(self, budget_usd: float | None) -> None:
        self._budget_usd = budget_usd
        self._lock = threading.Lock()
        self._spent_usd = 0.0
        self._reserved_usd = 0.0

    @property
    def spent_usd(self) -> float:
        """Cost of the answers so far, as the server counted them."""
        with self._lock:
            return self._spent_usd

    def spend(self, usd: float) -> None:
        """Books what an answer cost."""
        with self._lock:
            self._spent_usd += usd

    @contextmanager
    def reserved(self, worst_usd: float) -> Iterator[None]:
        """Sets the worst case aside while a request is under way. Raises BudgetReachedError where that is too much."""
        with self._lock:
            would_be = self._spent_usd + self._reserved_usd + worst_usd
            if self._budget_usd is not None and would_be > self._budget_usd:
                raise BudgetReachedError(
                    f"The budget of {self._budget_usd:.2f} USD would be passed: {self._spent_usd:.4f} USD are spent, and with "
                    f"the requests under way the next one could bring it to {would_be:.4f}."
                )
            self._reserved_usd += worst_usd
        try:
            yield
        finally:
            with self._lock:
                self._reserved_usd -= worst_usd
