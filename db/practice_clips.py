"""Clips marked for practice, with their known answers. Append-only; taking a mark away is a row too."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.errors import DecisionError, InputError
from core.types.clips import LabelSource, Split
from core.types.practice import KnownFrom, PracticeClip
from db import assignments
from db.labels_today import counts_today, label_shown, label_today
from db.row_mapping import inserted_id
from db.tables import clip_states, clips, gold_labels, now_utc, practice_clips, practice_withdrawals

_COLUMNS = (
    *(column for column in practice_clips.c if column is not practice_clips.c.known_label),
    label_shown(practice_clips.c.known_label).label("known_label"),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A clip that can be marked for practice: its known label, by people where they have settled it, else gold."""

    clip_id: int
    clip_name: str
    known_label: str
    known_from: KnownFrom


def offers(connection: sa.Connection, limit: int) -> list[Offer]:
    """Training clips with an adjudicated or a gold label, which are neither marked nor of the reliability sample nor assigned."""
    return [_offer(row) for row in connection.execute(_offers().order_by(clips.c.id).limit(limit))]


def mark(
    connection: sa.Connection, clip_id: int, marked_by: int, *, explanation: str, token: str
) -> tuple[PracticeClip, bool]:
    """Marks a clip for practice; the flag is False if the token was used before, and that mark is returned.

    Raises InputError for a clip that is none of the `offers`, DecisionError for another reviewer's token.
    """
    known = connection.execute(sa.select(*_COLUMNS).where(practice_clips.c.token == token)).one_or_none()
    if known is not None:
        if (known.marked_by, known.clip_id) != (marked_by, clip_id):
            raise DecisionError(f"The token {token} belongs to another practice clip.")
        return _practice_clip(known), False
    row = connection.execute(_offers().where(clips.c.id == clip_id)).one_or_none()
    if row is None:
        raise InputError(
            f"Clip {clip_id} cannot be a practice clip: it needs a gold or adjudicated label and the training split, and must "
            "be neither of the reliability sample, nor assigned, nor marked already."
        )
    offer = _offer(row)
    values = {
        "token": token,
        "clip_id": clip_id,
        "known_label": offer.known_label,
        "known_from": offer.known_from.value,
        "explanation": explanation.strip(),
        "marked_by": marked_by,
        "created_at": now_utc(),
    }
    mark_id = inserted_id(connection.execute(sa.insert(practice_clips), values))
    return _practice_clip(connection.execute(standing().where(practice_clips.c.id == mark_id)).one()), True


def withdraw(connection: sa.Connection, practice_clip_id: int, withdrawn_by: int) -> bool:
    """Takes a mark away; False if it was away already. Answers stay."""
    query = standing().where(practice_clips.c.id == practice_clip_id)
    if connection.execute(query).first() is None:
        return False
    values = {"practice_clip_id": practice_clip_id, "withdrawn_by": withdrawn_by, "created_at": now_utc()}
    connection.execute(sa.insert(practice_withdrawals), values)
    return True


def all(connection: sa.Connection) -> list[PracticeClip]:
    """The marked clips, in the order in which coders meet them."""
    return [_practice_clip(row) for row in connection.execute(standing().order_by(practice_clips.c.id))]


def of_clip(connection: sa.Connection, clip_id: int) -> PracticeClip | None:
    """The mark of a clip, if it has one."""
    row = connection.execute(standing().where(practice_clips.c.clip_id == clip_id)).one_or_none()
    return None if row is None else _practice_clip(row)


def standing() -> sa.Select[Any]:
    """A query for the marks that are not taken away, with the known label of today."""
    return sa.select(*_COLUMNS).where(is_standing())


def is_standing() -> sa.ColumnElement[bool]:
    """Whether a row of `practice_clips` is not taken away, and its label was not retired without another."""
    away = practice_withdrawals.alias("taken_away")
    not_taken_away = ~sa.exists().where(away.c.practice_clip_id == practice_clips.c.id)
    return not_taken_away & counts_today(practice_clips.c.known_label)


def marked() -> sa.Select[tuple[int]]:
    """A query for the ids of the marked clips."""
    return sa.select(practice_clips.c.clip_id).where(is_standing())


def is_marked(clip_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether the clip in hand is marked; for lists of which a page is read."""
    return marked().where(practice_clips.c.clip_id == clip_id).exists()


def _offers() -> sa.Select[Any]:
    settled = clip_states.c.source == LabelSource.ADJUDICATED.value
    gold = label_today(gold_labels.c.label)
    return (
        sa.select(
            clips.c.id,
            clips.c.name,
            sa.case((settled, clip_states.c.label), else_=gold).label("known_label"),
            settled.label("settled"),
        )
        .join(clip_states, clip_states.c.clip_id == clips.c.id)
        .outerjoin(gold_labels, gold_labels.c.clip_id == clips.c.id)
        .where(
            clips.c.split == Split.TRAIN.value,
            clips.c.reliability_sample == sa.false(),
            sa.or_(settled, gold.is_not(None)),
            clips.c.id.not_in(marked()),
            clips.c.id.not_in(assignments.waiting()),
        )
    )


def _offer(row: sa.Row[Any]) -> Offer:
    return Offer(row.id, row.name, row.known_label, KnownFrom.ADJUDICATED if row.settled else KnownFrom.GOLD)


def _practice_clip(row: sa.Row[Any]) -> PracticeClip:
    return PracticeClip(
        id=row.id,
        clip_id=row.clip_id,
        known_label=row.known_label,
        known_from=KnownFrom(row.known_from),
        explanation=row.explanation,
        marked_by=row.marked_by,
        created_at=row.created_at,
    )
