"""Ends everything that a benchmark started: its processes and its temporary files.

Every benchmark has a temporary folder, named by TMPDIR. Processes inherit that variable, so that even jobs, which
leave their session on purpose, are found by it. A guard, a process of its own (`python -m benchmarks.supervision
FOLDER`), does it where the benchmark was killed and could not.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psutil

from core.child_processes import own_command, own_environment

_MARK = "TMPDIR"
_TEMPORARY = (_MARK, "TEMP", "TMP")  # the latter two are what Windows reads
_STOPS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))
_PATIENCE_S = 5.0
_LOOK_S = 0.05
_SWEEPS = 5  # a process may start another one before it ends


@contextmanager
def supervised() -> Iterator[Path]:
    """Yields the folder; at the end of the block, its processes are ended and its files deleted.

    SIGTERM, Ctrl+C and a closed terminal do the same and exit with 128 plus the signal's number. Only for the main
    thread, which receives signals. After kill -9, the guard does it.
    """
    folder = Path(tempfile.mkdtemp(prefix="telltale-bench-"))
    guard = _guard_of(folder)
    others = frozenset(psutil.Process().children(recursive=True))
    earlier = {name: os.environ.get(name) for name in _TEMPORARY}
    earlier_folder = tempfile.tempdir

    def stop(number: int, _frame: FrameType | None) -> None:
        for each in _STOPS:
            signal.signal(each, signal.SIG_IGN)
        os.write(
            sys.__stderr__.fileno() if sys.__stderr__ else 2, b"Stopped.\n"
        )  # print could be in the middle of a line
        try:
            _end(folder, others)
        finally:
            os._exit(128 + number)  # no block that waits for a browser or a server just ended has to be left

    handlers = {each: signal.signal(each, stop) for each in _STOPS}
    os.environ.update(dict.fromkeys(_TEMPORARY, str(folder)))
    tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        _end(folder, others)
        tempfile.tempdir = earlier_folder
        for name, value in earlier.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        for each, handler in handlers.items():
            signal.signal(each, handler)
        guard.communicate()


def started_in(folder: Path, others: Iterable[psutil.Process] = ()) -> set[psutil.Process]:
    """The running processes that descend from this one or carry this folder's mark, except `others`."""
    this = psutil.Process()
    found = set(this.children(recursive=True))
    for process in psutil.process_iter():
        if process != this and _carries(process, folder):
            found.add(process)
            with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                found.update(process.children(recursive=True))
    return {process for process in found.difference(others) if _works(process)}


def main() -> None:
    """The guard: standard input ends when the benchmark has, in whatever way."""
    sys.stdin.buffer.read()
    _end(Path(sys.argv[1]), ())


def _guard_of(folder: Path) -> "subprocess.Popen[bytes]":
    """In a session of its own, as Ctrl+C must not end it, and without the mark of the processes that it ends."""
    command = own_command("benchmarks.supervision", str(folder))
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, env=own_environment())  # noqa: S603  # ourselves


def _end(folder: Path, others: Iterable[psutil.Process]) -> None:
    for _ in range(_SWEEPS):
        found = started_in(folder, others)
        if not found:
            break
        _end_processes(found)
    _remove(folder)


def _end_processes(processes: Iterable[psutil.Process]) -> None:
    left = list(processes)
    for process in left:
        with suppress(psutil.NoSuchProcess):  # it has ended by itself
            process.terminate()
    for process in _waited_for(left):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _waited_for(left)


def _waited_for(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """The processes that still run after some seconds."""
    until_s = time.monotonic() + _PATIENCE_S
    while (left := [process for process in processes if _works(process)]) and time.monotonic() < until_s:
        time.sleep(_LOOK_S)
    return left


def _works(process: psutil.Process) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _carries(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.environ().get(_MARK) == str(folder)
    except psutil.Error:  # another user's, or gone
        return False


def _remove(folder: Path) -> None:
    for _ in range(_SWEEPS):
        shutil.rmtree(folder, ignore_errors=True)  # a thread of this process may still be writing
        if not folder.exists():
            return
        time.sleep(_LOOK_S)
    print(f"{folder} could not be removed.", file=sys.stderr)


if __name__ == "__main__":
    main()
