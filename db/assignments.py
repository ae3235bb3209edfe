"""Clips assigned to coders: who is to judge what, and how far each coder is. Append-only; taking back is a row too.

An assignment waits until its coder has judged the clip by looking at it, or until it is taken back. While it waits, the clip
is kept for its coder: the open queues of others leave it out (db.queues).
"""

from collections import defaultdict
from collections.abc import Collection
from statistics import median
from typing import Any

import sqlalchemy as sa

from core.errors import DecisionError, InputError, NotFoundError
from core.types.assignments import Batch, CoderProgress, CoderShare, NewBatch, Purpose
from core.types.clips import Split
from core.types.decisions import DecisionKind
from db.row_mapping import batches as in_parts
from db.row_mapping import count_where, inserted_id, one
from db.tables import (
    assignment_batches,
    assignment_withdrawals,
    assignments,
    clips,
    decisions,
    now_utc,
    standing_decisions,
)


def assign(connection: sa.Connection, new: NewBatch) -> tuple[Batch, bool]:
    """Stores the batch; the flag is False if its token was stored before, and that batch is returned.

    Raises InputError without any assignment or for a clip of the test split, DecisionError if the token is another
    reviewer's.
    """
    known = connection.execute(
        sa.select(assignment_batches.c.id, assignment_batches.c.assigned_by).where(
            assignment_batches.c.token == new.token
        )
    ).one_or_none()
    if known is not None:
        if known.assigned_by != new.assigned_by:
            raise DecisionError(f"The token {new.token} belongs to another's assignment.")
        return batch(connection, known.id), False
    if not new.assignments:
        raise InputError("There is no clip to assign.")
    _check_split(connection, {one.clip_id for one in new.assignments})
    values = {
        "token": new.token,
        "purpose": new.purpose.value,
        "assigned_by": new.assigned_by,
        "drawn_from": new.drawn_from,
        "seed": new.seed,
        "created_at": now_utc(),
    }
    batch_id = inserted_id(connection.execute(sa.insert(assignment_batches), values))
    rows = [{"batch_id": batch_id, "clip_id": one.clip_id, "coder_id": one.coder_id} for one in new.assignments]
    connection.execute(sa.insert(assignments), rows)
    return batch(connection, batch_id), True


def withdraw(connection: sa.Connection, batch_id: int, withdrawn_by: int) -> int:
    """Takes back what still waits of a batch; returns the number of assignments, 0 if a press before took them back."""
    of_batch = sa.select(assignments.c.id).where(assignments.c.batch_id == batch_id, _waits())
    at = now_utc()
    rows = [
        {"assignment_id": found, "withdrawn_by": withdrawn_by, "created_at": at}
        for found in connection.execute(of_batch).scalars()
    ]
    if rows:
        connection.execute(sa.insert(assignment_withdrawals), rows)
    return len(rows)


def batch(connection: sa.Connection, batch_id: int) -> Batch:
    """One batch. Raises NotFoundError."""
    query = sa.select(assignment_batches.c.id).where(assignment_batches.c.id == batch_id)
    one(connection, query, f"assignment {batch_id}")
    return _batches(connection, [batch_id])[0]


def newest(connection: sa.Connection, limit: int) -> list[Batch]:
    """The last batches, newest first."""
    query = sa.select(assignment_batches.c.id).order_by(assignment_batches.c.id.desc()).limit(limit)
    return _batches(connection, list(connection.execute(query).scalars()))


def _batches(connection: sa.Connection, batch_ids: Collection[int]) -> list[Batch]:
    counted = (
        sa.select(
            assignments.c.batch_id,
            assignments.c.coder_id,
            sa.func.count().label("assigned"),
            count_where(_is_withdrawn()).label("withdrawn"),
            count_where(_waits()).label("waiting"),
        )
        .where(assignments.c.batch_id.in_(batch_ids))
        .group_by(assignments.c.batch_id, assignments.c.coder_id)
        .order_by(assignments.c.batch_id, assignments.c.coder_id)
    )
    shares: dict[int, list[CoderShare]] = defaultdict(list)
    for row in connection.execute(counted):
        shares[row.batch_id].append(CoderShare(row.coder_id, row.assigned, row.withdrawn, row.waiting))
    query = (
        sa.select(assignment_batches)
        .where(assignment_batches.c.id.in_(batch_ids))
        .order_by(assignment_batches.c.id.desc())
    )
    return [
        Batch(
            id=row["id"],
            purpose=Purpose(row["purpose"]),
            assigned_by=row["assigned_by"],
            drawn_from=row["drawn_from"],
            seed=row["seed"],
            created_at=row["created_at"],
            shares=tuple(shares[row["id"]]),
        )
        for row in connection.execute(query).mappings()
    ]


def of_coder(coder_id: int) -> sa.Select[Any]:
    """A query for (clip_id, assigned_by) of the assignments that wait for this coder, in the order of assigning."""
    return (
        sa.select(assignments.c.clip_id, assignment_batches.c.assigned_by)
        .join(assignment_batches, assignment_batches.c.id == assignments.c.batch_id)
        .where(assignments.c.coder_id == coder_id, _waits())
        .order_by(assignments.c.id)
    )


def has_any(connection: sa.Connection, coder_id: int) -> bool:
    """Whether any clip is assigned to this coder, judged or not, and not taken back."""
    query = sa.select(assignments.c.id).where(assignments.c.coder_id == coder_id, ~_is_withdrawn())
    return connection.execute(query.limit(1)).first() is not None


