"""Requests wait for the server's pause, and for nothing once the run is stopped."""

import threading
import time

import pytest

from core.errors import JobCancelledError
from labeling.vlm.limits import RateLimiter


def test_a_hold_of_one_thread_holds_the_others() -> None:
    limiter, started_s = RateLimiter(), time.monotonic()
    limiter.hold(0.2)
    limiter.wait()
    assert time.monotonic() - started_s >= 0.2


def test_the_longer_of_two_holds_counts() -> None:
    limiter, started_s = RateLimiter(), time.monotonic()
    limiter.hold(0.2)
    limiter.hold(0.0)
    limiter.wait()
    assert time.monotonic() - started_s >= 0.2


def test_a_stop_ends_a_long_wait() -> None:
    limiter, heard = RateLimiter(), threading.Event()

    def waits() -> None:
        with pytest.raises(JobCancelledError):
            limiter.wait(600)
        heard.set()

    thread = threading.Thread(target=waits)
    thread.start()
    limiter.stop()
    thread.join(timeout=10)
    assert heard.is_set()
