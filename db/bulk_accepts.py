"""Bulk accepts: accepting many pseudo-labels without viewing the clips, with a preview and an undo of the whole.

The rows are decisions of kind BULK_ACCEPT, which weigh less in curated sets and are superseded by any review of the clip.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.errors import DecisionError, InputError
from core.types.clips import ClipState, Split
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from db import bulk_exclusions, clip_filters, decisions
from db.judgments import DISPUTED
from db.labels_today import label_today
from db.row_mapping import batches, inserted_id, one
from db.tables import bulk_accepts, bulk_rows, clip_states, clips, now_utc, pseudo_labels, standing_decisions, subjects

MOST_CLIPS = 2_000  # in one transaction; more are accepted in parts
_OTHER_LABEL = "with another label"
_NOT_TOLD = "whose label you are not to be told before your own answer"


@dataclass(frozen=True, slots=True)
class BulkRule:
    """Which clips without a review are accepted. None: every label, every subject, and not only the clip ids in `among`."""

    label: str | None = None
    subject: str | None = None
    min_confidence: float = 0.9
    contradicted_too: bool = False
    needing_review_too: bool = False
    among: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """`accepted`: pseudo-label ids by clip id. `left_out`: number of unreviewed or disputed clips that are not accepted, by
    reason.

    `by_label` counts the accepted clips whose label the reader may be told. `told`: ids of the clips whose label the numbers
    give away, because all that a label could tell apart are on one side of it.
    """

    accepted: Mapping[int, int]
    by_label: Mapping[str, int]
    left_out: Mapping[str, int]
    told: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Bulk:
    """One bulk accept: `clips`, its number of decisions; `standing`, those not undone, even if the clip was reviewed since."""

    id: int
    reviewer_id: int
    reason: str
    created_at: datetime
    clips: int
    standing: int


@dataclass(frozen=True, slots=True)
class UndoableBulk:
    """A bulk accept as one step of undo; `last_decision_id` gives its place in the order of undo steps."""

    bulk_id: int
    standing: int
    last_decision_id: int


def preview(connection: sa.Connection, rule: BulkRule, *, reader_id: int = 0, all_open: bool = True) -> BulkPreview:
    """What the rule would accept, among all clips with a pseudo-label and no review; disputed ones are told as left out.

    By label, no clip is accepted whose label the reader, a reviewer's id, may not be told: without `all_open` none, else none
    that waits for their own unseen answer.
    """
    may_be_told = clip_filters.is_open_early(reader_id) if all_open else sa.false()
    query = (
        sa.select(
            clip_states.c.clip_id,
            pseudo_labels.c.id,
            label_today(pseudo_labels.c.label).label("label"),
            pseudo_labels.c.confidence,
            pseudo_labels.c.contradicted_claims,
            pseudo_labels.c.exclusion_reason,
            pseudo_labels.c.review_reason,
            bulk_exclusions.reason().label("excluded"),
            may_be_told.label("may_be_told"),
            subjects.c.name.label("subject"),
        )
        .join(pseudo_labels, pseudo_labels.c.id == clip_states.c.pseudo_label_id)
        .join(clips, clips.c.id == clip_states.c.clip_id)
        .join(subjects, subjects.c.id == clips.c.subject_id)
        .where(sa.or_(clip_states.c.state == ClipState.LABELED.value, DISPUTED))
        .where(clip_states.c.split == Split.TRAIN.value)
        .order_by(clip_states.c.clip_id)
    )
    accepted: dict[int, int] = {}
    by_label: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    told: dict[str, set[int]] = {}
    for row in connection.execute(query):
        reason = _left_out(row, rule)
        if row.may_be_told and reason in {"", _OTHER_LABEL}:
            told.setdefault(row.label if rule.label is None else reason, set()).add(row.clip_id)
        if reason:
            left_out[reason] += 1
            continue
        accepted[row.clip_id] = row.id
        if row.may_be_told:
            by_label[row.label] += 1
    of_one_side: frozenset[int] = frozenset(*told.values()) if len(told) == 1 else frozenset()
    return BulkPreview(accepted, dict(by_label), dict(left_out), of_one_side)


def accept(
    connection: sa.Connection,
    reviewer_id: int,
    accepted: Mapping[int, int],
    *,
    reason: str,
    mode: ReviewMode,
    token: str,
) -> Bulk:
    """Accepts the pseudo-labels by clip id, all or none. With a token that was used before, returns that bulk accept.

    Raises InputError without a reason and for more than 2,000 clips; DecisionError, naming the clip, if one was reviewed
    since the preview or is one of `bulk_exclusions`, and if the token is another reviewer's.
    """
    if len(accepted) > MOST_CLIPS:
        raise InputError(f"A bulk accept takes at most {MOST_CLIPS:,} clips at once, not {len(accepted):,}.")
    known = connection.execute(sa.select(bulk_accepts.c.id).where(bulk_accepts.c.token == token)).first()
    made = begin(connection, reviewer_id, reason, token)
    if known is not None:
        return made
    labels = _counting_labels(connection, accepted.values())
    for clip_id, why in bulk_exclusions.excluded(connection, accepted).items():
        raise DecisionError(f"No bulk accept takes a clip {why}: clip {clip_id}.")
    for clip_id, pseudo_label_id in accepted.items():
        if pseudo_label_id not in labels:
            raise DecisionError(f"Clip {clip_id} has a newer pseudo-label than the preview showed.")
        _take(connection, made, token, clip_id, pseudo_label_id, label=labels[pseudo_label_id], mode=mode)
    return get(connection, made.id)


def begin(connection: sa.Connection, reviewer_id: int, reason: str, token: str) -> Bulk:
    """Begins an empty bulk accept, or returns the one that was begun with this token.

    Raises InputError without a reason, DecisionError if the token is another reviewer's.
    """
    stored = connection.execute(sa.select(bulk_accepts).where(bulk_accepts.c.token == token)).one_or_none()
    if stored is not None:
        if stored.reviewer_id != reviewer_id:
            raise DecisionError(f"The token {token} belongs to another's bulk accept.")
        return get(connection, stored.id)
    if not reason.strip():
        raise InputError("A bulk accept needs a reason, which is kept with every one of its decisions.")
    values = {"token": token, "reviewer_id": reviewer_id, "reason": reason.strip(), "created_at": now_utc()}
    return get(connection, inserted_id(connection.execute(sa.insert(bulk_accepts).values(**values))))


def accept_part(connection: sa.Connection, bulk_id: int, accepted: Mapping[int, int], mode: ReviewMode) -> int:
    """Adds clips to a bulk accept that has begun; returns the number added.

    Skips clips that were reviewed or accepted, got a newer pseudo-label, or became one of `bulk_exclusions`, since the
    preview.
    """
    made = get(connection, bulk_id)
    token = connection.execute(sa.select(bulk_accepts.c.token).where(bulk_accepts.c.id == bulk_id)).scalar_one()
    labels = _counting_labels(connection, accepted.values())
    open_ones = set(
        connection.execute(
            sa.select(clip_states.c.clip_id).where(
                clip_states.c.clip_id.in_(list(accepted)), clip_states.c.state == ClipState.LABELED.value
            )
        ).scalars()
    )
    open_ones -= bulk_exclusions.excluded(connection, accepted).keys()
    taken = [(clip_id, shown) for clip_id, shown in accepted.items() if shown in labels and clip_id in open_ones]
    for clip_id, shown in taken:
        _take(connection, made, token, clip_id, shown, label=labels[shown], mode=mode)
    return len(taken)


def take_back(connection: sa.Connection, bulk_id: int, reviewer_id: int, limit: int | None = None) -> int:
    """Undoes the reviewer's own bulk accept: all of its standing decisions, or `limit` of them; returns the number undone."""
    get_own(connection, bulk_id, reviewer_id)
    undone = 0
    standing: list[int] = [row.decision_id for row in connection.execute(_standing_rows(bulk_id).limit(limit))]
    for decision_id in standing:
        row = decisions.get(connection, decision_id)
        undo = NewDecision(
            token=_derived(f"take back {row.token}", row.id),
            clip_id=row.clip_id,
            reviewer_id=reviewer_id,
            kind=DecisionKind.UNDO,
            mode=row.mode,
            undoes_id=row.id,
        )
        decisions.record(connection, undo)
        undone += 1
    return undone


