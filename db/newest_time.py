"""The newest time that a database holds: what is stored next must not look older."""

from datetime import datetime

import sqlalchemy as sa

from db.tables import UtcDateTime, metadata, picked_persons

# Rows are added in the order of time; of those that change later, jobs and runs, few are at work at once.
_LAST_ROWS = 64


def newest_time(connection: sa.Connection) -> datetime | None:
    """The newest time among the last rows of each table, and of the choices of persons; None in an empty database.

    Feature files and transcripts are left out: they are written by jobs, whose heartbeats and ends are newer.
    """
    newest: datetime | None = connection.execute(_NEWEST).scalar_one()
    return newest


def _times_of(table: sa.Table) -> list[str]:
    """A query for each of the table's times."""
    times = [column.name for column in table.columns if isinstance(column.type, UtcDateTime)]
    last = f"ORDER BY id DESC LIMIT {_LAST_ROWS}" if "id" in table.columns else ""
    return [f"SELECT MAX({at}) AS newest FROM (SELECT {at} FROM {table.name} {last}) AS rows" for at in times]  # noqa: S608  # our own names


_TABLES = [picked_persons, *(table for table in metadata.sorted_tables if "id" in table.columns)]
_UNION = " UNION ALL ".join(query for table in _TABLES for query in _times_of(table))
_NEWEST = sa.text(f"SELECT MAX(newest) AS newest FROM ({_UNION}) AS times").columns(newest=UtcDateTime)  # noqa: S608
"""As text, because each opened database would compile a query of thirty tables anew, for 10 ms."""
