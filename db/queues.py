"""The queues of Review: which clip is next, and in one sentence why."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from core.records import ClaimCheck, ClipState, DecisionKind, Run, Split
from db import runs
from db.tables import claims, clip_states, clips, decisions, predictions, pseudo_labels, standing_decisions


class Queue(StrEnum):
    """What a reviewer may work through."""

    UNREVIEWED = "unreviewed"
    UNCERTAIN = "uncertain"
    DISAGREE = "disagree"
    CONTRADICTED = "contradicted"
    MISTAKES = "mistakes"
    UNCLEAR = "unclear"
    SKIPPED = "skipped"
    RECENT = "recent"


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One clip of a queue; `reason` says in a sentence why it is there."""

    clip_id: int
    reason: str


def items(
    connection: sa.Connection, queue: Queue, reviewer_id: int, *, limit: int = 50, offset: int = 0
) -> list[QueueItem]:
    """The clips of a queue in its order."""
    query = _query(connection, queue, reviewer_id)
    if query is None:
        return []
    rows = connection.execute(query.limit(limit).offset(offset)).mappings()
    return [QueueItem(row["clip_id"], _reason(queue, row)) for row in rows]


def size(connection: sa.Connection, queue: Queue, reviewer_id: int) -> int:
    """How many clips a queue holds for this reviewer."""
    query = _query(connection, queue, reviewer_id)
    if query is None:
        return 0
    return int(connection.execute(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())).scalar_one())


def judged_run(connection: sa.Connection) -> Run | None:
    """The run whose mistakes are the queue: the current one."""
    return runs.current(connection)


def _query(connection: sa.Connection, queue: Queue, reviewer_id: int) -> sa.Select[Any] | None:
    match queue:
        case Queue.UNREVIEWED:
            return _open_clips(reviewer_id).order_by(clips.c.id)
        case Queue.UNCERTAIN:
            return _open_answers(reviewer_id).order_by(pseudo_labels.c.confidence, clips.c.id)
        case Queue.DISAGREE:
            differ = pseudo_labels.c.first_label != pseudo_labels.c.label
            return _open_answers(reviewer_id).where(differ).order_by(clips.c.id)
        case Queue.CONTRADICTED:
            contradicted = sa.func.count(claims.c.id).label("contradicted")
            return (
                _open_answers(reviewer_id)
                .join(claims, claims.c.pseudo_label_id == pseudo_labels.c.id)
                .where(claims.c.kept, claims.c.check_result == ClaimCheck.CONTRADICTED.value)
                .add_columns(contradicted)
                .group_by(*_open_answers(reviewer_id).selected_columns)
                .order_by(contradicted.desc(), clips.c.id)
            )
        case Queue.MISTAKES:
            run = judged_run(connection)
            return None if run is None else _mistakes(run, reviewer_id)
        case Queue.UNCLEAR:
            return (
                sa.select(clip_states.c.clip_id)
                .where(clip_states.c.state == ClipState.UNCLEAR.value)
                .order_by(clip_states.c.clip_id)
            )
        case Queue.SKIPPED:
            return _own_rows(reviewer_id, [DecisionKind.SKIP], undone=False).where(
                ~_has_final(decisions.c.clip_id, reviewer_id)
            )
        case Queue.RECENT:
            kinds = [DecisionKind.ACCEPT, DecisionKind.CORRECT, DecisionKind.UNCLEAR]
            return _own_rows(reviewer_id, kinds, undone=False)


def _open_clips(reviewer_id: int) -> sa.Select[Any]:
    """Training clips that nobody has decided and this reviewer has not put aside."""
    return (
        sa.select(clips.c.id.label("clip_id"), clip_states.c.state)
        .join(clip_states, clip_states.c.clip_id == clips.c.id)
        .where(
            clip_states.c.state.in_([ClipState.IMPORTED.value, ClipState.LABELLED.value]),
            clips.c.split == Split.TRAIN.value,
            ~_skipped(clips.c.id, reviewer_id),
        )
    )


