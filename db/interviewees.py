"""The person whom a user picked as a clip's interviewee."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.errors import InputError
from core.types.interviewee import PersonPoint, PickedPerson
from db.row_mapping import one
from db.tables import clips, now_utc, picked_persons

_PICKS = sa.select(picked_persons).where(picked_persons.c.time_s.is_not(None))


def pick(connection: sa.Connection, clip_id: int, point: PersonPoint) -> None:
    """Stores the pick, replacing an older one of the clip.

    Raises NotFoundError for an unknown clip, InputError for a point outside its duration or picture.
    """
    columns = (clips.c.name, clips.c.duration_s, clips.c.width_px, clips.c.height_px)
    clip = one(connection, sa.select(*columns).where(clips.c.id == clip_id), f"clip {clip_id}")
    for name, value, most in (
        ("time_s", point.time_s, clip["duration_s"]),
        ("x_px", point.x_px, clip["width_px"]),
        ("y_px", point.y_px, clip["height_px"]),
    ):
        if value > most:
            raise InputError(
                f"The {name} of the person picked in {clip['name']} is {value:g}; it must be {most:g} at most."
            )
    connection.execute(sa.delete(picked_persons).where(picked_persons.c.clip_id == clip_id))
    connection.execute(
        sa.insert(picked_persons).values(
            clip_id=clip_id, time_s=point.time_s, x_px=point.x_px, y_px=point.y_px, picked_at=now_utc()
        )
    )


def picked(connection: sa.Connection, clip_id: int) -> PickedPerson | None:
    """The pick of a clip, if any."""
    row = connection.execute(_PICKS.where(picked_persons.c.clip_id == clip_id)).one_or_none()
    return None if row is None else _picked(row)


def forget(connection: sa.Connection, clip_id: int) -> None:
    """Withdraws the pick; the interviewee is again chosen automatically."""
    here = (picked_persons.c.clip_id == clip_id) & picked_persons.c.time_s.is_not(None)
    taken_back = {"time_s": None, "x_px": None, "y_px": None, "picked_at": now_utc()}
    connection.execute(sa.update(picked_persons).where(here).values(taken_back))


def changed_at(connection: sa.Connection, clip_id: int) -> datetime | None:
    """When a pick of the clip was last made or withdrawn; None if never."""
    query = sa.select(picked_persons.c.picked_at).where(picked_persons.c.clip_id == clip_id)
    return connection.execute(query).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Choice:
    """What people last said of a clip's interviewee. `point` is None if they left it to the rule again."""

    clip_id: int
    point: PersonPoint | None
    changed_at: datetime


def choices(connection: sa.Connection, clip_id: int | None = None) -> list[Choice]:
    """The choices for all clips, or for one, for which somebody ever chose."""
    query = sa.select(picked_persons)
    if clip_id is not None:
        query = query.where(picked_persons.c.clip_id == clip_id)
    return [
        Choice(
            row.clip_id,
            None if row.time_s is None else PersonPoint(row.time_s, row.x_px, row.y_px),
            row.picked_at,
        )
        for row in connection.execute(query)
    ]


def ever_chosen() -> sa.Select[tuple[int]]:
    """A query for the ids of clips for which somebody ever chose."""
    return sa.select(picked_persons.c.clip_id)


def _picked(row: sa.Row[tuple[object, ...]]) -> PickedPerson:
    return PickedPerson(PersonPoint(row.time_s, row.x_px, row.y_px), row.picked_at)
