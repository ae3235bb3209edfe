"""Each stage on a disk that is full, nearly full or read-only, and beside a program that holds the database.

The disk is a small file system of its own, which only root may mount.
"""

import os
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

import app.jobs.carry_out
import db.engine
from app.cli.demo_stages import write_cohort_folder
from app.cli.main import main
from core.progress import SilentProgress

DISK_MIB = 64
UNEXPECTED = 70
TINY = """[perception]
person = "keypoint-box"
image = "hog"
text = "hashing"

[training]
folds = 2
width = 8
layers = 1
heads = 2
window_frames = 50
stage1_epochs = 1
stage2_epochs = 1
batch_clips = 4
"""
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


def run(root: Path, *arguments: str) -> int:
    """The exit status of a command in a process of its own, forked so that it need not import everything again."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = UNEXPECTED
    try:
        main([*arguments, "--workspace", str(root)])
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def stages(given: Path) -> list[tuple[str, ...]]:
    return [
        ("import", str(given)),
        ("perceive",),
        ("label", "--labeler", "simulated"),
        ("train",),
        ("evaluate", "--rows", "majority,fusion"),
    ]


@pytest.mark.long
def test_each_stage_says_one_sentence_loses_nothing_and_goes_on_afterwards(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(db.engine, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setattr(app.jobs.carry_out, "PATIENCE_S", 0.2)
    root, given = disk / "study", tmp_path / "given"
    write_cohort_folder(given, "demo", seed=1, clips_wanted=16, changes={"clip_s": 2.0}, progress=SilentProgress())
    root.mkdir()
    (root / "telltale.toml").write_text(TINY, encoding="utf-8")
    assert run(root, "status") == 0
    for stage in stages(given):
        for name, fault in FAULTS.items():
            capfd.readouterr()
            with fault(disk):
                status = run(root, *stage)
            told = capfd.readouterr().err
            assert status in {0, 1}, f"{stage} on a disk that is {name}:\n{told}"
            assert "Traceback" not in told, f"{stage} on a disk that is {name}:\n{told}"
            assert "SELECT" not in told
            assert "INSERT" not in told
            if name in {"full", "read-only", "locked"}:
                assert status == 1, f"{stage}: {name}"
                assert told.strip().splitlines()[-1].endswith("."), told
        assert run(root, *stage) == 0, f"{stage} afterwards: {capfd.readouterr().err}"