def _open_answers(reviewer_id: int) -> sa.Select[Any]:
    """Open clips with their newest pseudo-label."""
    newest = (
        sa.select(sa.func.max(pseudo_labels.c.id))
        .where(pseudo_labels.c.clip_id == clips.c.id)
        .correlate(clips)
        .scalar_subquery()
    )
    return (
        _open_clips(reviewer_id)
        .join(pseudo_labels, pseudo_labels.c.id == newest)
        .add_columns(pseudo_labels.c.first_label, pseudo_labels.c.label, pseudo_labels.c.confidence)
    )


def _mistakes(run: Run, reviewer_id: int) -> sa.Select[Any]:
    """Held-out clips that the run gets wrong, surest first; those this reviewer has judged since the run are done."""
    judged_since = (
        sa.exists()
        .where(
            standing_decisions.c.clip_id == predictions.c.clip_id,
            standing_decisions.c.reviewer_id == reviewer_id,
            standing_decisions.c.id == decisions.c.id,
            decisions.c.created_at > (run.finished_at or run.created_at),
        )
        .correlate(predictions)
    )
    return (
        sa.select(
            predictions.c.clip_id,
            predictions.c.label.label("predicted"),
            predictions.c.confidence,
            clip_states.c.label,
            clip_states.c.source,
            sa.literal(run.id).label("run_id"),
        )
        .join(clip_states, clip_states.c.clip_id == predictions.c.clip_id)
        .join(clips, clips.c.id == predictions.c.clip_id)
        .where(
            predictions.c.run_id == run.id,
            predictions.c.fold >= 0,
            clips.c.split == Split.TRAIN.value,
            clip_states.c.label != predictions.c.label,
            ~judged_since,
        )
        .order_by(predictions.c.confidence.desc(), predictions.c.clip_id)
    )


def _own_rows(reviewer_id: int, kinds: list[DecisionKind], *, undone: bool) -> sa.Select[Any]:
    undoing = decisions.alias("undoing")
    is_undone = sa.exists().where(undoing.c.undoes_id == decisions.c.id)
    newest = sa.func.max(decisions.c.id)
    return (
        sa.select(decisions.c.clip_id, newest.label("decision_id"))
        .where(
            decisions.c.reviewer_id == reviewer_id,
            decisions.c.kind.in_([kind.value for kind in kinds]),
            is_undone if undone else ~is_undone,
        )
        .group_by(decisions.c.clip_id)
        .order_by(newest.desc())
    )


def _skipped(clip_id: sa.ColumnElement[int], reviewer_id: int) -> sa.ColumnElement[bool]:
    skips, undoing = decisions.alias("skips"), decisions.alias("undoing_skips")
    return sa.exists().where(
        skips.c.clip_id == clip_id,
        skips.c.reviewer_id == reviewer_id,
        skips.c.kind == DecisionKind.SKIP.value,
        ~sa.exists().where(undoing.c.undoes_id == skips.c.id),
    )


def _has_final(clip_id: sa.ColumnElement[int], reviewer_id: int) -> sa.ColumnElement[bool]:
    final = standing_decisions.alias("final")
    return sa.exists().where(final.c.clip_id == clip_id, final.c.reviewer_id == reviewer_id)


def _reason(queue: Queue, row: sa.RowMapping) -> str:
    match queue:
        case Queue.UNREVIEWED:
            labelled = row["state"] == ClipState.LABELLED.value
            return (
                "Nobody has judged this clip yet."
                if labelled
                else "Nobody has judged this clip, and no labeler has either."
            )
        case Queue.UNCERTAIN:
            return "Among the answers that the labeler is least sure of."  # the figure would give the reveal away
        case Queue.DISAGREE:
            return "The labeler's first answer and its reflected answer differ."
        case Queue.CONTRADICTED:
            number = row["contradicted"]
            return f"The key points contradict {number} {'claim' if number == 1 else 'claims'} of the rationale."
        case Queue.MISTAKES:
            return (
                f"Run {row['run_id']}, which never trained on this clip, says {row['predicted']} with {row['confidence']:.2f}; "
                f"the {row['source']} label is {row['label']}."
            )
        case Queue.UNCLEAR:
            return "Somebody found this clip unclear."
        case Queue.SKIPPED:
            return "You put this clip aside."
        case Queue.RECENT:
            return "You judged this clip lately."
