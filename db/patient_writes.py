"""Writing what must not be lost: a database that is locked, or a disk that is full, is waited for."""

import time
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from core.errors import WorkspaceError
from db.engine import Database

_Written = TypeVar("_Written")
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0
CANNOT_WRITE = (sa.exc.OperationalError, WorkspaceError)
"""What a locked database, a full disk or a lost folder raise; later, the same write may pass."""


def write_patiently(
    database: Database,
    change: Callable[[sa.Connection], _Written],
    *,
    patience_s: float,
    tell: Callable[[str], None],
) -> _Written:
    """Makes the change in one transaction, again and again until it passes or `patience_s` are over, and returns its result.

    `tell` is called with a sentence when waiting begins and when it has been in vain, which raises the last error.
    """
    until_s = time.monotonic() + patience_s
    wait_s = 0.0
    while True:
        try:
            with database.write() as connection:
                return change(connection)
        except CANNOT_WRITE as error:
            if time.monotonic() >= until_s:
                tell(f"The database {database.name} could not be written for {patience_s:.0f} s: {reason(error)}.")
                raise
            if not wait_s:
                tell(f"The database {database.name} cannot be written now: {reason(error)}. It is tried again.")
        wait_s = min(_LONGEST_WAIT_S, wait_s * 2 or _FIRST_WAIT_S)
        time.sleep(wait_s)


def reason(error: Exception) -> str:
    """The database's own words, such as "database is locked", without the statement."""
    return str(getattr(error, "orig", None) or error.__cause__ or error).rstrip(".")
