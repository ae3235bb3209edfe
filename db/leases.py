"""Leases on open clips: a leased clip stays out of others' queues until the lease expires. Decisions are never refused."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from db.tables import clip_leases, now_utc


def take(
    connection: sa.Connection,
    clip_ids: Collection[int],
    reviewer_id: int,
    duration: timedelta,
    *,
    now: datetime | None = None,
) -> dict[int, int]:
    """Takes or renews leases on the clips that nobody else holds; returns the holder's reviewer id of the others, by clip id.

    Deletes all expired leases.
    """
    moment = now or now_utc()
    connection.execute(sa.delete(clip_leases).where(clip_leases.c.until <= moment))
    query = sa.select(clip_leases.c.clip_id, clip_leases.c.reviewer_id).where(
        clip_leases.c.clip_id.in_(clip_ids), clip_leases.c.reviewer_id != reviewer_id
    )
    taken = {row.clip_id: row.reviewer_id for row in connection.execute(query)}
    free = [clip_id for clip_id in clip_ids if clip_id not in taken]
    own = (clip_leases.c.reviewer_id == reviewer_id) & clip_leases.c.clip_id.in_(free)
    connection.execute(sa.delete(clip_leases).where(own))
    if free:
        until = moment + duration
        rows = [{"clip_id": clip_id, "reviewer_id": reviewer_id, "until": until} for clip_id in dict.fromkeys(free)]
        connection.execute(sa.insert(clip_leases), rows)
    return taken


def give_back(connection: sa.Connection, clip_id: int, reviewer_id: int) -> None:
    """Ends this reviewer's lease on a clip, if there is one."""
    own = (clip_leases.c.clip_id == clip_id) & (clip_leases.c.reviewer_id == reviewer_id)
    connection.execute(sa.delete(clip_leases).where(own))


def of_others(reviewer_id: int, now: datetime | None = None) -> sa.Select[tuple[int]]:
    """A query for the ids of clips that other reviewers have open."""
    return sa.select(clip_leases.c.clip_id).where(
        clip_leases.c.reviewer_id != reviewer_id, clip_leases.c.until > (now or now_utc())
    )


def held_by_others(connection: sa.Connection, reviewer_id: int) -> frozenset[int]:
    """The clips that other reviewers have open now."""
    return frozenset(row.clip_id for row in connection.execute(of_others(reviewer_id)))
