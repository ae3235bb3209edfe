"""The queues of the Review screen: which clip is next, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from core.settings.review import ReviewSettings
from core.types.clips import ClipState, LabelSource, Split
from core.types.decisions import DecisionKind
from core.types.runs import Run
from db import assignments, leases, practice_answers, practice_clips, repeat_judgments, runs
from db.judgments import DISPUTED
from db.tables import (
    claims,
    clip_states,
    clips,
    curated_rows,
    decisions,
    predictions,
    pseudo_labels,
    reviewers,
    standing_decisions,
)


class Queue(StrEnum):
    """A list of clips for a reviewer to work through."""

    PRACTICE = "practice"
    ASSIGNED = "assigned"
    UNREVIEWED = "unreviewed"
    UNCERTAIN = "uncertain"
    DISAGREE = "disagree"
    CONTRADICTED = "contradicted"
    NEEDS_REVIEW = "needs-review"
    LEAKS = "leaks"
    RUN_DIFFERS = "run-differs"
    LABEL_ERRORS = "label-errors"
    PEOPLE_DIFFER = "people-differ"
    GOLD_DIFFERS = "gold-differs"
    RELIABILITY = "reliability"
    UNCLEAR = "unclear"
    SKIPPED = "skipped"
    RECENT = "recent"


OF_RUNS = frozenset({Queue.RUN_DIFFERS, Queue.LABEL_ERRORS})
"""The queues that show a clip because of what a run predicts for it."""

WITHOUT_RUNS = frozenset(Queue) - OF_RUNS - {Queue.ASSIGNED}
"""The queues whose clips no run has chosen; what a lead assigns may be of any filter."""

_AGAIN = "again"  # used in place of a state: the clip is due for a repeat judgment


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One clip of a queue; `reason` is a sentence that says why it is in the queue."""

    clip_id: int
    reason: str


_ONCE = ReviewSettings(judgments_per_clip=1, repeat_share=0)


@dataclass(frozen=True, slots=True)
class Difference:
    """A clip whose label a run contradicts: the label that counts and its source, the predicted one and its confidence (0..1)."""

    clip_id: int
    label: str
    source: LabelSource
    predicted: str
    confidence: float


def items(
    connection: sa.Connection,
    queue: Queue,
    reviewer_id: int,
    *,
    review: ReviewSettings = _ONCE,
    limit: int = 50,
    offset: int = 0,
) -> list[QueueItem]:
    """The clips of a queue in its order, without those that others have open (db.leases) or are assigned (db.assignments).

    `review` sets the number of judgments per clip and the share of repeats; by default one judgment and no repeats.
    """
    query = _query(connection, queue, reviewer_id, review, most=limit + offset)
    if query is None:
        return []
    rows = connection.execute(query.limit(limit).offset(offset)).mappings()
    return [QueueItem(row["clip_id"], _reason(queue, row)) for row in rows]


def size(connection: sa.Connection, queue: Queue, reviewer_id: int, *, review: ReviewSettings = _ONCE) -> int:
    """Number of clips in a queue for this reviewer.

    For speed, the large queues of unreviewed clips are counted by index ranges; clips that this reviewer skipped or that
    are not free are then subtracted.
    """
    if queue not in _UNJUDGED:
        query = _query(connection, queue, reviewer_id, review)
        return 0 if query is None else _count(connection, query)
    number = 0
    kept, practiced = assignments.kept_for_others(reviewer_id), practice_clips.marked()
    not_free = leases.of_others(reviewer_id), kept, practiced
    for state in _UNJUDGED[queue]:
        every = _in_state(state).where(*_condition(queue))
        aside = clip_states.c.clip_id.in_(_put_aside(reviewer_id).union(*not_free))
        number += _count(connection, every) - _count(connection, every.where(aside))
    if queue is Queue.UNREVIEWED:
        number += sum(_count(connection, part) for part in _judged_and_wanted(reviewer_id, review))
    return number


def _count(connection: sa.Connection, query: sa.Select[Any]) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())).scalar_one())


