"""Requests wait for the server's pause, and for nothing once the run is stopped."""

import threading
import time

import pytest

from core.errors import JobCancelledError
from labeling.vlm.limits import Gate


def test_a_hold_of_one_thread_holds_the_others() -> None:
    gate = Gate()
    gate.hold(0.2)
    started_s = time.monotonic()
    gate.wait()
    assert time.monotonic() - started_s >= 0.2


def test_the_longer_of_two_holds_counts() -> None:
    gate = Gate()
    gate.hold(0.2)
    gate.hold(0.0)
    started_s = time.monotonic()
    gate.wait()
    assert time.monotonic() - started_s >= 0.2


def test_a_stop_ends_a_long_wait() -> None:
    gate, heard = Gate(), threading.Event()

    def waits() -> None:
        with pytest.raises(JobCancelledError):
            gate.wait(600)
        heard.set()

    thread = threading.Thread(target=waits)
    thread.start()
    gate.stop()
    thread.join(timeout=10)
    assert heard.is_set()
