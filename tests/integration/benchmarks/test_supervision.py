"""A bench ends with everything that it started, whichever way it ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from benchmarks import supervision
from benchmarks.supervision import started_in, supervised

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
# Starts a process of its own that leaves it, as a job of the product does, and waits for it to be up.
DETACHES = (
    "import subprocess, sys; "
    f"child = subprocess.Popen({SLEEP!r}, start_new_session=True, stdout=subprocess.PIPE); "
    "child.stdout.readline(); print(child.pid, flush=True)"
)
# What SIGTERM does not end.
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
BENCH = f"""
import subprocess, sys, tempfile, time
from pathlib import Path
from benchmarks import supervision
from benchmarks.supervision import supervised
with supervised() as folder:
    child = subprocess.Popen({SLEEP!r}, stdout=subprocess.PIPE)
    child.stdout.readline()
    detached = subprocess.run([sys.executable, "-c", {DETACHES!r}], stdout=subprocess.PIPE, text=True).stdout
    Path(tempfile.mkdtemp(), "film").write_bytes(b"frames")
    print(folder, child.pid, detached.strip(), flush=True)
    time.sleep(600)
"""


def works(pid: int) -> bool:
    """Whether there is such a process, other than one that has ended and that nobody has asked about."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until_s, "the bench is still there"
        time.sleep(0.05)


@contextmanager
def bench_under_way() -> Iterator[tuple["subprocess.Popen[str]", Path, list[int]]]:
    """The process of a small bench, its folder and the processes that it started."""
    bench = subprocess.Popen([sys.executable, "-c", BENCH], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert bench.stdout is not None
        folder, *pids = bench.stdout.readline().split()
        yield bench, Path(folder), [int(pid) for pid in pids]
    finally:
        bench.kill()
        bench.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_children_detached_ones_and_the_folder(number: signal.Signals) -> None:
    with bench_under_way() as (bench, folder, pids):
        assert folder.is_dir()
        assert [works(pid) for pid in pids] == [True, True]
        bench.send_signal(number)
        _, told = bench.communicate(timeout=120)
        assert bench.returncode == 128 + number
        assert told == "Stopped.\n"
        assert [works(pid) for pid in pids] == [False, False]
        assert not folder.exists()


def test_after_kill_9_nothing_of_a_bench_is_left_either() -> None:
    with bench_under_way() as (bench, folder, pids):
        bench.kill()
        bench.wait()
        try:
            wait_until(lambda: not any(works(pid) for pid in pids) and not folder.exists())
        finally:
            for pid in filter(works, pids):
                os.kill(pid, signal.SIGKILL)


def test_an_end_without_a_signal_leaves_no_process_and_no_file() -> None:
    with supervised() as folder:
        child = subprocess.Popen(SLEEP, stdout=subprocess.PIPE)
        found = subprocess.run([sys.executable, "-c", DETACHES], stdout=subprocess.PIPE, text=True, check=True)
        detached = int(found.stdout)
        Path(tempfile.mkdtemp(), "film").write_bytes(b"frames")
        assert detached in {process.pid for process in started_in(folder)}
    assert not folder.exists()
    assert not works(child.pid)
    assert not works(detached)
    child.communicate()


def test_an_error_in_a_bench_ends_what_it_started_and_is_told() -> None:
    children = []

    def fails() -> None:
        with supervised():
            children.append(subprocess.Popen(SLEEP, stdout=subprocess.PIPE))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not works(children[0].pid)
    children[0].communicate()


def test_a_process_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "_PATIENCE_S", 0.2)
    with supervised():
        child = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
    child.communicate()
    assert child.returncode == -signal.SIGKILL


def test_what_ran_before_the_bench_goes_on() -> None:
    earlier = subprocess.Popen(SLEEP, stdout=subprocess.PIPE)
    try:
        with supervised():
            pass
        assert works(earlier.pid)
    finally:
        earlier.kill()
        earlier.communicate()


def test_the_temporary_folder_and_the_signals_are_afterwards_as_before() -> None:
    before = os.environ.get("TMPDIR"), tempfile.gettempdir(), signal.getsignal(signal.SIGTERM)
    with supervised() as folder:
        assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(folder)
    assert before == (os.environ.get("TMPDIR"), tempfile.gettempdir(), signal.getsignal(signal.SIGTERM))


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A temporary folder whose path is short enough for a browser's socket in it, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.long
def test_a_temporary_folder_with_too_long_a_path_for_a_browser_is_named(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 20)
    folder.mkdir()
    command = [sys.executable, "-m", "app", "bench", "review", "--drift", "2", "--workspace", str(tmp_path / "study")]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "TMPDIR": str(folder)}
    )
    assert done.returncode == 1
    assert "has too long a path for its socket. Set TMPDIR to a shorter one." in done.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.long
def test_a_real_bench_that_is_stopped_leaves_neither_server_nor_folder(tmp_path: Path, short_folder: Path) -> None:
    command = [sys.executable, "-m", "app", "bench", "review", "--drift", "2", "--workspace", str(tmp_path / "study")]
    environment = {**os.environ, "TMPDIR": str(short_folder)}
    others = psutil.Process().children(recursive=True)  # what earlier tests of this worker keep
    bench = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert bench.stderr is not None
        while "part 2" not in (line := bench.stderr.readline()):  # the film is made, the page plays it
            assert line, "The bench ended before it could be stopped."
        (folder,) = short_folder.glob("telltale-bench-*")
        servers = [one for one in started_in(folder, others) if "serve" in one.cmdline()]
        assert servers  # two, while one starts a program: a fork is called as its parent until then
        bench.send_signal(signal.SIGTERM)
        bench.communicate(timeout=120)
        assert bench.returncode == 128 + signal.SIGTERM
        assert [one for one in servers if works(one.pid)] == []
        assert started_in(folder, others) == set()
        assert not folder.exists()
    finally:
        bench.kill()
        bench.communicate()