_UNJUDGED: Mapping[Queue, tuple[ClipState, ...]] = {
    Queue.UNREVIEWED: (ClipState.LABELED, ClipState.IMPORTED),
    Queue.UNCERTAIN: (ClipState.LABELED,),
    Queue.DISAGREE: (ClipState.LABELED,),
    Queue.CONTRADICTED: (ClipState.LABELED,),
    Queue.NEEDS_REVIEW: (ClipState.LABELED,),
}
"""Queues of unreviewed clips, with the states of these clips."""


def _condition(queue: Queue) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions by which a clip with a pseudo-label belongs to the queue."""
    match queue:
        case Queue.DISAGREE:
            return (clip_states.c.pseudo_changed == sa.true(),)
        case Queue.CONTRADICTED:
            return (clip_states.c.pseudo_contradicted > 0,)
        case Queue.NEEDS_REVIEW:
            return (clip_states.c.pseudo_needs_review == sa.true(),)
        case _:
            return ()


def _query(
    connection: sa.Connection, queue: Queue, reviewer_id: int, review: ReviewSettings, most: int | None = None
) -> sa.Select[Any] | None:
    """The clips of a queue in its order. `most`: the number needed, so that a large queue need not be sorted as a whole."""
    match queue:
        case Queue.PRACTICE:
            return _practice(connection, reviewer_id, review)
        case Queue.ASSIGNED:
            return _assigned(reviewer_id)
        case Queue.UNREVIEWED:
            parts = [_open(reviewer_id, state) for state in _UNJUDGED[queue]] + _judged_and_wanted(reviewer_id, review)
            firsts = [sa.select(part.order_by(sa.text("clip_id")).limit(most).subquery()) for part in parts]
            every = sa.union_all(*firsts).subquery()
            return sa.select(every).order_by(every.c.clip_id)
        case Queue.UNCERTAIN:
            return _open(reviewer_id, ClipState.LABELED).order_by(
                clip_states.c.pseudo_confidence, clip_states.c.clip_id
            )
        case Queue.DISAGREE | Queue.NEEDS_REVIEW:
            return _open(reviewer_id, ClipState.LABELED).where(*_condition(queue)).order_by(clip_states.c.clip_id)
        case Queue.CONTRADICTED:
            order = (clip_states.c.pseudo_contradicted.desc(), clip_states.c.clip_id.desc())
            return _open(reviewer_id, ClipState.LABELED).where(*_condition(queue)).order_by(*order)
        case Queue.RUN_DIFFERS:
            run = runs.selected(connection)
            return None if run is None else _differing(run, reviewer_id, most)
        case Queue.LEAKS:
            return _leaks(reviewer_id)
        case Queue.LABEL_ERRORS:
            run = runs.selected(connection)
            return None if run is None else _label_errors(run, reviewer_id)
        case Queue.PEOPLE_DIFFER:
            return sa.select(clip_states.c.clip_id).where(DISPUTED).order_by(clip_states.c.clip_id)
        case Queue.GOLD_DIFFERS:
            return _against_gold(reviewer_id)
        case Queue.RELIABILITY:
            return _reliability_sample(reviewer_id)
        case Queue.UNCLEAR:
            return (
                sa.select(clip_states.c.clip_id)
                .where(
                    clip_states.c.state == ClipState.UNCLEAR.value,
                    clip_states.c.split == Split.TRAIN.value,
                    _free(clip_states.c.clip_id, reviewer_id),
                )
                .order_by(clip_states.c.clip_id)
            )
        case Queue.SKIPPED:
            return _own_rows(reviewer_id, [DecisionKind.SKIP]).where(~_has_final(decisions.c.clip_id, reviewer_id))
        case Queue.RECENT:
            kinds = [DecisionKind.ACCEPT, DecisionKind.CORRECT, DecisionKind.UNCLEAR]
            return _own_rows(reviewer_id, kinds)


def _practice(connection: sa.Connection, reviewer_id: int, review: ReviewSettings) -> sa.Select[Any]:
    """Practice clips that this reviewer has yet to answer: as many as are asked for; after that, until enough are right."""
    record = practice_answers.of_coder(connection, reviewer_id)
    query = practice_answers.to_answer(reviewer_id)
    if not record.asked or not review.practice_clips:
        return query
    if record.may_begin(review.practice_clips, review.practice_pass_share):
        return query.where(sa.false())
    missing = record.wanted(review.practice_clips) - len(record.rights)
    if missing <= 0:
        return query
    first = query.limit(missing).subquery("asked_for")
    return sa.select(first).order_by(first.c.id)


def _assigned(reviewer_id: int) -> sa.Select[Any]:
    """Clips assigned to this reviewer, in the order of assigning, also while others have them open: each is to judge."""
    own = assignments.of_coder(reviewer_id).subquery("own")
    return (
        sa.select(own.c.clip_id, reviewers.c.name.label("assigned_by"))
        .join(reviewers, reviewers.c.id == own.c.assigned_by)
        .where(~_skipped(own.c.clip_id, reviewer_id))
    )


def _against_gold(reviewer_id: int) -> sa.Select[Any]:
    """Training clips for which a person's label counts that differs from gold; the adjudicated ones last."""
    by_people = (LabelSource.HUMAN.value, LabelSource.ADJUDICATED.value)
    return (
        sa.select(clip_states.c.clip_id)
        .where(
            clip_states.c.source.in_(by_people),
            clip_states.c.conflict == sa.true(),
            clip_states.c.split == Split.TRAIN.value,
            _free(clip_states.c.clip_id, reviewer_id),
        )
        .order_by(clip_states.c.source.desc(), clip_states.c.clip_id.desc())
    )


