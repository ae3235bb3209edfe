"""Files that are there whole or not at all, also after a kill."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from core.durable_files import remove_abandoned, replacing, temporary_path


def _write_and_hang(target: Path, began: Path) -> None:
    with replacing(target) as partial:
        partial.write_bytes(b"half")
        began.touch()
        time.sleep(600)


def test_a_killed_writer_leaves_the_old_file_and_what_it_began_is_removed(tmp_path: Path) -> None:
    target, began = tmp_path / "kept" / "file.bin", tmp_path / "began"
    with replacing(target) as partial:
        partial.write_bytes(b"old")
    writer = multiprocessing.get_context("spawn").Process(target=_write_and_hang, args=(target, began))
    writer.start()
    while not began.exists():
        assert writer.is_alive()
        time.sleep(0.02)
    assert writer.pid is not None
    assert remove_abandoned(tmp_path) == 0  # it is still at work
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    assert len(list(target.parent.iterdir())) == 2
    assert remove_abandoned(tmp_path) == 1
    assert [path.read_bytes() for path in target.parent.iterdir()] == [b"old"]


def _half_written(target: Path) -> None:
    with replacing(target) as partial:
        partial.write_bytes(b"half")
        raise RuntimeError


def test_a_block_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "file.bin"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        _half_written(target)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def _pass_and_hang(folder: Path, began: Path) -> None:
    with temporary_path(folder, "film.mp4") as path:
        path.write_bytes(b"a person")
        began.touch()
        time.sleep(600)


def test_a_passing_file_is_gone_after_its_block(tmp_path: Path) -> None:
    with temporary_path(tmp_path / "sending", "film.mp4") as path:
        path.write_bytes(b"a person")
    assert list((tmp_path / "sending").iterdir()) == []


def test_a_passing_file_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    folder, began = tmp_path / "sending", tmp_path / "began"
    sender = multiprocessing.get_context("spawn").Process(target=_pass_and_hang, args=(folder, began))
    sender.start()
    while not began.exists():
        assert sender.is_alive()
        time.sleep(0.02)
    sender.kill()
    sender.join()
    assert remove_abandoned(folder) == 1
    assert list(folder.iterdir()) == []


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    for name in ("notes.partial", ".hidden.partial", "1.safetensors"):
        (tmp_path / name).touch()
    assert remove_abandoned(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 3


def test_what_an_earlier_process_with_our_id_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / f".file.bin.{os.getpid()}-0123abcd.partial"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    assert remove_abandoned(tmp_path) == 1
