"""Reviewers and their roles."""

import sqlalchemy as sa

from core.errors import InputError
from core.types.decisions import MEMBER, Reviewer
from db.row_mapping import inserted_id, one
from db.tables import now_utc, reviewers


def ensure(connection: sa.Connection, name: str, role: str = MEMBER) -> Reviewer:
    """The reviewer of that name, created if there is none. Raises InputError for an empty name."""
    name = name.strip()
    if not name:
        raise InputError("A reviewer needs a name.")
    row = connection.execute(sa.select(reviewers).where(reviewers.c.name == name)).mappings().one_or_none()
    if row is not None:
        return _reviewer(row)
    values = {"name": name, "role": role, "created_at": now_utc()}
    return get(connection, inserted_id(connection.execute(sa.insert(reviewers).values(**values))))


def set_role(connection: sa.Connection, reviewer_id: int, role: str) -> Reviewer:
    """Sets a reviewer's role: `lead` or `reviewer`."""
    connection.execute(sa.update(reviewers).where(reviewers.c.id == reviewer_id).values(role=role))
    return get(connection, reviewer_id)


def get(connection: sa.Connection, reviewer_id: int) -> Reviewer:
    """One reviewer. Raises NotFoundError."""
    query = sa.select(reviewers).where(reviewers.c.id == reviewer_id)
    return _reviewer(one(connection, query, f"reviewer {reviewer_id}"))


def all(connection: sa.Connection) -> list[Reviewer]:
    """All reviewers by name."""
    return [_reviewer(row) for row in connection.execute(sa.select(reviewers).order_by(reviewers.c.name)).mappings()]


def _reviewer(row: sa.RowMapping) -> Reviewer:
    return Reviewer(id=row["id"], name=row["name"], role=row["role"])
