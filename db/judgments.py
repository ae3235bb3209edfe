"""Reviewers' standing judgments (final rows of the decision log that are not undone), and clips on which they disagree."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.types.decisions import DecisionKind, ReviewMode
from db.decisions import SAW_NOTHING
from db.labels_today import counts_today, label_today
from db.tables import clip_states, clips, decisions, gold_labels, pseudo_labels, standing_decisions

DISPUTED = clip_states.c.disputed == sa.true()


@dataclass(frozen=True, slots=True)
class Judgment:
    """A standing final row with the clip's other labels. `label` is None if the reviewer called the clip unclear.

    `blind_label`: the reviewer's first answer, if it was given without having seen any other.
    """

    clip_id: int
    subject_id: int
    reviewer_id: int
    kind: DecisionKind
    mode: ReviewMode
    label: str | None
    blind_label: str | None
    pseudo_label: str | None
    gold_label: str | None
    reliability_sample: bool


@dataclass(frozen=True, slots=True)
class Settling:
    """A standing adjudication: a row of the log."""

    decision_id: int
    clip_id: int
    reviewer_id: int
    label: str
    note: str
    at: datetime


def all(connection: sa.Connection) -> list[Judgment]:
    """All standing final rows with the pseudo-label that was shown and the gold label, to compute agreement."""
    blind = blind_rows()
    query = (
        sa.select(
            decisions,
            label_today(decisions.c.label).label("label_today"),
            blind.c.label.label("own_label"),
            label_today(pseudo_labels.c.label).label("pseudo_label"),
            label_today(gold_labels.c.label).label("gold_label"),
            clips.c.reliability_sample,
            clips.c.subject_id,
        )
        .join(standing_decisions, standing_decisions.c.id == decisions.c.id)
        .join(clips, clips.c.id == decisions.c.clip_id)
        .outerjoin(blind, of_same_reviewer(blind))
        .outerjoin(pseudo_labels, pseudo_labels.c.id == decisions.c.pseudo_label_id)
        .outerjoin(gold_labels, gold_labels.c.clip_id == decisions.c.clip_id)
        .order_by(decisions.c.id)
    )
    return [
        Judgment(
            clip_id=row["clip_id"],
            subject_id=row["subject_id"],
            reviewer_id=row["reviewer_id"],
            kind=DecisionKind(row["kind"]),
            mode=ReviewMode(row["mode"]),
            label=row["label_today"],
            blind_label=row["own_label"],
            pseudo_label=row["pseudo_label"],
            gold_label=row["gold_label"],
            reliability_sample=bool(row["reliability_sample"]),
        )
        for row in connection.execute(query).mappings()
    ]


def blind_rows(until: datetime | None = None) -> sa.Subquery:
    """(clip_id, reviewer_id, label) of the first answers whose reviewer had seen no other: the blind ones; of all times, or
    until a moment.
    """
    today = label_today(decisions.c.label).label("label")
    query = sa.select(decisions.c.clip_id, decisions.c.reviewer_id, today).where(
        decisions.c.kind == DecisionKind.BLIND.value,
        decisions.c.seen == SAW_NOTHING,
        counts_today(decisions.c.label),
    )
    return (query if until is None else query.where(decisions.c.created_at <= until)).subquery()


def of_same_reviewer(blind: sa.Subquery) -> sa.ColumnElement[bool]:
    """The condition that joins a decision to its reviewer's row of `blind_rows`."""
    return (blind.c.clip_id == decisions.c.clip_id) & (blind.c.reviewer_id == decisions.c.reviewer_id)


def labels_before(connection: sa.Connection, moment: datetime) -> dict[int, str | None]:
    """By clip id, the label that people had given before a moment: adjudicated, else the newest; None: called unclear.

    What was undone since does not count, nor what was accepted in bulk, for which nobody looked.
    """
    adjudicated = sa.case((decisions.c.kind == DecisionKind.ADJUDICATE.value, 1), else_=0)
    query = (
        sa.select(decisions.c.clip_id, standing_decisions.c.label)
        .join(standing_decisions, standing_decisions.c.id == decisions.c.id)
        .where(decisions.c.created_at < moment, decisions.c.kind != DecisionKind.BULK_ACCEPT.value)
        .order_by(adjudicated, decisions.c.id)
    )
    return {row.clip_id: row.label for row in connection.execute(query)}  # the last row of a clip stays