def _in_state(state: ClipState) -> sa.Select[Any]:
    """Training clips in a state, from `clip_states` only."""
    return sa.select(
        clip_states.c.clip_id, clip_states.c.state, clip_states.c.pseudo_contradicted.label("contradicted")
    ).where(clip_states.c.state == state.value, clip_states.c.split == Split.TRAIN.value)


def _open(reviewer_id: int, state: ClipState) -> sa.Select[Any]:
    """Training clips in a state, without those that this reviewer skipped."""
    return _in_state(state).where(
        ~_skipped(clip_states.c.clip_id, reviewer_id), _free(clip_states.c.clip_id, reviewer_id)
    )


def _judged_and_wanted(reviewer_id: int, review: ReviewSettings) -> list[sa.Select[Any]]:
    """Reviewed clips that need a judgment of this reviewer too, or a repeat."""
    parts = []
    if review.judgments_per_clip > 1:
        judged = (ClipState.REVIEWED, ClipState.UNCLEAR)
        parts += [_wanting_more(reviewer_id, state, review.judgments_per_clip) for state in judged]
    if review.repeat_share:
        parts.append(_coming_back(reviewer_id, review))
    return parts


def _wanting_more(reviewer_id: int, state: ClipState, judgments: int) -> sa.Select[Any]:
    """Clips in a state with too few judgments and none of this reviewer, which are not adjudicated."""
    looked = standing_decisions.alias("looked")
    people = (
        sa.select(sa.func.count(looked.c.reviewer_id.distinct()))
        .where(looked.c.clip_id == clip_states.c.clip_id, looked.c.kind != DecisionKind.BULK_ACCEPT.value)
        .scalar_subquery()
    )
    return _open(reviewer_id, state).where(
        people < judgments,
        sa.or_(clip_states.c.source.is_(None), clip_states.c.source != LabelSource.ADJUDICATED.value),
        ~_has_final(clip_states.c.clip_id, reviewer_id),
    )


def _coming_back(reviewer_id: int, review: ReviewSettings) -> sa.Select[Any]:
    """Clips due for a repeat judgment of this reviewer, with `_AGAIN` in place of their state."""
    due = repeat_judgments.due(reviewer_id, review).subquery()
    nothing = sa.null().cast(sa.Integer)
    return sa.select(due.c.clip_id, sa.literal(_AGAIN).label("state"), nothing.label("contradicted")).where(
        due.c.clip_id.not_in(leases.of_others(reviewer_id))
    )


