"""Each stage on a disk that is full, nearly full or read-only, and beside a program that holds the database.

The disk is a small file system of its own, which only root may mount.
"""

import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import pytest

import app.jobs.carry_out
import db.engine
from app.cli.demo_stages import write_cohort_folder
from app.cli.main import main
from core.progress import SilentProgress
from core.settings.writer import file_version, write_settings
from tests.browser.conftest import free_port
from tests.integration.app.stage_processes import LONGEST_S, TINY, child, done

DISK_MIB = 64
Fault = Callable[[Path], AbstractContextManager[None]]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", folder], check=False)
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def room_for(bytes_left: int, disk: Path) -> Iterator[None]:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        step = 2**20
        while step:
            try:
                stream.write(b"\0" * step)
            except OSError:
                step //= 2
    with filler.open("r+b") as stream:
        stream.truncate(filler.stat().st_size - bytes_left)
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


@contextmanager
def locked(disk: Path) -> Iterator[None]:
    with closing(sqlite3.connect(disk / "study" / "telltale.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


FAULTS: dict[str, Fault] = {
    "full": partial(room_for, 0),
    "soon full": partial(room_for, 400_000),
    "read-only": read_only,
    "locked": locked,
}


@dataclass(frozen=True)
class Stage:
    """`status` does it, with its errors in a file, and tells how it ended.

    `fails`: the faults under which it cannot do its work.
    """

    name: str
    status: Callable[[Path], int]
    fails: frozenset[str] = frozenset({"full", "read-only", "locked"})


def impatient(arguments: list[str]) -> None:
    """A command that waits for no lock longer than a test can."""
    db.engine.BUSY_TIMEOUT_MS = 50
    app.jobs.carry_out.PATIENCE_S = 0.2
    main(arguments)


def command(root: Path, *arguments: str, fails: frozenset[str] = Stage.fails) -> Stage:
    return Stage(arguments[0], partial(done, partial(impatient, [*arguments, "--workspace", str(root)])), fails)


def served(root: Path, log: Path) -> int:
    """0 once the app answers, which is then stopped; else the exit status of `telltale serve`."""
    port = free_port()
    process = child(partial(impatient, ["serve", "--workspace", str(root), "--port", str(port)]), log)
    until_s = time.monotonic() + LONGEST_S
    answered = False
    while process.is_alive() and not answered and time.monotonic() < until_s:
        with suppress(OSError):
            answered = urlopen(f"http://127.0.0.1:{port}/_stcore/health").status == HTTPStatus.OK
        time.sleep(0.1)
    process.kill()
    process.join()
    assert process.exitcode is not None
    return 0 if answered else process.exitcode


def change_a_setting(root: Path) -> None:
    write_settings(root, {"review.mode": "assisted"}, read=file_version(root))


def stages(root: Path, given: Path) -> list[Stage]:
    video = min(given.rglob("*.mp4"))
    openpose = min((given / "openpose").glob(f"{video.stem}*"))
    reads_only: frozenset[str] = frozenset()
    return [
        command(root, "import", str(given)),
        command(root, "perceive"),
        command(root, "label", "--labeler", "simulated"),
        command(root, "curate", "first"),
        command(root, "train"),
        command(root, "evaluate", "--rows", "majority,fusion"),
        command(root, "predict", str(video), "--openpose", str(openpose), "--run", "1", fails=reads_only),
        command(root, "check", fails=reads_only),
        Stage("settings", partial(done, partial(change_a_setting, root)), frozenset({"full", "read-only"})),
        Stage("serve", partial(served, root), reads_only),
    ]


@pytest.mark.long
def test_each_stage_says_one_sentence_loses_nothing_and_goes_on_afterwards(disk: Path, tmp_path: Path) -> None:
    root, given, log = disk / "study", tmp_path / "given", tmp_path / "errors"
    write_cohort_folder(given, "demo", seed=1, clips_wanted=16, changes={"clip_s": 2.0}, progress=SilentProgress())
    root.mkdir()
    (root / "telltale.toml").write_text(TINY, encoding="utf-8")
    assert command(root, "status").status(log) == 0
    for stage in stages(root, given):
        for name, fault in FAULTS.items():
            with fault(disk):
                status = stage.status(log)
            told = log.read_text(encoding="utf-8")
            assert status in {0, 1}, f"{stage.name} on a disk that is {name}:\n{told}"
            assert "Traceback" not in told, f"{stage.name} on a disk that is {name}:\n{told}"
            assert "SELECT" not in told
            assert "INSERT" not in told
            if name in stage.fails:
                assert status == 1, f"{stage.name}: {name}"
                assert told.strip().splitlines()[-1].endswith("."), told
        assert stage.status(log) == 0, f"{stage.name} afterwards: {log.read_text(encoding='utf-8')}"
