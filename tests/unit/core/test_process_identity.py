"""A process seen before is told from a later one with its id."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from core.process_identity import Liveness, identity_of, is_running, liveness, started_at_s, was_running

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


@pytest.fixture(params=["by ticks", "by the clock"])
def systems(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that counts the ticks of a start, and one that has only the clock."""
    if request.param == "by the clock":
        monkeypatch.setattr("core.process_identity._place", lambda: None)


@pytest.mark.usefixtures("systems")
def test_a_stopped_process_runs_and_a_killed_one_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    seen = identity_of(sleeper.pid)
    sleeper.send_signal(signal.SIGSTOP)
    assert liveness(seen) is Liveness.RUNNING
    sleeper.kill()
    sleeper.wait()
    assert liveness(seen) is Liveness.GONE


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a start is only known by the clock")
def test_a_step_of_the_clock_by_an_hour_makes_no_other_process(sleeper: subprocess.Popen[bytes]) -> None:
    seen = identity_of(sleeper.pid)
    assert seen.started_at_s is not None
    assert liveness(replace(seen, started_at_s=seen.started_at_s + LONG_BEFORE_S)) is Liveness.RUNNING


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a start is only known by the clock")
def test_a_later_process_with_the_same_id_is_not_the_one_seen(sleeper: subprocess.Popen[bytes]) -> None:
    seen = identity_of(sleeper.pid)
    assert seen.mark is not None
    place, _, ticks = seen.mark.rpartition(" ")
    assert liveness(replace(seen, mark=f"{place} {int(ticks) - 1}")) is Liveness.GONE


@pytest.mark.usefixtures("systems")
def test_of_a_process_of_another_machine_nothing_is_known(sleeper: subprocess.Popen[bytes]) -> None:
    seen = identity_of(sleeper.pid)
    there = replace(seen, host="elsewhere", mark="another-boot 4026531836 5" if seen.mark else None)
    assert liveness(there) is Liveness.UNKNOWN


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a start of the machine has no name")
def test_a_process_from_before_this_machine_was_started_again_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    before_s = psutil.boot_time() - LONG_BEFORE_S
    seen = replace(identity_of(sleeper.pid), mark="another-boot 4026531836 5", started_at_s=before_s)
    assert liveness(seen) is Liveness.GONE


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a start of the machine has no name")
def test_a_process_from_before_a_restart_is_gone_also_where_the_clock_was_set_back(
    sleeper: subprocess.Popen[bytes],
) -> None:
    ahead_s = time.time() + LONG_BEFORE_S
    seen = replace(identity_of(sleeper.pid), mark="another-boot 4026531836 5", started_at_s=ahead_s)
    assert liveness(seen) is Liveness.GONE


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a start of the machine has no name")
def test_of_a_process_of_a_machine_with_the_same_name_nothing_is_known(sleeper: subprocess.Popen[bytes]) -> None:
    seen = replace(identity_of(sleeper.pid), mark="another-boot 4026531836 5")
    assert liveness(seen) is Liveness.UNKNOWN


def test_a_number_without_a_start_may_be_anothers(sleeper: subprocess.Popen[bytes]) -> None:
    of_an_older_version = replace(identity_of(sleeper.pid), started_at_s=None, host=None, mark=None)
    assert liveness(of_an_older_version) is Liveness.UNKNOWN
