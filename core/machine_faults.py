"""Sentences for what the machine refuses: a full disk, a read-only folder, too many open files, a locked database.

`storage_error` is asked where an error leaves a command, a job, a request or a page, so that no code between needs to know.
"""

import errno
import os
import re
import sqlite3
from collections.abc import Iterator

from core.errors import StorageError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE})
_STOPS_ALL = _FULL | _TOO_MANY | {errno.EROFS}  # not EIO: a sector that cannot be read is one file's
_IN_RUST = re.compile(r"\(os error (\d+)\)")  # how safetensors tells it
_KEPT = "What was finished before is kept"
_MEND_DATABASE = {  # by the beginning of SQLite's name of the error
    "SQLITE_FULL": "make room and start again",
    "SQLITE_READONLY": "mend the rights of its file and folder and start again",
    "SQLITE_BUSY": "start again once the other program is done",
    "SQLITE_LOCKED": "start again once the other program is done",
    "SQLITE_CANTOPEN": "see that its folder is there and may be written",
    "SQLITE_IOERR": "the disk failed or is full, so look at it before you start again",
    "SQLITE_CORRUPT": "take a copy of it from before",
    "SQLITE_NOTADB": "take a copy of it from before",
}


def storage_error(error: BaseException) -> StorageError | None:
    """The error as a sentence for people; None where neither it nor its causes come from the disk or the database."""
    for cause in causes(error):
        if isinstance(cause, StorageError):
            return cause
        told = database_refusal(cause) or _of_system(cause)
        if told is not None:
            return told
    return None


def database_refusal(error: BaseException, name: str = "") -> StorageError | None:
    """What SQLite refuses, in a sentence with the database's `name`; None for errors that are no fault of the machine."""
    told = getattr(error, "sqlite_errorname", "") if isinstance(error, sqlite3.Error) else ""
    for begins, mend in _MEND_DATABASE.items():
        if told.startswith(begins):
            what = f"The database {name}" if name else "The database"
            return StorageError(f"{what} cannot be used: {error}. {_KEPT}; {mend}.")
    return None


def stops_all(error: BaseException) -> bool:
    """Whether the machine refuses this step for every other file too, so that going on is of no use."""
    return any(
        isinstance(cause, StorageError) or database_refusal(cause) is not None or _number(cause) in _STOPS_ALL
        for cause in causes(error)
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__


def _number(error: BaseException) -> int | None:
    """The system's number of the error; None if it has none."""
    if isinstance(error, OSError):
        said_by_us = error.errno is not None and error.strerror != os.strerror(error.errno)
        return None if said_by_us else error.errno
    told = _IN_RUST.search(str(error))
    return int(told.group(1)) if told else None


def _of_system(error: BaseException) -> StorageError | None:
    number = _number(error)
    name = getattr(error, "filename", None)
    what = os.fsdecode(name) if isinstance(name, str | bytes) else "A file"
    if number in _FULL:
        return StorageError(f"The disk is full: {what} cannot be written. {_KEPT}; make room and start again.")
    if number in _REFUSED:
        return StorageError(
            f"{what} may not be used by this program ({os.strerror(number or 0)}); mend its rights and start again."
        )
    if number in _TOO_MANY:
        return StorageError(
            f"{what} cannot be opened: too many files are open. {_KEPT}; raise the limit (`ulimit -n`) and start again."
        )
    if number == errno.EIO:
        return StorageError(
            f"The disk failed on {what} (input/output error). {_KEPT}; look at the disk before you start again."
        )
    return None
