"""Rate limit and budget of one labeling run, shared by its threads."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import JobCancelledError, LabelingError

_LONGEST_NAP_S = 0.25  # interval at which waits check for cancellation


class BudgetReachedError(LabelingError):
    """The next request could exceed the budget; it was not sent."""


class RateLimiter:
    """Delays requests: if the server asked for a pause, all threads wait until it is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ends all waits, which raise JobCancelledError."""
        self._stopped.set()

    def hold(self, seconds: float) -> None:
        """Lets no request start for this long."""
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + seconds)

    def wait(self, at_least_s: float = 0.0) -> None:
        """Waits until a request may start, for at least `at_least_s`. Raises JobCancelledError."""
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
    """The budget of one run. Each request reserves its maximal cost before it is sent, so that it is never exceeded.

    A request that was sent and not answered may be paid for: its maximal cost stays out of the budget.
    """

    def __init__(self, budget_usd: float | None) -> None:
        self._budget_usd = budget_usd
        self._lock = threading.Lock()
        self._spent_usd = 0.0
        self._reserved_usd = 0.0
        self._unanswered: list[float] = []

    @property
    def unanswered(self) -> tuple[float, ...]:
        """The maximal costs, in USD, of the requests that were sent and not answered."""
        with self._lock:
            return tuple(self._unanswered)

    def count_unanswered(self, worst_usd: float) -> None:
        """Adds a request that was sent and not answered."""
        with self._lock:
            self._unanswered.append(worst_usd)

    @property
    def spent_usd(self) -> float:
        """Cost of the answers so far, by the server's token counts."""
        with self._lock:
            return self._spent_usd

    def spend(self, usd: float) -> None:
        """Adds the cost of an answer."""
        with self._lock:
            self._spent_usd += usd

    @contextmanager
    def reserved(self, worst_usd: float) -> Iterator[None]:
        """Reserves the maximal cost during a request. Raises BudgetReachedError if it exceeds what is left."""
        with self._lock:
            lost_usd = sum(self._unanswered)
            would_be = self._spent_usd + lost_usd + self._reserved_usd + worst_usd
            if self._budget_usd is not None and would_be > self._budget_usd:
                raise BudgetReachedError(
                    f"The budget of {self._budget_usd:.2f} USD would be passed: {self._spent_usd:.4f} USD are spent, "
                    f"{self._unanswered_in_words(lost_usd)}and with the requests under way the next one could bring it to "
                    f"{would_be:.4f}."
                )
            self._reserved_usd += worst_usd
        try:
            yield
        finally:
            with self._lock:
                self._reserved_usd -= worst_usd

    def _unanswered_in_words(self, lost_usd: float) -> str:
        count = len(self._unanswered)
        if not count:
            return ""
        requests = "1 request was" if count == 1 else f"{count} requests were"
        return f"{requests} sent and not answered, for {lost_usd:.4f} at most, "
