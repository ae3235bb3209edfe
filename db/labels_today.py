"""Names of labels as they are read today: what was written stays as it was, and a retired name is read as its successor.

Every query that compares, counts or shows a label that was written (by a reviewer, a labeler or an import) goes through here.
"""

from typing import Any

import sqlalchemy as sa

from db.tables import label_successors

BACK_TO_QUEUE = ""
"""The successor of a retired name whose clips went back to the queue."""


def label_today(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The name that the label in this column has today; NULL where its clips went back to the queue."""
    return sa.func.nullif(sa.func.coalesce(_successor(column), column), BACK_TO_QUEUE)


def label_shown(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """As `label_today`, but what was written where there is no name today: for screens that show what somebody said."""
    return sa.func.coalesce(sa.func.nullif(_successor(column), BACK_TO_QUEUE), column)


def counts_today(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether what was written in this column, a label or none, still counts: its clips did not go back to the queue."""
    return ~sa.exists().where(label_successors.c.name == column, label_successors.c.successor == BACK_TO_QUEUE)


def successors(connection: sa.Connection) -> dict[str, str]:
    """Retired names with what each is read as; BACK_TO_QUEUE for none."""
    return {row.name: row.successor for row in connection.execute(sa.select(label_successors))}


def _successor(column: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    of_it = sa.select(label_successors.c.successor).where(label_successors.c.name == column)
    return of_it.correlate_except(label_successors).scalar_subquery()
