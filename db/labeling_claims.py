"""Which run is labeling a clip: a clip is claimed before anything is paid for it, so that runs share the work.

`work` names what is done to the clip (labeler, prompt and settings). The claim of a run that has ended holds nobody up.
"""

import sqlalchemy as sa

from core.run_owner import RunOwner
from core.types.pseudo_labels import Labeler
from db.owner_columns import owner_of, owner_values
from db.tables import labeling_claims, now_utc


def work_of(labeler: Labeler, settings_digest: str) -> str:
    """What a run does to a clip; equal for runs that would store the same answer."""
    return "/".join((labeler.name, labeler.model_id, labeler.prompt_digest, settings_digest))


def claim(connection: sa.Connection, clip_id: int, work: str, owner: RunOwner) -> RunOwner | None:
    """Claims the clip, or renews the run's own claim; returns None, or the run that is labeling it and keeps it.

    The connection must be one to write with, so that of two runs only one finds the clip free.
    """
    here = (labeling_claims.c.clip_id == clip_id) & (labeling_claims.c.work == work)
    row = connection.execute(sa.select(labeling_claims).where(here)).mappings().one_or_none()
    if row is not None:
        holder = owner_of(row)
        if holder != owner and holder.is_at_work(row["claimed_at"]):
            return holder
        connection.execute(sa.delete(labeling_claims).where(here))
    connection.execute(
        sa.insert(labeling_claims).values(clip_id=clip_id, work=work, claimed_at=now_utc(), **owner_values(owner))
    )
    return None


def release(connection: sa.Connection, clip_id: int, work: str, owner: RunOwner) -> None:
    """Ends the run's claim of a clip, if it has one."""
    here = (labeling_claims.c.clip_id == clip_id) & (labeling_claims.c.work == work)
    connection.execute(sa.delete(labeling_claims).where(here, labeling_claims.c.owner_run == owner.run))


def claimed(connection: sa.Connection, work: str) -> dict[int, RunOwner]:
    """The clips that runs are labeling now, with the run, by clip id."""
    query = sa.select(labeling_claims).where(labeling_claims.c.work == work)
    return {
        row["clip_id"]: owner_of(row)
        for row in connection.execute(query).mappings()
        if owner_of(row).is_at_work(row["claimed_at"])
    }


def abandoned(connection: sa.Connection) -> int:
    """Number of claims of runs that have ended; the next run takes their clips."""
    return len(_abandoned(connection))


def release_abandoned(connection: sa.Connection) -> None:
    """Ends the claims of runs that have ended."""
    for row in _abandoned(connection):
        here = (labeling_claims.c.clip_id == row["clip_id"]) & (labeling_claims.c.work == row["work"])
        connection.execute(sa.delete(labeling_claims).where(here))


def _abandoned(connection: sa.Connection) -> list[sa.RowMapping]:
    rows = connection.execute(sa.select(labeling_claims)).mappings()
    return [row for row in rows if not owner_of(row).is_at_work(row["claimed_at"])]
