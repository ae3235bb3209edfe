"""Turns the errors of a full disk into a sentence."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import TrainingError

_REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def full_disk_explained(folder: Path) -> Iterator[None]:
    """Raises TrainingError, naming the file, where the disk is full or a quota is reached."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        raise TrainingError(
            f"{error.filename or folder} cannot be written: {error.strerror or error}. What was finished before is kept; make "
            "room and start again."
        ) from error
