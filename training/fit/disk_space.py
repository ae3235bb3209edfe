"""A disk that takes no more, told in a sentence."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import TrainingError

_REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def disk_refusals_told(folder: Path) -> Iterator[None]:
    """TrainingError where something cannot be written below the folder for want of room; what was whole before still is."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        raise TrainingError(
            f"{error.filename or folder} cannot be written: {error.strerror or error}. What was finished before is kept; make "
            "room and start again."
        ) from error
