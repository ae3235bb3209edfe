"""The labeler whose answers count as pseudo-labels, and the log of who chose it. The newest row of the log counts."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.errors import NotFoundError
from core.types.clips import LabelSource, Split
from db.labels_today import label_today
from db.row_mapping import count_where
from db.tables import clip_states, labeler_choices, labelers, now_utc, pseudo_labels, reviewers


@dataclass(frozen=True, slots=True)
class LabelerChoice:
    """One row of the log. `chosen_by`: the reviewer's name, None where the first labeler that was used came to count."""

    labeler_id: int
    chosen_by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ChoiceEffect:
    """What a choice would do, in clips of the train split.

    `gained`, `lost`: clips that would get a pseudo-label, or be left without one. `relabeled`: whose pseudo-label would be
    another label. `counting`: of these three together, those whose label that counts is the pseudo-label or none.
    """

    gained: int
    lost: int
    relabeled: int
    counting: int


def counting_id(connection: sa.Connection, until: datetime | None = None) -> int | None:
    """The id of the labeler that counts; None while none is named, when the newest answer of each clip counts.

    With `until`, the one that counted at that moment.
    """
    query = sa.select(labeler_choices.c.labeler_id).order_by(labeler_choices.c.id.desc()).limit(1)
    if until is not None:
        query = query.where(labeler_choices.c.created_at <= until)
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def choose(connection: sa.Connection, labeler_id: int, reviewer_id: int | None) -> None:
    """Makes this labeler count, and logs who chose it. Raises NotFoundError for an unknown labeler."""
    if connection.execute(sa.select(labelers.c.id).where(labelers.c.id == labeler_id)).first() is None:
        raise NotFoundError(f"There is no labeler {labeler_id}.")
    values = {"labeler_id": labeler_id, "reviewer_id": reviewer_id, "created_at": now_utc()}
    connection.execute(sa.insert(labeler_choices).values(**values))


def name_first(connection: sa.Connection, labeler_id: int) -> None:
    """Makes this labeler count if no labeler has answered yet and none is named."""
    answered, named = (sa.select(table.c.id).exists() for table in (pseudo_labels, labeler_choices))
    if not connection.execute(sa.select(sa.or_(answered, named))).scalar_one():
        choose(connection, labeler_id, None)


def log(connection: sa.Connection) -> list[LabelerChoice]:
    """All choices, newest first."""
    query = (
        sa.select(labeler_choices, reviewers.c.name)
        .outerjoin(reviewers, reviewers.c.id == labeler_choices.c.reviewer_id)
        .order_by(labeler_choices.c.id.desc())
    )
    return [LabelerChoice(row.labeler_id, row.name, row.created_at) for row in connection.execute(query)]


def effect(connection: sa.Connection, labeler_id: int) -> ChoiceEffect:
    """What would change if this labeler counted. Reads every clip's state."""
    now, then = pseudo_labels.alias("now"), pseudo_labels.alias("then")
    newest = (
        sa.select(sa.func.max(pseudo_labels.c.id).label("id"), pseudo_labels.c.clip_id)
        .where(pseudo_labels.c.labeler_id == labeler_id)
        .group_by(pseudo_labels.c.clip_id)
        .subquery()
    )
    gained = now.c.id.is_(None) & label_today(then.c.label).is_not(None)
    lost = now.c.id.is_not(None) & label_today(then.c.label).is_(None)
    relabeled = label_today(now.c.label) != label_today(then.c.label)
    by_pseudo = sa.or_(clip_states.c.source.is_(None), clip_states.c.source == LabelSource.PSEUDO.value)
    unjudged = clip_states.c.decision_id.is_(None) & by_pseudo
    query = (
        sa.select(
            count_where(gained).label("gained"),
            count_where(lost).label("lost"),
            count_where(relabeled).label("relabeled"),
            count_where(unjudged & sa.or_(gained, lost, relabeled)).label("counting"),
        )
        .select_from(clip_states)
        .outerjoin(now, now.c.id == clip_states.c.pseudo_label_id)
        .outerjoin(newest, newest.c.clip_id == clip_states.c.clip_id)
        .outerjoin(then, then.c.id == newest.c.id)
        .where(clip_states.c.split == Split.TRAIN.value)
    )
    return ChoiceEffect(**dict(connection.execute(query).mappings().one()))
