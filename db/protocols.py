"""On which side of a published protocol each clip stands.

Sides are for reporting by a protocol's own rule; what no labeler and no training may see is a clip's split alone.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from core.errors import InputError
from core.types.clips import Split
from db.tables import protocol_splits


def set_splits(connection: sa.Connection, protocol: str, sides: Mapping[int, Split]) -> None:
    """Keeps the sides by clip id in place of the protocol's older ones; an empty mapping forgets the protocol.

    Raises InputError where the protocol has no name.
    """
    if not protocol.strip():
        raise InputError("The name of the protocol is empty.")
    connection.execute(sa.delete(protocol_splits).where(protocol_splits.c.protocol == protocol))
    if sides:
        rows = [{"protocol": protocol, "clip_id": clip_id, "split": side.value} for clip_id, side in sides.items()]
        connection.execute(sa.insert(protocol_splits), rows)


def splits(connection: sa.Connection, protocol: str) -> dict[int, Split]:
    """Side by clip id; empty where the protocol is not known."""
    query = sa.select(protocol_splits).where(protocol_splits.c.protocol == protocol).order_by(protocol_splits.c.clip_id)
    return {row.clip_id: Split(row.split) for row in connection.execute(query)}


def names(connection: sa.Connection) -> tuple[str, ...]:
    """The protocols that have sides, in alphabetical order."""
    query = sa.select(protocol_splits.c.protocol).distinct().order_by(protocol_splits.c.protocol)
    return tuple(connection.execute(query).scalars())