def kept_for_others(reviewer_id: int) -> sa.Select[tuple[int]]:
    """A query for the ids of clips that wait for other coders and are not assigned to this one too."""
    own = assignments.alias("own_assignments")
    own_back = assignment_withdrawals.alias("own_withdrawals")
    to_oneself = sa.exists().where(
        own.c.clip_id == assignments.c.clip_id,
        own.c.coder_id == reviewer_id,
        ~sa.exists().where(own_back.c.assignment_id == own.c.id),
    )
    return sa.select(assignments.c.clip_id).where(assignments.c.coder_id != reviewer_id, _waits(), ~to_oneself)


def is_kept_for_others(clip_id: sa.ColumnElement[int], reviewer_id: int) -> sa.ColumnElement[bool]:
    """Whether the clip in hand is one of `kept_for_others`; for lists of which a page is read."""
    return kept_for_others(reviewer_id).where(assignments.c.clip_id == clip_id).exists()


def waiting(purpose: Purpose | None = None) -> sa.Select[tuple[int]]:
    """A query for the ids of clips that wait for any coder, for one purpose or for each."""
    query = sa.select(assignments.c.clip_id).where(_waits())
    return query if purpose is None else query.where(_has_purpose(purpose))


def waiting_for(connection: sa.Connection, coder_id: int, purpose: Purpose | None = None) -> frozenset[int]:
    """The clips that wait for this coder."""
    query = waiting(purpose).where(assignments.c.coder_id == coder_id)
    return frozenset(row.clip_id for row in connection.execute(query))


def is_double_coded_by(connection: sa.Connection, clip_id: int, coder_id: int) -> bool:
    """Whether this coder is one of the clip's double coding, and so judges it blind."""
    query = sa.select(assignments.c.id).where(
        assignments.c.clip_id == clip_id,
        assignments.c.coder_id == coder_id,
        _has_purpose(Purpose.DOUBLE_CODING),
        ~_is_withdrawn(),
    )
    return connection.execute(query.limit(1)).first() is not None


def double_coded(connection: sa.Connection) -> frozenset[int]:
    """The clips drawn for double coding, without those taken back."""
    query = sa.select(assignments.c.clip_id).where(_has_purpose(Purpose.DOUBLE_CODING), ~_is_withdrawn())
    return frozenset(connection.execute(query).scalars())


def progress(connection: sa.Connection) -> list[CoderProgress]:
    """How far each coder with assignments is, in the order of their ids."""
    word = _own_word()
    last = decisions.alias("last_word")
    query = (
        sa.select(
            assignments.c.coder_id,
            last.c.kind,
            last.c.seconds_spent,
            _is_skipped().label("skipped"),
        )
        .select_from(assignments)
        .outerjoin(last, last.c.id == word)
        .where(~_is_withdrawn())
    )
    of_coder: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        of_coder[row.coder_id].append(row)
    return [_progress(coder_id, rows) for coder_id, rows in sorted(of_coder.items())]


def _progress(coder_id: int, rows: Collection[sa.Row[Any]]) -> CoderProgress:
    unclear = sum(row.kind == DecisionKind.UNCLEAR.value for row in rows)
    said = sum(row.kind is not None for row in rows)
    skipped = sum(row.kind is None and bool(row.skipped) for row in rows)
    seconds = [row.seconds_spent for row in rows if row.seconds_spent is not None]
    return CoderProgress(
        coder_id=coder_id,
        assigned=len(rows),
        judged=said - unclear,
        unclear=unclear,
        skipped=skipped,
        left=len(rows) - said - skipped,
        seconds_per_clip=median(seconds) if seconds else None,
    )


def _check_split(connection: sa.Connection, clip_ids: Collection[int]) -> None:
    found: dict[int, str] = {}
    for part in in_parts(clip_ids):
        rows = connection.execute(sa.select(clips.c.id, clips.c.split).where(clips.c.id.in_(part)))
        found |= {row.id: row.split for row in rows}
    for clip_id in sorted(clip_ids):
        if clip_id not in found:
            raise NotFoundError(f"There is no clip {clip_id}.")
        if found[clip_id] == Split.TEST.value:
            raise InputError(f"Clip {clip_id} is of the test split, which nobody judges.")


def _has_purpose(purpose: Purpose) -> sa.ColumnElement[bool]:
    of_purpose = sa.select(assignment_batches.c.id).where(assignment_batches.c.purpose == purpose.value)
    return assignments.c.batch_id.in_(of_purpose)


def _waits() -> sa.ColumnElement[bool]:
    own = standing_decisions.alias("word_of_coder")
    return ~_is_withdrawn() & ~sa.exists().where(_by_looking(own))


def _by_looking(own: Any) -> sa.ColumnElement[bool]:
    """Whether the standing decision is the coder's on the assigned clip, and no bulk accept."""
    return sa.and_(
        own.c.clip_id == assignments.c.clip_id,
        own.c.reviewer_id == assignments.c.coder_id,
        own.c.kind != DecisionKind.BULK_ACCEPT.value,
    )


def _is_withdrawn() -> sa.ColumnElement[bool]:
    return sa.exists().where(assignment_withdrawals.c.assignment_id == assignments.c.id).correlate(assignments)


def _own_word() -> sa.ScalarSelect[Any]:
    """The id of the coder's newest standing decision on the clip."""
    own = standing_decisions.alias("newest_word")
    return sa.select(sa.func.max(own.c.id)).where(_by_looking(own)).correlate(assignments).scalar_subquery()


def _is_skipped() -> sa.ColumnElement[bool]:
    skips, undoing = decisions.alias("skips_of_coder"), decisions.alias("undoing_skips_of_coder")
    return sa.exists().where(
        skips.c.clip_id == assignments.c.clip_id,
        skips.c.reviewer_id == assignments.c.coder_id,
        skips.c.kind == DecisionKind.SKIP.value,
        ~sa.exists().where(undoing.c.undoes_id == skips.c.id),
    )