def get(connection: sa.Connection, bulk_id: int) -> Bulk:
    """One bulk accept. Raises NotFoundError."""
    row = one(connection, sa.select(bulk_accepts).where(bulk_accepts.c.id == bulk_id), f"bulk accept {bulk_id}")
    number = sa.select(sa.func.count()).select_from(bulk_rows).where(bulk_rows.c.bulk_id == bulk_id)
    standing = sa.select(sa.func.count()).select_from(_standing_rows(bulk_id).subquery())
    return Bulk(
        id=row["id"],
        reviewer_id=row["reviewer_id"],
        reason=row["reason"],
        created_at=row["created_at"],
        clips=connection.execute(number).scalar_one(),
        standing=connection.execute(standing).scalar_one(),
    )


def get_own(connection: sa.Connection, bulk_id: int, reviewer_id: int) -> Bulk:
    """One bulk accept of this reviewer. Raises DecisionError if it is another's, as only its maker may undo it."""
    one = get(connection, bulk_id)
    if one.reviewer_id != reviewer_id:
        raise DecisionError("Only whoever accepted in bulk takes it back.")
    return one


def last_undoable(connection: sa.Connection, reviewer_id: int, limit: int = decisions.UNDO_DEPTH) -> list[UndoableBulk]:
    """This reviewer's bulk accepts with standing decisions, newest first; complements `decisions.last_undoable`."""
    query = (
        sa.select(
            bulk_rows.c.bulk_id,
            sa.func.count().label("standing"),
            sa.func.max(bulk_rows.c.decision_id).label("last_decision_id"),
        )
        .join(bulk_accepts, bulk_accepts.c.id == bulk_rows.c.bulk_id)
        .join(standing_decisions, standing_decisions.c.id == bulk_rows.c.decision_id)
        .where(bulk_accepts.c.reviewer_id == reviewer_id)
        .group_by(bulk_rows.c.bulk_id)
        .order_by(sa.text("last_decision_id DESC"))
        .limit(limit)
    )
    return [UndoableBulk(row.bulk_id, row.standing, row.last_decision_id) for row in connection.execute(query)]


