"""Helpers for query results, counts and batches."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import sqlalchemy as sa

from core.errors import NotFoundError

Item = TypeVar("Item")
_MOST_VARIABLES = 500  # SQLite allows 32,766 bound values; smaller statements plan faster


def one(connection: sa.Connection, query: sa.Select[tuple[object, ...]], what: str) -> sa.RowMapping:
    """The single row of a query. Raises NotFoundError naming `what` if there is none."""
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"There is no {what}.")
    return row


def inserted_id(result: sa.CursorResult[tuple[object, ...]]) -> int:
    """The primary key of an inserted row."""
    key = result.inserted_primary_key
    if key is None:
        raise NotFoundError("The insert made no row.")
    return int(key[0])


def count_where(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """The number of a query's rows for which all conditions hold; 0 without rows."""
    return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)), 0)


def batches(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    """The items in batches small enough for one IN (...)."""
    collected = list(items)
    for start in range(0, len(collected), _MOST_VARIABLES):
        yield collected[start : start + _MOST_VARIABLES]
