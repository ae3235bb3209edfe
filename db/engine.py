"""Opening the database: SQLite in the workspace, or any URL that SQLAlchemy supports (PostgreSQL).

SQLite runs with foreign keys, full sync and `BEGIN IMMEDIATE` for writes, so that writers wait instead of failing.
Write-ahead logging is used only if the SQLite library is free of the WAL-reset bug (sqlite.org/wal.html).
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from core.durable_files import replacing
from core.errors import InputError, WorkspaceError
from core.machine_faults import database_refusal
from core.private_files import make_private_file
from core.steady_time import STEADY_TIME
from core.workspace import Workspace
from db.newest_time import newest_time
from db.schema_version import REVISIONS, migrate, revision_of

BUSY_TIMEOUT_MS = 30_000
_WRITER_LOCK = 0x7E11_7A1E  # an arbitrary key of the advisory lock, shared by all writers
_LOG = logging.getLogger(__name__)


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """True for SQLite versions free of the WAL-reset bug: 3.44.6+ and 3.50.7+ (within their series), 3.51.3 and later."""
    return (
        version >= (3, 51, 3)
        or (version[:2] == (3, 50) and version >= (3, 50, 7))
        or (version[:2] == (3, 44) and version >= (3, 44, 6))
    )


class Database:
    """A database engine; `read()` and `write()` yield a connection in a transaction."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self._engine = engine
        self.name = name

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for queries on a consistent snapshot.

        Keep it short: with SQLite's rollback journal, nothing can be saved while a read is open.
        Raises WorkspaceError as `write`.
        """
        with self._lost_explained(), self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                # The default gives each statement a new snapshot.
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A connection whose changes are committed at the end of the block, or rolled back if it raises.

        Raises WorkspaceError, one sentence, where the database cannot be used: locked for long, full, read-only, damaged, gone.
        """
        with (
            self._lost_explained(),
            self._engine.connect().execution_options(immediate=True) as connection,
            connection.begin(),
        ):
            if connection.dialect.name == "postgresql":
                # One writer at a time, as on SQLite, so that of two requests with one token the second finds the row.
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
            yield connection

    @contextmanager
    def _lost_explained(self) -> Iterator[None]:
        """Raises WorkspaceError without the statement and its parameters, which may be long and hold what people said."""
        try:
            yield
        except sa.exc.DatabaseError as error:
            # A broken constraint or a wrong value is its caller's; the two are what SQLite and PostgreSQL raise for the rest.
            if not isinstance(error, sa.exc.OperationalError) and type(error) is not sa.exc.DatabaseError:
                raise
            told = database_refusal(error.orig, self.name) if error.orig is not None else None
            raise told or WorkspaceError(f"The database {self.name} cannot be used: {error.orig}.") from error.orig

    def journal_mode(self) -> str:
        """`wal` or `delete` on SQLite, the dialect's name elsewhere."""
        if self._engine.dialect.name != "sqlite":
            return self._engine.dialect.name
        with self._engine.connect() as connection:
            return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())

    def dispose(self) -> None:
        """Closes all connections."""
        self._engine.dispose()


def open_database(workspace: Workspace) -> Database:
    """The workspace's SQLite database, created or migrated to the newest schema.

    Raises WorkspaceError if the file is no database, cannot be written, or is of a newer version of Telltale.
    """
    path = workspace.database_path
    try:
        make_private_file(path)  # SQLite gives the files of its journal the mode of the database
    except OSError as error:
        raise WorkspaceError(f"The database {path} cannot be opened for writing: {error.strerror}.") from error
    try:
        engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)),  # in a URL's text, ? and # of a path would end it
            connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
            pool_use_lifo=True,
            hide_parameters=True,  # a log must not tell what somebody wrote or answered
        )
        return _opened_sqlite(engine, str(path))
    except (sa.exc.OperationalError, sa.exc.DatabaseError) as error:
        raise WorkspaceError(f"The database {path} cannot be opened for writing: {error.orig}.") from error


def open_database_url(url: str) -> Database:
    """The database at a SQLAlchemy URL, created or migrated to the newest schema. Raises as `open_database`."""
    engine = sa.create_engine(url, hide_parameters=True)
    name = engine.url.render_as_string(hide_password=True)
    try:
        return _opened_sqlite(engine, name) if engine.dialect.name == "sqlite" else _migrated(engine, name)
    except (sa.exc.OperationalError, sa.exc.DatabaseError) as error:
        raise WorkspaceError(f"The database {name} cannot be opened for writing: {error.orig}.") from error


def _refuse_unstorable(context: sa.engine.ExceptionContext) -> None:
    """What came from outside and no column holds is a refused input, wherever it came in."""
    error = context.original_exception
    if isinstance(error, UnicodeEncodeError):
        raise InputError(
            f"This text cannot be stored, as half of a surrogate pair is in it: {error.object}."
        ) from error
    if isinstance(error, OverflowError):
        raise InputError("A number is too large to be stored or looked up.") from error


def _opened_sqlite(engine: sa.Engine, name: str) -> Database:
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        # Rewriting the unchanged header fails early if the file, or the folder of its journal, is read-only.
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")
    return _migrated(engine, name)


def _migrated(engine: sa.Engine, name: str) -> Database:
    event.listen(engine, "handle_error", _refuse_unstorable)
    with engine.connect() as connection, connection.begin():
        found = revision_of(connection)
    if found is not None and found not in REVISIONS:
        engine.dispose()
        raise WorkspaceError(
            f"{name} was made by a newer version of Telltale (schema {found}); update Telltale to open it."
        )
    if found != REVISIONS[-1]:
        if found is not None and engine.dialect.name == "sqlite" and engine.url.database:
            _keep_copy(Path(engine.url.database), found)
        # Checked again inside the transaction, so that two processes cannot both migrate.
        with engine.connect().execution_options(immediate=True) as connection, connection.begin():
            migrate(connection)
    with engine.connect() as connection, connection.begin():
        newest = newest_time(connection)
    if newest is not None:
        STEADY_TIME.is_later_than(newest)
    return Database(engine, name)


def _keep_copy(path: Path, revision: str) -> None:
    """Copies a database of an older schema beside itself before it is migrated, and logs where; an existing copy is kept."""
    copy = path.with_name(f"{path.name}.schema-{revision}")
    if copy.exists():
        return
    with (
        replacing(copy) as unfinished,
        closing(sqlite3.connect(path)) as source,
        closing(sqlite3.connect(unfinished)) as to,
    ):
        unfinished.chmod(0o600)
        source.backup(to)
    _LOG.warning(
        "%s is of an older version of Telltale (schema %s); a copy of it as it was lies in %s.", path, revision, copy
    )


def _configure_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # Set outside any transaction: inside one, this pragma is silently ignored.
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    wanted = "wal" if wal_is_safe(sqlite3.sqlite_version_info[:3]) else "delete"
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != wanted:
        connection.execute(f"PRAGMA journal_mode={wanted}")


def _begin_sqlite(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