def newest(connection: sa.Connection, limit: int = 50) -> list[Bulk]:
    """The newest bulk accepts first."""
    query = sa.select(bulk_accepts.c.id).order_by(bulk_accepts.c.id.desc()).limit(limit)
    return [get(connection, bulk_id) for (bulk_id,) in connection.execute(query).all()]


def _take(  # two callers, side by side
    connection: sa.Connection,
    made: Bulk,
    token: str,
    clip_id: int,
    pseudo_label_id: int,
    *,
    label: str,
    mode: ReviewMode,
) -> None:
    new = NewDecision(
        token=_derived(token, clip_id),
        clip_id=clip_id,
        reviewer_id=made.reviewer_id,
        kind=DecisionKind.BULK_ACCEPT,
        mode=mode,
        label=label,
        pseudo_label_id=pseudo_label_id,
        note=made.reason,
    )
    decision, _ = decisions.record(connection, new)
    connection.execute(sa.insert(bulk_rows).values(bulk_id=made.id, decision_id=decision.id))


def _counting_labels(connection: sa.Connection, pseudo_label_ids: Iterable[int]) -> dict[int, str]:
    """Label by pseudo-label id, for those that count for their clip."""
    found: dict[int, str] = {}
    for part in batches(sorted(pseudo_label_ids)):
        shown = sa.select(pseudo_labels.c.id, label_today(pseudo_labels.c.label).label("label")).where(
            pseudo_labels.c.id.in_(part), pseudo_labels.c.id.in_(sa.select(clip_states.c.pseudo_label_id))
        )
        found |= {row.id: row.label for row in connection.execute(shown)}
    return found


def _standing_rows(bulk_id: int) -> sa.Select[Any]:
    return (
        sa.select(bulk_rows.c.decision_id)
        .join(standing_decisions, standing_decisions.c.id == bulk_rows.c.decision_id)
        .where(bulk_rows.c.bulk_id == bulk_id)
        .order_by(bulk_rows.c.decision_id)
    )


def _left_out(row: Any, rule: BulkRule) -> str:
    if row.excluded:
        return str(row.excluded)
    if row.exclusion_reason:
        return "excluded for a leak"
    if rule.among is not None and row.clip_id not in rule.among:
        return "outside the selection"
    if rule.subject is not None and row.subject != rule.subject:
        return "of another subject"
    if row.confidence < rule.min_confidence:
        return f"less sure than {rule.min_confidence:.2f}"
    if row.contradicted_claims and not rule.contradicted_too:
        return "with a claim that the key points contradict"
    if row.review_reason and not rule.needing_review_too:
        return (
            "that did not pass the agreement filter (two passes with the same label, enough confidence, and a claim left that "
            "the key points do not contradict)"
        )
    # Last, so that of the clips that other filters leave out no number tells the label.
    if rule.label is not None and not row.may_be_told:
        return _NOT_TOLD
    if rule.label is not None and row.label != rule.label:
        return _OTHER_LABEL
    return ""


def _derived(token: str, number: int) -> str:
    return hashlib.sha256(f"{token}/{number}".encode()).hexdigest()[:32]
