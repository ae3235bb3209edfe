"""Files that are there whole or not at all."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.process_identity import was_running

_PARTIAL = re.compile(r"\..+\.(\d+)-[0-9a-f]{8}\.partial")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Gives a temporary path beside `target` to write to, and puts it in `target`'s place once the block has ended well.

    The file is synced before the rename and its folder after it, so that a crash leaves the old file or the new one.
    If the block raises, the temporary file is removed and `target` stays as it was. The folder is made where it is not there.
    """
    partial = _partial(target)
    try:
        yield partial
        sync_and_rename(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def passing(folder: Path, name: str) -> Iterator[Path]:
    """Gives a path in `folder` for a file that is gone after the block; that of a killed process `remove_abandoned` removes."""
    partial = _partial(folder / name)
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _partial(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.partial")


def sync_and_rename(temporary: Path, target: Path) -> None:
    """Makes `temporary` durable and puts it in the place of `target` in one step."""
    _sync(temporary)
    temporary.replace(target)
    _sync(target.parent)


def remove_abandoned(folder: Path) -> int:
    """Removes what killed processes of this machine left below `folder` (`replacing`, `passing`); gives how many files."""
    removed = 0
    for path in folder.rglob(".*.partial"):
        match = _PARTIAL.fullmatch(path.name)
        if match is not None and not _has_its_writer(path, int(match.group(1))):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _has_its_writer(path: Path, pid: int) -> bool:
    try:
        return was_running(pid, path.stat().st_mtime)
    except FileNotFoundError:
        return False  # its writer has just finished it


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
