"""What coders answer on practice clips, and who may begin. A store of its own: these answers count nowhere. Append-only.

A clip is for practice to a coder who neither is a lead, nor marked it, nor judged it before.
"""

from typing import Any

import sqlalchemy as sa

from core.errors import DecisionError
from core.types.decisions import LEAD, DecisionKind, Seen
from core.types.practice import NewPracticeAnswer, PracticeAnswer, PracticeRecord, PracticeView
from db import disclosures, practice_clips
from db.labels_today import label_shown
from db.row_mapping import inserted_id
from db.tables import decisions, now_utc, practice_releases, reviewers
from db.tables import practice_answers as answers
from db.tables import practice_clips as marks

_NO_JUDGMENT = (DecisionKind.BULK_ACCEPT.value, DecisionKind.UNDO.value, DecisionKind.ADJUDICATE.value)


def view(connection: sa.Connection, clip_id: int, reviewer_id: int) -> PracticeView | None:
    """The clip as practice for this coder, with the answer that was given; None where it is none."""
    clip = practice_clips.of_clip(connection, clip_id)
    if clip is None or connection.execute(_knows(clip_id, reviewer_id, clip.marked_by)).scalar_one():
        return None
    given = _rows().where(marks.c.clip_id == clip_id, answers.c.reviewer_id == reviewer_id)
    query = given.order_by(answers.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return PracticeView(clip, None if row is None else _answer(row))


def record(connection: sa.Connection, new: NewPracticeAnswer) -> tuple[PracticeView, bool]:
    """Appends an answer, and that its coder is shown the known label; the flag is False if the token was recorded before.

    Raises DecisionError where the clip is no practice for this coder, or was answered before.
    """
    found = view(connection, new.clip_id, new.reviewer_id)
    if found is None:
        raise DecisionError(f"Clip {new.clip_id} is no practice clip for you.")
    if found.answer is not None:
        stored = sa.select(answers.c.id).where(answers.c.token == new.token, answers.c.id == found.answer.id)
        if connection.execute(stored).first() is None:
            raise DecisionError(f"You have answered practice clip {new.clip_id} already.")
        return found, False
    if has_token(connection, new.token):
        raise DecisionError(f"The token {new.token} belongs to another answer.")
    values = {
        "token": new.token,
        "practice_clip_id": found.clip.id,
        "reviewer_id": new.reviewer_id,
        "label": new.label,
        "rater_confidence": new.rater_confidence,
        "seconds_spent": new.seconds_spent,
        "created_at": now_utc(),
    }
    answer_id = inserted_id(connection.execute(sa.insert(answers), values))
    disclosures.record(connection, new.reviewer_id, {Seen.ANSWERS: [new.clip_id]})
    row = connection.execute(_rows().where(answers.c.id == answer_id)).one()
    return PracticeView(found.clip, _answer(row)), True


def has_token(connection: sa.Connection, token: str) -> bool:
    """Whether a practice answer of this token is stored."""
    return connection.execute(sa.select(answers.c.id).where(answers.c.token == token)).first() is not None


def to_answer(reviewer_id: int) -> sa.Select[Any]:
    """A query for (id, clip_id) of the marked clips that this coder has yet to answer, in their order."""
    earlier = marks.alias("earlier_marks")
    answered = sa.exists().where(
        answers.c.reviewer_id == reviewer_id,
        answers.c.practice_clip_id == earlier.c.id,
        earlier.c.clip_id == marks.c.clip_id,
    )
    judged = sa.exists().where(decisions.c.clip_id == marks.c.clip_id, decisions.c.reviewer_id == reviewer_id)
    return (
        sa.select(marks.c.id, marks.c.clip_id)
        .where(
            practice_clips.is_standing(), marks.c.marked_by != reviewer_id, ~answered, ~judged, ~_is_lead(reviewer_id)
        )
        .order_by(marks.c.id)
    )


def is_to_answer(clip_id: sa.ColumnElement[int], reviewer_id: int) -> sa.ColumnElement[bool]:
    """Whether the clip in hand is one of `to_answer`; for lists of which a page is read."""
    return to_answer(reviewer_id).where(marks.c.clip_id == clip_id).order_by(None).exists()


def clips_to_answer(connection: sa.Connection, reviewer_id: int) -> frozenset[int]:
    """The clips of `to_answer`."""
    return frozenset(row.clip_id for row in connection.execute(to_answer(reviewer_id)))


def of_coder(connection: sa.Connection, reviewer_id: int) -> PracticeRecord:
    """How far this coder is."""
    rows = connection.execute(_rows().where(answers.c.reviewer_id == reviewer_id).order_by(answers.c.id))
    judged = sa.exists().where(decisions.c.reviewer_id == reviewer_id, decisions.c.kind.not_in(_NO_JUDGMENT))
    released = sa.exists().where(practice_releases.c.reviewer_id == reviewer_id)
    facts = connection.execute(
        sa.select(judged.label("judged"), _is_lead(reviewer_id).label("lead"), released.label("released"))
    ).one()
    left = connection.execute(sa.select(sa.func.count()).select_from(to_answer(reviewer_id).subquery())).scalar_one()
    return PracticeRecord(
        reviewer_id=reviewer_id,
        rights=tuple(row.label == row.known_label for row in rows),
        left=int(left),
        asked=not (facts.judged or facts.lead),
        released=bool(facts.released),
    )


def release(connection: sa.Connection, reviewer_id: int, released_by: int) -> None:
    """Lets a coder begin who has not passed; pressed twice, it is done once."""
    known = sa.select(practice_releases.c.reviewer_id).where(practice_releases.c.reviewer_id == reviewer_id)
    if connection.execute(known).first() is None:
        values = {"reviewer_id": reviewer_id, "released_by": released_by, "created_at": now_utc()}
        connection.execute(sa.insert(practice_releases), values)


def rights_by_clip(connection: sa.Connection) -> dict[int, tuple[int, int]]:
    """Right answers and all answers by the id of the practice clip."""
    found: dict[int, tuple[int, int]] = {}
    for row in connection.execute(_rows()):
        right, given = found.get(row.practice_clip_id, (0, 0))
        found[row.practice_clip_id] = (right + (row.label == row.known_label), given + 1)
    return found


def answered_by(connection: sa.Connection, reviewer_id: int) -> frozenset[int]:
    """The clips that this coder has answered as practice."""
    query = sa.select(marks.c.clip_id).join(answers, answers.c.practice_clip_id == marks.c.id)
    return frozenset(row.clip_id for row in connection.execute(query.where(answers.c.reviewer_id == reviewer_id)))


def _knows(clip_id: int, reviewer_id: int, marked_by: int) -> sa.Select[Any]:
    """Whether this reviewer knows the answer from elsewhere: as a lead, as who marked the clip, or by a judgment of it."""
    judged = sa.exists().where(decisions.c.clip_id == clip_id, decisions.c.reviewer_id == reviewer_id)
    return sa.select(sa.or_(sa.literal(marked_by == reviewer_id), _is_lead(reviewer_id), judged))


def _is_lead(reviewer_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(reviewers.c.id == reviewer_id, reviewers.c.role == LEAD)


def _rows() -> sa.Select[Any]:
    """All answers with the known label, both by the names of today."""
    others = (column for column in answers.c if column is not answers.c.label)
    labels = label_shown(answers.c.label).label("label"), label_shown(marks.c.known_label).label("known_label")
    return sa.select(*others, *labels).join(marks, marks.c.id == answers.c.practice_clip_id)


def _answer(row: sa.Row[Any]) -> PracticeAnswer:
    return PracticeAnswer(
        id=row.id,
        practice_clip_id=row.practice_clip_id,
        reviewer_id=row.reviewer_id,
        label=row.label,
        rater_confidence=row.rater_confidence,
        right=row.label == row.known_label,
        created_at=row.created_at,
    )
