"""Whether the database is whole, and rows that point at what is not there: what `telltale check` asks of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from core.machine_faults import database_refusal
from core.types.features import FeatureKind, FeatureRecord, Producer
from db.schema_version import REVISIONS
from db.tables import clip_leases, clips, features, metadata, now_utc

NEWEST_SCHEMA = REVISIONS[-1]
_MOST_DAMAGES = 20
_LONGEST_LEASE = timedelta(days=1)
_OF_DAMAGE = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What a database file holds. `schema` is None for one without tables; all else is empty if it is whole.

    `damages`: SQLite's own words. `broken_references`: (table, row, table that lacks the row referred to).
    `missing_columns`: tables or `table.column` of the newest schema that are not there.
    """

    schema: str | None
    damages: tuple[str, ...] = ()
    broken_references: tuple[tuple[str, int | None, str], ...] = ()
    missing_columns: tuple[str, ...] = ()


def inspect(path: Path) -> DatabaseState:
    """Reads the whole file, without migrating or making anything. Raises StorageError where it cannot be read now."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30)) as connection:
            return _state(connection)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").partition("_VTAB")[0] in _OF_DAMAGE:
            return DatabaseState(None, (str(error),))
        told = database_refusal(error, str(path))
        if told is None:
            raise
        raise told from error


def _state(connection: sqlite3.Connection) -> DatabaseState:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    stamped = connection.execute("SELECT version_num FROM alembic_version") if "alembic_version" in tables else None
    schema = next((str(found) for (found,) in stamped), None) if stamped is not None else None
    damages = [str(told) for (told,) in connection.execute(f"PRAGMA integrity_check({_MOST_DAMAGES})") if told != "ok"]
    references = connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST_DAMAGES)
    missing = _missing_columns(connection, tables) if schema == NEWEST_SCHEMA else ()
    broken = tuple((str(table), row, str(parent)) for table, row, parent, _number in references)
    return DatabaseState(schema, tuple(damages), broken, missing)


def _missing_columns(connection: sqlite3.Connection, tables: set[str]) -> tuple[str, ...]:
    missing = []
    for name, table in metadata.tables.items():
        if name not in tables:
            missing.append(name)
            continue
        there = {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')}
        missing += [f"{name}.{column.name}" for column in table.columns if column.name not in there]
    return tuple(missing)


def videos(connection: sa.Connection) -> Iterator[tuple[int, str, str | None]]:
    """(id, name, path of the video) of all clips; the path is None for a clip of key points alone."""
    query = sa.select(clips.c.id, clips.c.name, clips.c.video_path).order_by(clips.c.id)
    for row in connection.execute(query):
        yield row.id, row.name, row.video_path


def feature_records(connection: sa.Connection) -> list[FeatureRecord]:
    """The records of all feature files."""
    return [
        FeatureRecord(
            clip_id=row.clip_id,
            kind=FeatureKind(row.kind),
            producer=Producer(row.producer, row.producer_version, row.settings_digest),
            path=row.path,
            created_at=row.created_at,
        )
        for row in connection.execute(sa.select(features).order_by(features.c.kind, features.c.clip_id))
    ]


def forget_features(connection: sa.Connection, clip_id: int, kind: FeatureKind) -> None:
    """Deletes the record of a feature file, so that it is made or imported again."""
    here = (features.c.clip_id == clip_id) & (features.c.kind == kind.value)
    connection.execute(sa.delete(features).where(here))


def leases_ahead(connection: sa.Connection, now: datetime | None = None) -> int:
    """Number of leases that end later than any lease may: made while the clock was ahead, they keep clips out of queues."""
    query = sa.select(sa.func.count()).select_from(clip_leases).where(_ahead(now))
    return int(connection.execute(query).scalar_one())


def end_leases_ahead(connection: sa.Connection, now: datetime | None = None) -> None:
    """Ends the leases of `leases_ahead`."""
    connection.execute(sa.delete(clip_leases).where(_ahead(now)))


def _ahead(now: datetime | None) -> sa.ColumnElement[bool]:
    return clip_leases.c.until > (now or now_utc()) + _LONGEST_LEASE
