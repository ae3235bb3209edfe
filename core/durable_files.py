"""Atomic, durable writing of files, and temporary files that are cleaned up after a crash."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.process_identity import was_running

_PARTIAL = re.compile(r"\..+\.(\d+)-[0-9a-f]{8}\.partial|\.(?:secret|writable)-(\d+)-[0-9a-f]{8}")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yields a temporary path beside `target` to write to, and renames it to `target` if the block ends without an error.

    The file is synced before the rename and its folder after it, so that a crash leaves the old file or the new one.
    If the block raises, the temporary file is removed and `target` stays as it was. A missing folder is created.
    """
    partial = _partial(target)
    try:
        yield partial
        sync_and_rename(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def temporary_path(folder: Path, name: str) -> Iterator[Path]:
    """Yields a path in `folder` that is deleted after the block, or by `remove_abandoned` if the process is killed."""
    partial = _partial(folder / name)
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _partial(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.partial")


def sync_and_rename(temporary: Path, target: Path) -> None:
    """Syncs `temporary` to disk and atomically renames it to `target`."""
    _sync(temporary)
    temporary.replace(target)
    _sync(target.parent)


def remove_abandoned(folder: Path) -> int:
    """Removes temporary files that killed processes of this machine left below `folder`; returns their number."""
    removed = 0
    for path in abandoned_files(folder):
        path.unlink(missing_ok=True)
        removed += 1
    return removed


def abandoned_files(folder: Path) -> Iterator[Path]:
    """Temporary files below `folder` whose process of this machine is gone."""
    for path in folder.rglob(".*"):
        match = _PARTIAL.fullmatch(path.name)
        if match is not None and not _has_its_writer(path, int(match.group(1) or match.group(2))):
            yield path


def _has_its_writer(path: Path, pid: int) -> bool:
    try:
        return was_running(pid, path.stat().st_mtime)
    except FileNotFoundError:
        return False  # its writer has just renamed or deleted it


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
