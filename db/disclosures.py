"""What the server has shown of a clip to a reviewer, recorded before it is shown. Append-only."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.types.decisions import Seen
from db.row_mapping import batches
from db.tables import disclosures, now_utc


def not_recorded(
    connection: sa.Connection, reviewer_id: int, shown: Mapping[Seen, Collection[int]]
) -> dict[Seen, list[int]]:
    """The clip ids of `shown` that are not on record yet, ascending, by what is shown."""
    found: dict[Seen, list[int]] = {}
    for seen, clip_ids in shown.items():
        missing = sorted(set(clip_ids) - _recorded(connection, reviewer_id, seen, clip_ids))
        if missing:
            found[seen] = missing
    return found


def record(connection: sa.Connection, reviewer_id: int, shown: Mapping[Seen, Collection[int]]) -> None:
    """Records what this reviewer is about to be shown of which clips; what is on record stays as it is."""
    at = now_utc()
    rows = [
        {"clip_id": clip_id, "reviewer_id": reviewer_id, "shown": seen.value, "first_shown_at": at}
        for seen, clip_ids in shown.items()
        for clip_id in clip_ids
    ]
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        # Some may be on record, also since somebody asked: two pages of one reviewer may be about to show the same clip.
        connection.execute(dialect.insert(disclosures).on_conflict_do_nothing(), rows)


def of_clip(connection: sa.Connection, clip_id: int, reviewer_id: int) -> frozenset[Seen]:
    """What this reviewer has been shown of the clip."""
    query = sa.select(disclosures.c.shown).where(
        disclosures.c.clip_id == clip_id, disclosures.c.reviewer_id == reviewer_id
    )
    return frozenset(Seen(shown) for shown in connection.execute(query).scalars())


def _recorded(connection: sa.Connection, reviewer_id: int, seen: Seen, clip_ids: Collection[int]) -> set[int]:
    query = sa.select(disclosures.c.clip_id).where(
        disclosures.c.reviewer_id == reviewer_id, disclosures.c.shown == seen.value
    )
    return {
        clip_id
        for part in batches(sorted(set(clip_ids)))
        for clip_id in connection.execute(query.where(disclosures.c.clip_id.in_(part))).scalars()
    }
