"""A process seen before is told from a later one with its id."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from core.process_identity import is_running, started_at_s, was_running

LONG_BEFORE_S = 3_600.0


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def test_a_process_that_runs_is_there_since_its_start(sleeper: subprocess.Popen[bytes]) -> None:
    start_s = started_at_s(sleeper.pid)
    assert start_s == pytest.approx(psutil.Process(sleeper.pid).create_time())
    assert is_running(sleeper.pid, start_s)


def test_another_process_with_the_same_id_is_not_the_one_seen_before(sleeper: subprocess.Popen[bytes]) -> None:
    start_s = started_at_s(sleeper.pid)
    assert start_s is not None
    assert not is_running(sleeper.pid, start_s - LONG_BEFORE_S)


def test_where_no_start_was_kept_the_id_alone_decides(sleeper: subprocess.Popen[bytes]) -> None:
    assert is_running(sleeper.pid, None)


def test_a_process_that_was_killed_is_gone_before_anybody_reaps_it(sleeper: subprocess.Popen[bytes]) -> None:
    sleeper.kill()
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert started_at_s(sleeper.pid) is None
    assert not is_running(sleeper.pid, None)


def test_a_number_that_no_process_can_have_is_nobodys() -> None:
    assert started_at_s(-1) is None


def test_what_was_written_before_a_process_began_is_not_its_own() -> None:
    start_s = started_at_s(os.getpid())
    assert start_s is not None
    assert was_running(os.getpid(), start_s + 1)
    assert not was_running(os.getpid(), start_s - LONG_BEFORE_S)