def judged_without_runs(connection: sa.Connection, since: datetime) -> set[int]:
    """Clips that people have judged since a moment in `WITHOUT_RUNS` alone, and before anything was judged in `OF_RUNS`.

    What is left when a queue of a run has been worked through are the clips on which the run agrees with its labels:
    from then on, no queue is free of the run.
    """
    query = (
        sa.select(decisions.c.clip_id, decisions.c.queue)
        .where(decisions.c.created_at > since, decisions.c.kind != DecisionKind.UNDO.value)
        .order_by(decisions.c.id)
    )
    rows = connection.execute(query).all()
    first = next((place for place, row in enumerate(rows) if row.queue in OF_RUNS), len(rows))
    chosen = {row.clip_id for place, row in enumerate(rows) if place >= first or row.queue not in WITHOUT_RUNS}
    return {row.clip_id for row in rows} - chosen


def differing(connection: sa.Connection, run: Run, reviewer_id: int, limit: int) -> list[Difference]:
    """Held-out clips whose label the run contradicts, most trusted label first, then most confident first.

    Clips that this reviewer has judged since the run began are left out: the run could not know their labels.
    """
    rows = connection.execute(_differing(run, reviewer_id, limit).limit(limit)).mappings()
    return [
        Difference(row["clip_id"], row["label"], LabelSource(row["source"]), row["predicted"], row["confidence"])
        for row in rows
    ]


def differing_counts(connection: sa.Connection, run: Run, reviewer_id: int) -> dict[LabelSource, int]:
    """The number of all `differing` clips by the source of their label, most trusted first; sources without any are left out."""
    rows = _contradicted(run, reviewer_id).subquery()
    query = sa.select(rows.c.source, sa.func.count().label("n")).group_by(rows.c.source)
    numbers = {row.source: row.n for row in connection.execute(query)}
    return {source: numbers[source.value] for source in LabelSource if source.value in numbers}


def _differing(run: Run, reviewer_id: int, most: int | None) -> sa.Select[Any]:
    """`differing` as a query: each source by the index of confidence, so that no more than `most` of each are sorted."""
    parts = [
        _contradicted(run, reviewer_id)
        .where(clip_states.c.source == source.value)
        .add_columns(sa.literal(place).label("place"))
        .order_by(predictions.c.confidence.desc(), predictions.c.clip_id.desc())
        for place, source in enumerate(LabelSource)
    ]
    every = sa.union_all(*(sa.select(part.limit(most).subquery()) for part in parts)).subquery()
    return sa.select(every).order_by(every.c.place, every.c.confidence.desc(), every.c.clip_id.desc())


def _contradicted(run: Run, reviewer_id: int) -> sa.Select[Any]:
    return _predicted(run, reviewer_id, predictions.c.label.label("predicted"), predictions.c.confidence).where(
        predictions.c.fold >= 0, clip_states.c.label != predictions.c.label
    )


def _label_errors(run: Run, reviewer_id: int) -> sa.Select[Any]:
    """Clips whose training label, still the current one, is likely wrong by the run; lowest label quality first."""
    given = sa.and_(
        curated_rows.c.curated_set_id == run.curated_set_id,
        curated_rows.c.clip_id == predictions.c.clip_id,
        curated_rows.c.label == clip_states.c.label,
    )
    return (
        _predicted(run, reviewer_id, predictions.c.label_quality)
        .join(curated_rows, given)
        .where(predictions.c.label_issue == sa.true())
        .order_by(predictions.c.label_quality, predictions.c.clip_id)
    )