def unwatched_at(connection: sa.Connection, moment: datetime) -> set[int]:
    """Ids of clips that were accepted in bulk at a moment, without a judgment of the same label by somebody who looked."""
    bulk, looked = (_final_at(moment, in_bulk=one).subquery() for one in (True, False))
    query = sa.select(bulk.c.clip_id).where(
        ~sa.exists().where(looked.c.clip_id == bulk.c.clip_id, looked.c.label == bulk.c.label)
    )
    return set(connection.execute(query).scalars())


def _final_at(moment: datetime, *, in_bulk: bool) -> sa.Select[Any]:
    """(clip_id, label) of the bulk accepts, or of the judgments by looking, that stood at a moment; their labels are today's."""
    undoing = decisions.alias("undoing")
    looking = [DecisionKind.ACCEPT.value, DecisionKind.CORRECT.value, DecisionKind.ADJUDICATE.value]
    return sa.select(decisions.c.clip_id, label_today(decisions.c.label).label("label")).where(
        decisions.c.kind.in_([DecisionKind.BULK_ACCEPT.value] if in_bulk else looking),
        decisions.c.created_at <= moment,
        ~sa.exists().where(undoing.c.undoes_id == decisions.c.id, undoing.c.created_at <= moment),
    )


def disagreements(connection: sa.Connection, limit: int = 200) -> list[int]:
    """Ids of training clips on which the newest standing labels of two reviewers differ and which are not adjudicated,
    ascending. Triggers keep `clip_states.disputed` up.
    """
    query = sa.select(clip_states.c.clip_id).where(DISPUTED).order_by(clip_states.c.clip_id).limit(limit)
    return list(connection.execute(query).scalars())


def is_disputed(connection: sa.Connection, clip_id: int) -> bool:
    """Whether the clip is one of `disagreements`."""
    query = sa.select(clip_states.c.clip_id).where(DISPUTED, clip_states.c.clip_id == clip_id)
    return connection.execute(query).first() is not None


def settling(connection: sa.Connection, limit: int) -> list[Settling]:
    """The newest standing adjudications, newest first."""
    query = (
        sa.select(decisions, standing_decisions.c.label.label("label_today"))
        .join(standing_decisions, standing_decisions.c.id == decisions.c.id)
        .where(decisions.c.kind == DecisionKind.ADJUDICATE.value)
        .order_by(decisions.c.id.desc())
        .limit(limit)
    )
    return [
        Settling(row.id, row.clip_id, row.reviewer_id, row.label_today, row.note, row.created_at)
        for row in connection.execute(query)
    ]


def own_labels(connection: sa.Connection, clip_id: int) -> dict[int, str]:
    """By reviewer id, the newest standing label on the clip that is no adjudication, in the order in which they were given."""
    query = (
        sa.select(decisions.c.reviewer_id, label_today(decisions.c.label).label("label"))
        .where(decisions.c.id.in_(newest_own_ids().where(standing_decisions.c.clip_id == clip_id)))
        .where(decisions.c.label.is_not(None))
        .order_by(decisions.c.id)
    )
    return {row.reviewer_id: row.label for row in connection.execute(query)}


def clips_by_mode(connection: sa.Connection) -> dict[ReviewMode, int]:
    """Numbers of clips with a standing judgment, by the mode of it; a clip judged in both is counted in both."""
    query = (
        sa.select(decisions.c.mode, sa.func.count(decisions.c.clip_id.distinct()).label("n"))
        .where(decisions.c.id.in_(newest_own_ids()))
        .group_by(decisions.c.mode)
    )
    return {ReviewMode(row.mode): row.n for row in connection.execute(query)}


def clips_by_judges(connection: sa.Connection) -> dict[int, int]:
    """Numbers of clips by how many reviewers have a standing judgment on them, from one on."""
    per_clip = (
        sa.select(sa.func.count(decisions.c.reviewer_id.distinct()).label("judges"))
        .where(decisions.c.id.in_(newest_own_ids()))
        .group_by(decisions.c.clip_id)
        .subquery()
    )
    query = sa.select(per_clip.c.judges, sa.func.count().label("n")).group_by(per_clip.c.judges)
    return {row.judges: row.n for row in connection.execute(query)}


def newest_own_ids() -> sa.Select[Any]:
    """Ids of each reviewer's newest standing decision on each clip, without bulk accepts and adjudications."""
    not_own = (DecisionKind.BULK_ACCEPT.value, DecisionKind.ADJUDICATE.value)
    return (
        sa.select(sa.func.max(standing_decisions.c.id))
        .where(standing_decisions.c.kind.not_in(not_own))
        .group_by(standing_decisions.c.clip_id, standing_decisions.c.reviewer_id)
    )
