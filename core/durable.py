"""Files that are there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Gives a temporary path beside `target` to write to, and puts it in `target`'s place once the block has ended well.

    The file is synced before the rename and its folder after it, so that a crash leaves the old file or the new one.
    If the block raises, the temporary file is removed and `target` stays as it was. The folder is made where it is not there.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.partial")
    try:
        yield partial
        sync_and_rename(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def sync_and_rename(temporary: Path, target: Path) -> None:
    """Makes `temporary` durable and puts it in the place of `target` in one step."""
    _sync(temporary)
    temporary.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