def _predicted(run: Run, reviewer_id: int, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Clips of the train split that the run answered for, with `columns` and the label that counts.

    Without the reliability sample: it stays a random one, on which runs are compared (training.runs.unchosen_clips).
    """
    sampled = sa.select(clips.c.id).where(clips.c.reliability_sample == sa.true())
    return (
        sa.select(
            predictions.c.clip_id,
            *columns,
            clip_states.c.label,
            clip_states.c.source,
            sa.literal(run.id).label("run_id"),
        )
        .join(clip_states, clip_states.c.clip_id == predictions.c.clip_id)
        .where(
            predictions.c.run_id == run.id,
            clip_states.c.split == Split.TRAIN.value,
            predictions.c.clip_id.not_in(sampled),
            ~_judged_since(run, reviewer_id),
            _free(predictions.c.clip_id, reviewer_id),
        )
    )


def _judged_since(run: Run, reviewer_id: int) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            standing_decisions.c.clip_id == predictions.c.clip_id,
            standing_decisions.c.reviewer_id == reviewer_id,
            standing_decisions.c.id == decisions.c.id,
            decisions.c.created_at > run.created_at,  # later than the labels that the run was given
        )
        .correlate(predictions)
    )


def _leaks(reviewer_id: int) -> sa.Select[Any]:
    """Unreviewed clips whose pseudo-label has a leak in its reasoning or a claim; newest first."""
    leaking = sa.union(
        sa.select(pseudo_labels.c.id).where(pseudo_labels.c.leak != ""),
        sa.select(claims.c.pseudo_label_id).where(claims.c.leak != ""),
    ).subquery("leaking")
    return (
        sa.select(clip_states.c.clip_id)
        .select_from(leaking)
        .join(pseudo_labels, pseudo_labels.c.id == leaking.c.id)
        .join(clip_states, clip_states.c.clip_id == pseudo_labels.c.clip_id)
        .where(
            clip_states.c.pseudo_label_id == pseudo_labels.c.id,
            clip_states.c.state == ClipState.LABELED.value,
            clip_states.c.split == Split.TRAIN.value,
            ~_skipped(clip_states.c.clip_id, reviewer_id),
            _free(clip_states.c.clip_id, reviewer_id),
        )
        .order_by(leaking.c.id.desc())
    )


def _reliability_sample(reviewer_id: int) -> sa.Select[Any]:
    """Clips of the reliability sample that this reviewer has not judged."""
    return (
        sa.select(clips.c.id.label("clip_id"))
        .join(clip_states, clip_states.c.clip_id == clips.c.id)
        .where(
            clips.c.reliability_sample == sa.true(),
            clip_states.c.split == Split.TRAIN.value,
            ~_has_final(clips.c.id, reviewer_id),
            ~_skipped(clips.c.id, reviewer_id),
        )
        .order_by(clips.c.id)
    )


def _own_rows(reviewer_id: int, kinds: list[DecisionKind]) -> sa.Select[Any]:
    """Clips by this reviewer's newest standing row of these kinds, newest first; reads the index backwards."""
    undoing, later, undoing_later = (
        decisions.alias("undoing"),
        decisions.alias("later"),
        decisions.alias("undoing_later"),
    )
    names = [kind.value for kind in kinds]
    has_later = sa.exists().where(
        later.c.clip_id == decisions.c.clip_id,
        later.c.reviewer_id == reviewer_id,
        later.c.id > decisions.c.id,
        later.c.kind.in_(names),
        ~sa.exists().where(undoing_later.c.undoes_id == later.c.id),
    )
    return (
        sa.select(decisions.c.clip_id, decisions.c.id.label("decision_id"))
        .where(
            decisions.c.reviewer_id == reviewer_id,
            decisions.c.kind.in_(names),
            ~sa.exists().where(undoing.c.undoes_id == decisions.c.id),
            ~has_later,
        )
        .order_by(decisions.c.id.desc())
    )


def _put_aside(reviewer_id: int) -> sa.Select[tuple[int]]:
    """A query for the ids of clips that this reviewer skipped and has not judged since."""
    undoing = decisions.alias("undoing_put_aside")
    return sa.select(decisions.c.clip_id).where(
        decisions.c.reviewer_id == reviewer_id,
        decisions.c.kind == DecisionKind.SKIP.value,
        ~sa.exists().where(undoing.c.undoes_id == decisions.c.id),
    )


def _skipped(clip_id: sa.ColumnElement[int], reviewer_id: int) -> sa.ColumnElement[bool]:
    skips, undoing = decisions.alias("skips"), decisions.alias("undoing_skips")
    return sa.exists().where(
        skips.c.clip_id == clip_id,
        skips.c.reviewer_id == reviewer_id,
        skips.c.kind == DecisionKind.SKIP.value,
        ~sa.exists().where(undoing.c.undoes_id == skips.c.id),
    )


def _free(clip_id: sa.ColumnElement[int], reviewer_id: int) -> sa.ColumnElement[bool]:
    """Whether no other reviewer has the clip open or is assigned it, and it is not for practice."""
    return sa.and_(
        clip_id.not_in(leases.of_others(reviewer_id)),
        ~assignments.is_kept_for_others(clip_id, reviewer_id),
        ~practice_clips.is_marked(clip_id),
    )


def _has_final(clip_id: sa.ColumnElement[int], reviewer_id: int) -> sa.ColumnElement[bool]:
    final = standing_decisions.alias("final")
    return sa.exists().where(final.c.clip_id == clip_id, final.c.reviewer_id == reviewer_id)


def _reason(queue: Queue, row: sa.RowMapping) -> str:
    match queue:
        case Queue.PRACTICE:
            return "For practice: the right answer shows after yours, and yours counts nowhere."
        case Queue.ASSIGNED:
            return f"Assigned to you by {row['assigned_by']}."
        case Queue.UNREVIEWED:
            return _WHY_TO_JUDGE[row["state"]]
        case Queue.UNCERTAIN:
            return "Among the answers that the labeler is least sure of."  # the confidence would hint at the label
        case Queue.DISAGREE:
            return "The labeler's first answer and its reflected answer differ."
        case Queue.CONTRADICTED:
            number = row["contradicted"]
            return f"The key points contradict {number} {'claim' if number == 1 else 'claims'} of the rationale."
        case Queue.NEEDS_REVIEW:
            return "The pseudo-label did not pass the agreement filter: a person looks first."
        case Queue.RUN_DIFFERS:
            return (
                f"Run {row['run_id']}, which never trained on this clip, says {row['predicted']} with {row['confidence']:.2f}; "
                f"the {row['source']} label is {row['label']}."
            )
        case Queue.LEAKS:
            return "The rationale leans on what is no evidence, such as the result, a name or a caption."
        case Queue.LABEL_ERRORS:
            return (
                f"The {row['source']} label {row['label']} is likely wrong: run {row['run_id']}, which never trained on "
                f"this clip, gives it a label quality of {row['label_quality']:.2f} (confident learning)."
            )
        case Queue.PEOPLE_DIFFER:
            return "People who judged this clip gave it different labels, and nobody has adjudicated."
        case Queue.GOLD_DIFFERS:
            return "A person's label counts for this clip in place of the gold label, and the two differ."
        case Queue.RELIABILITY:
            return "Of the reliability sample: drawn at random, always judged blind, alone used for the reported agreement."
        case Queue.UNCLEAR:
            return "Somebody found this clip unclear."
        case Queue.SKIPPED:
            return "You skipped this clip."
        case Queue.RECENT:
            return "You judged this clip lately."


_WHY_TO_JUDGE = {
    ClipState.LABELED.value: "Nobody has judged this clip yet.",
    ClipState.IMPORTED.value: "Nobody has judged this clip, and no labeler has either.",
    ClipState.REVIEWED.value: "Others have judged this clip; your own answer is wanted too, to see how far people agree.",
    ClipState.UNCLEAR.value: "Somebody found this clip unclear; your own answer is wanted too.",
    _AGAIN: "It comes back to you: judged a second time, unseen, it shows how steady your own answers are.",
}
