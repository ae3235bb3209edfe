"""Train/test side of each clip in published evaluation protocols.

Sides are only for reporting results by a protocol. Which clips are hidden from labelers and training is decided by their split.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from core.errors import InputError
from core.types.clips import Split
from db.tables import protocol_splits


def set_splits(connection: sa.Connection, protocol: str, sides: Mapping[int, Split]) -> None:
    """Stores the sides by clip id, replacing the protocol's older ones; an empty mapping deletes the protocol.

    Raises InputError for an empty name.
    """
    if not protocol.strip():
        raise InputError("The name of the protocol is empty.")
    connection.execute(sa.delete(protocol_splits).where(protocol_splits.c.protocol == protocol))
    if sides:
        rows = [{"protocol": protocol, "clip_id": clip_id, "split": side.value} for clip_id, side in sides.items()]
        connection.execute(sa.insert(protocol_splits), rows)


def splits(connection: sa.Connection, protocol: str) -> dict[int, Split]:
    """Side by clip id; empty for an unknown protocol."""
    query = sa.select(protocol_splits).where(protocol_splits.c.protocol == protocol).order_by(protocol_splits.c.clip_id)
    return {row.clip_id: Split(row.split) for row in connection.execute(query)}


def names(connection: sa.Connection) -> tuple[str, ...]:
    """Names of the stored protocols, in alphabetical order."""
    query = sa.select(protocol_splits.c.protocol).distinct().order_by(protocol_splits.c.protocol)
    return tuple(connection.execute(query).scalars())
