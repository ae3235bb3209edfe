"""The append-only log of decisions.

A decision is recorded in one transaction, whole or not at all. For a token that was recorded before, the stored row is
returned, so that a key pressed twice, or a request sent again after a lost response, is saved once.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import sqlalchemy as sa

from core.errors import DecisionError, NotFoundError
from core.types.clips import Split
from core.types.decisions import ClaimVerdict, Decision, DecisionKind, NewDecision, ReviewMode, Seen
from db.labels_today import counts_today, label_shown, label_today, successors
from db.row_mapping import batches, inserted_id, one
from db.tables import (
    claim_verdicts,
    claims,
    clips,
    decisions,
    disclosures,
    now_utc,
    pseudo_labels,
    reviewers,
    standing_decisions,
)

FINAL_KINDS = frozenset(
    {
        DecisionKind.ACCEPT,
        DecisionKind.CORRECT,
        DecisionKind.UNCLEAR,
        DecisionKind.ADJUDICATE,
        DecisionKind.BULK_ACCEPT,
    }
)
UNDOABLE_KINDS = FINAL_KINDS | {DecisionKind.SKIP}
_LABELED_KINDS = frozenset(
    {
        DecisionKind.BLIND,
        DecisionKind.REPEAT,
        DecisionKind.ACCEPT,
        DecisionKind.CORRECT,
        DecisionKind.ADJUDICATE,
        DecisionKind.BULK_ACCEPT,
    }
)
UNDO_DEPTH = 50
SAW_NOTHING = "nothing"
_NO_ANSWER = frozenset({DecisionKind.UNDO, DecisionKind.BULK_ACCEPT})  # nobody looked at the clip for these

Step = Literal["label", "reveal", "done"]


def _label_of(kind: DecisionKind) -> sa.ScalarSelect[Any]:
    own = decisions.alias(f"own_{kind.value}")
    return (
        sa.select(label_shown(own.c.label))
        .where(own.c.clip_id == clips.c.id, own.c.reviewer_id == sa.bindparam("reviewer"), own.c.kind == kind.value)
        .scalar_subquery()
    )


def _shown(column: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    return sa.select(column).where(pseudo_labels.c.id == sa.bindparam("shown")).scalar_subquery()


def _has_seen(seen: Seen) -> sa.Exists:
    return sa.exists().where(
        disclosures.c.clip_id == clips.c.id,
        disclosures.c.reviewer_id == sa.bindparam("reviewer"),
        disclosures.c.shown == seen.value,
    )


# All that a decision is checked against, in one statement, as a reviewer waits for the commit.
_KNOWN = sa.select(
    clips.c.split,
    clips.c.reliability_sample,
    sa.select(reviewers.c.id).where(reviewers.c.id == sa.bindparam("reviewer")).scalar_subquery().label("reviewer"),
    _label_of(DecisionKind.BLIND).label("blind_label"),
    _label_of(DecisionKind.REPEAT).label("repeat_label"),
    _shown(pseudo_labels.c.clip_id).label("shown_clip_id"),
    _shown(label_today(pseudo_labels.c.label)).label("shown_label"),
    *(_has_seen(seen).label(f"seen_{seen.value}") for seen in Seen),
).where(clips.c.id == sa.bindparam("clip"))


def record(connection: sa.Connection, new: NewDecision, *, accept_if_same: bool = False) -> tuple[Decision, bool]:
    """Appends a decision and returns it; the flag is False if its token was recorded before.

    With `accept_if_same`, a CORRECT whose label equals that of the shown pseudo-label is recorded as an ACCEPT.
    Raises DecisionError, and records nothing, if the decision contradicts itself, its clip's state or its token, or if
    the clip is of the test split.
    """
    asked = {"clip": new.clip_id, "reviewer": new.reviewer_id, "shown": new.pseudo_label_id}
    known = connection.execute(_KNOWN, asked).one_or_none()
    if accept_if_same and new.kind is DecisionKind.CORRECT and known is not None and known.shown_label == new.label:
        new = replace(new, kind=DecisionKind.ACCEPT)
    stored = _by_token(connection, new.token)
    if stored is not None:
        if not _same(stored, new):
            raise DecisionError(f"The token {new.token} belongs to another decision.")
        return stored, False
    if known is None:
        raise NotFoundError(f"There is no clip {new.clip_id}.")
    if known.reviewer is None:
        raise NotFoundError(f"There is no reviewer {new.reviewer_id}.")
    _check_fields(new)
    _check_split(new, Split(known.split))
    _check_sequence(new, judged_blind=known.blind_label is not None, reliability_sample=bool(known.reliability_sample))
    _check_pseudo_label(connection, new, known.shown_clip_id, known.shown_label)
    if new.kind is DecisionKind.UNDO:
        _check_undo(connection, new)
    if new.kind is DecisionKind.REPEAT and known.repeat_label is not None:
        raise DecisionError(f"You have judged clip {new.clip_id} a second time already.")
    if new.kind is DecisionKind.BULK_ACCEPT:
        _check_unjudged(connection, new.clip_id)
    values = {
        "token": new.token,
        "clip_id": new.clip_id,
        "reviewer_id": new.reviewer_id,
        "kind": new.kind.value,
        "mode": new.mode.value,
        "label": new.label,
        "rater_confidence": new.rater_confidence,
        "blind_label": known.blind_label if new.kind is not DecisionKind.UNDO else None,
        "pseudo_label_id": new.pseudo_label_id,
        "undoes_id": new.undoes_id,
        "note": new.note,
        "seconds_spent": new.seconds_spent,
        "created_at": now_utc(),
        "seen": _seen(new, known),
        "queue": new.queue,
    }
    decision_id = inserted_id(connection.execute(sa.insert(decisions), values))
    if new.claim_verdicts:
        connection.execute(
            sa.insert(claim_verdicts),
            [
                {"decision_id": decision_id, "claim_id": claim_id, "verdict": verdict.value}
                for claim_id, verdict in new.claim_verdicts.items()
            ],
        )
    return _decision({"id": decision_id, **values}, dict(new.claim_verdicts)), True


def _seen(new: NewDecision, known: sa.Row[Any]) -> str | None:
    """What the server has shown; an adjudication settles known answers, and a final row names the label it was given."""
    if new.kind in _NO_ANSWER:
        return None
    seen = {one for one in Seen if getattr(known, f"seen_{one.value}")}
    if new.kind is DecisionKind.ADJUDICATE:
        seen.add(Seen.ANSWERS)
    if new.kind in FINAL_KINDS and new.pseudo_label_id is not None:
        seen.add(Seen.RATIONALE)
    return ",".join(sorted(seen)) or SAW_NOTHING


def get(connection: sa.Connection, decision_id: int) -> Decision:
    """One row of the log. Raises NotFoundError."""
    query = sa.select(decisions).where(decisions.c.id == decision_id)
    return _decisions(connection, [one(connection, query, f"decision {decision_id}")])[0]


def has_token(connection: sa.Connection, token: str) -> bool:
    """Whether a decision of this token is in the log."""
    return connection.execute(sa.select(decisions.c.id).where(decisions.c.token == token)).first() is not None


def newest(connection: sa.Connection) -> Decision | None:
    """The newest row of the log."""
    rows = connection.execute(sa.select(decisions).order_by(decisions.c.id.desc()).limit(1)).mappings().all()
    return _decisions(connection, rows)[0] if rows else None


def blind_row(connection: sa.Connection, clip_id: int, reviewer_id: int) -> Decision | None:
    """This reviewer's blind row on the clip, if any. It cannot be undone, as the pseudo-label was seen after it."""
    return _only(connection, clip_id, reviewer_id, DecisionKind.BLIND)


def repeat_row(connection: sa.Connection, clip_id: int, reviewer_id: int) -> Decision | None:
    """This reviewer's REPEAT row on the clip, if any. It cannot be undone."""
    return _only(connection, clip_id, reviewer_id, DecisionKind.REPEAT)


def _only(connection: sa.Connection, clip_id: int, reviewer_id: int, kind: DecisionKind) -> Decision | None:
    query = sa.select(decisions).where(
        decisions.c.clip_id == clip_id, decisions.c.reviewer_id == reviewer_id, decisions.c.kind == kind.value
    )
    rows = connection.execute(query).mappings().all()
    return _decisions(connection, rows)[0] if rows else None


def standing(connection: sa.Connection, clip_id: int, reviewer_id: int) -> Decision | None:
    """This reviewer's newest final row on the clip that is not undone, if any."""
    query = (
        sa.select(decisions)
        .join(standing_decisions, standing_decisions.c.id == decisions.c.id)
        .where(decisions.c.clip_id == clip_id, decisions.c.reviewer_id == reviewer_id)
        .order_by(decisions.c.id.desc())
        .limit(1)
    )
    rows = connection.execute(query).mappings().all()
    return _decisions(connection, rows)[0] if rows else None


def step_of(mode: ReviewMode, blind: Decision | None, standing: Decision | None) -> Step:
    """A reviewer's step on a clip: `label` before the blind row, then `reveal`, and `done` with a standing final row.

    A clip that was called unclear without a blind row is at `label`, so that it is still judged blind. A reviewer who is
    done may decide again; the newest final row counts.
    """
    if mode is ReviewMode.BLIND and blind is None:
        return "label"
    return "reveal" if standing is None else "done"


def has_answered(connection: sa.Connection, clip_id: int, reviewer_id: int) -> bool:
    """Whether this reviewer has judged the clip, after which others' answers may be shown to them.

    A blind row or a standing final row counts; a bulk accept does not, as it is made without viewing the clip.
    """
    if blind_row(connection, clip_id, reviewer_id) is not None:
        return True
    query = sa.select(standing_decisions.c.id).where(
        standing_decisions.c.clip_id == clip_id,
        standing_decisions.c.reviewer_id == reviewer_id,
        standing_decisions.c.kind != DecisionKind.BULK_ACCEPT.value,
    )
    return connection.execute(query.limit(1)).first() is not None


def done_and_answered(connection: sa.Connection, reviewer_id: int) -> tuple[frozenset[int], frozenset[int]]:
    """Clips that this reviewer skipped or finished (a standing final row), and clips for which `has_answered` is true."""
    undoing = decisions.alias("undoing")
    query = sa.select(decisions.c.clip_id, decisions.c.kind).where(
        decisions.c.reviewer_id == reviewer_id,
        ~sa.exists().where(undoing.c.undoes_id == decisions.c.id),
        counts_today(decisions.c.label),
    )
    rows = connection.execute(query.distinct()).all()
    looked = FINAL_KINDS - {DecisionKind.BULK_ACCEPT}
    done = frozenset(row.clip_id for row in rows if row.kind in looked | {DecisionKind.SKIP})
    return done, frozenset(row.clip_id for row in rows if row.kind in looked | {DecisionKind.BLIND})


def history(connection: sa.Connection, clip_id: int) -> list[Decision]:
    """Every row of the log on one clip, oldest first."""
    query = sa.select(decisions).where(decisions.c.clip_id == clip_id).order_by(decisions.c.id)
    return _decisions(connection, connection.execute(query).mappings().all())


def last_undoable(connection: sa.Connection, reviewer_id: int, limit: int = UNDO_DEPTH) -> list[Decision]:
    """This reviewer's rows that can be undone, newest first, without bulk accepts, which are undone as a whole
    (db.bulk_accepts)."""
    undoing = decisions.alias("undoing")
    query = (
        sa.select(decisions)
        .where(
            decisions.c.reviewer_id == reviewer_id,
            decisions.c.kind.in_([kind.value for kind in UNDOABLE_KINDS - {DecisionKind.BULK_ACCEPT}]),
            ~sa.exists().where(undoing.c.undoes_id == decisions.c.id),
        )
        .order_by(decisions.c.id.desc())
        .limit(limit)
    )
    return _decisions(connection, connection.execute(query).mappings().all())


def counts_by_mode(connection: sa.Connection) -> dict[tuple[DecisionKind, ReviewMode], int]:
    """Rows of the log by kind and mode."""
    query = sa.select(decisions.c.kind, decisions.c.mode, sa.func.count().label("n")).group_by(
        decisions.c.kind, decisions.c.mode
    )
    return {(DecisionKind(row.kind), ReviewMode(row.mode)): row.n for row in connection.execute(query)}


def _check_fields(new: NewDecision) -> None:
    if not new.token:
        raise DecisionError("A decision needs a token.")
    if any("\ud800" <= character <= "\udfff" for character in new.note):
        raise DecisionError("The note holds half a character (a lone surrogate), which no file can keep.")
    if new.rater_confidence is not None and new.rater_confidence not in (1, 2, 3):
        raise DecisionError(f"The confidence of the rater is 1, 2 or 3, not {new.rater_confidence}.")
    if new.seconds_spent is not None and not 0 <= new.seconds_spent < float("inf"):
        raise DecisionError(f"The seconds spent cannot be {new.seconds_spent}.")
    if new.kind in _LABELED_KINDS and not new.label:
        raise DecisionError(f"A decision of kind {new.kind} needs a label.")
    if new.kind not in _LABELED_KINDS and new.label:
        raise DecisionError(f"A decision of kind {new.kind} carries no label.")
    if (new.undoes_id is not None) != (new.kind is DecisionKind.UNDO):
        raise DecisionError("An undo, and nothing else, names the decision that it undoes.")
    if new.kind in (DecisionKind.BLIND, DecisionKind.REPEAT, DecisionKind.UNDO) and new.claim_verdicts:
        raise DecisionError(f"A decision of kind {new.kind} carries no verdicts on claims.")


def _check_split(new: NewDecision, split: Split) -> None:
    """Raises DecisionError for a test clip. An undo passes: older versions recorded decisions there."""
    if split is Split.TEST and new.kind is not DecisionKind.UNDO:
        raise DecisionError(
            f"Clip {new.clip_id} is of the test split, which is scored against the labels it was imported with; "
            "no decision on it is kept."
        )


def _check_sequence(new: NewDecision, *, judged_blind: bool, reliability_sample: bool) -> None:
    if new.kind is DecisionKind.BLIND:
        if new.mode is not ReviewMode.BLIND:
            raise DecisionError("A blind judgment is of mode blind.")
        if judged_blind:
            raise DecisionError(f"You have judged clip {new.clip_id} blind already.")
        return
    if new.kind is DecisionKind.REPEAT and (new.mode is not ReviewMode.BLIND or not judged_blind):
        raise DecisionError(f"A repeated judgment is blind, and clip {new.clip_id} must have been judged blind before.")
    if reliability_sample and new.kind is DecisionKind.BULK_ACCEPT:
        raise DecisionError(f"Clip {new.clip_id} is of the reliability sample, which no bulk accept touches.")
    if reliability_sample and new.mode is not ReviewMode.BLIND:
        raise DecisionError(f"Clip {new.clip_id} is of the reliability sample, which is judged blind.")
    kept_or_changed = new.kind in (DecisionKind.ACCEPT, DecisionKind.CORRECT)
    if kept_or_changed and new.mode is ReviewMode.BLIND and not judged_blind:
        raise DecisionError(f"Clip {new.clip_id} must be judged blind before its rationale is kept or changed.")


def _check_pseudo_label(
    connection: sa.Connection, new: NewDecision, shown_clip_id: int | None, shown_label: str | None
) -> None:
    if new.pseudo_label_id is None:
        if new.kind in (DecisionKind.ACCEPT, DecisionKind.BULK_ACCEPT):
            raise DecisionError("There is no pseudo-label to accept.")
        if new.claim_verdicts:
            raise DecisionError("Verdicts on claims need the pseudo-label that made them.")
        return
    if shown_clip_id != new.clip_id:
        raise DecisionError(f"The pseudo-label {new.pseudo_label_id} is not of clip {new.clip_id}.")
    if new.kind in (DecisionKind.ACCEPT, DecisionKind.BULK_ACCEPT) and new.label != shown_label:
        raise DecisionError(f"Accepting means the label {shown_label!r}, not {new.label!r}.")
    if new.kind is DecisionKind.CORRECT and new.label == shown_label:
        raise DecisionError(f"The label {new.label!r} is the pseudo-label's own: that is accepting, not correcting.")
    if new.claim_verdicts:
        own = sa.select(claims.c.id).where(claims.c.pseudo_label_id == new.pseudo_label_id)
        foreign = set(new.claim_verdicts) - set(connection.execute(own).scalars())
        if foreign:
            raise DecisionError(f"The claim {min(foreign)} is not of pseudo-label {new.pseudo_label_id}.")


def _check_undo(connection: sa.Connection, new: NewDecision) -> None:
    undone = connection.execute(sa.select(decisions).where(decisions.c.id == new.undoes_id)).mappings().one_or_none()
    if undone is None or undone["reviewer_id"] != new.reviewer_id or undone["clip_id"] != new.clip_id:
        raise DecisionError(f"The decision {new.undoes_id} is not one of yours on clip {new.clip_id}.")
    if DecisionKind(undone["kind"]) not in UNDOABLE_KINDS:
        raise DecisionError(f"A decision of kind {undone['kind']} cannot be undone.")
    again = sa.select(decisions.c.id).where(decisions.c.undoes_id == new.undoes_id)
    if connection.execute(again).first() is not None:
        raise DecisionError(f"The decision {new.undoes_id} is undone already.")


def _check_unjudged(connection: sa.Connection, clip_id: int) -> None:
    """Raises DecisionError if a person reviewed the clip, which a bulk accept must not override."""
    looked_at = sa.select(standing_decisions.c.id).where(
        standing_decisions.c.clip_id == clip_id, standing_decisions.c.kind != DecisionKind.BULK_ACCEPT.value
    )
    if connection.execute(looked_at).first() is not None:
        raise DecisionError(f"Clip {clip_id} has been judged by a person; a bulk accept leaves it as it is.")


def _by_token(connection: sa.Connection, token: str) -> Decision | None:
    rows = connection.execute(sa.select(decisions).where(decisions.c.token == token)).mappings().all()
    return _decisions(connection, rows)[0] if rows else None


def _same(stored: Decision, new: NewDecision) -> bool:
    fields = (
        "clip_id",
        "reviewer_id",
        "kind",
        "mode",
        "label",
        "rater_confidence",
        "pseudo_label_id",
        "undoes_id",
        "note",
    )
    return all(getattr(stored, name) == getattr(new, name) for name in fields) and dict(stored.claim_verdicts) == dict(
        new.claim_verdicts
    )


def _decisions(connection: sa.Connection, rows: Any) -> list[Decision]:
    verdicts: dict[int, dict[int, ClaimVerdict]] = {}
    for part in batches([row["id"] for row in rows]):
        for verdict in connection.execute(sa.select(claim_verdicts).where(claim_verdicts.c.decision_id.in_(part))):
            verdicts.setdefault(verdict.decision_id, {})[verdict.claim_id] = ClaimVerdict(verdict.verdict)
    today = successors(connection) if rows else {}
    return [_decision(_read_today(row, today), verdicts.get(row["id"], {})) for row in rows]


def _read_today(row: sa.RowMapping, today: Mapping[str, str]) -> dict[str, Any]:
    """The row with its labels by the names of today; as written where they have none."""
    read = {name: today.get(row[name] or "") or row[name] for name in ("label", "blind_label")}
    return {**row, **read}


def _decision(row: Mapping[str, Any] | sa.RowMapping, verdicts: Mapping[int, ClaimVerdict]) -> Decision:
    return Decision(
        id=row["id"],
        token=row["token"],
        clip_id=row["clip_id"],
        reviewer_id=row["reviewer_id"],
        kind=DecisionKind(row["kind"]),
        mode=ReviewMode(row["mode"]),
        label=row["label"],
        rater_confidence=row["rater_confidence"],
        blind_label=row["blind_label"],
        pseudo_label_id=row["pseudo_label_id"],
        undoes_id=row["undoes_id"],
        claim_verdicts=verdicts,
        note=row["note"],
        seconds_spent=row["seconds_spent"],
        created_at=row["created_at"],
        seen=_seen_of(row["seen"]),
        queue=row["queue"],
    )


def _seen_of(stored: str | None) -> frozenset[Seen] | None:
    if stored is None:
        return None
    return frozenset() if stored == SAW_NOTHING else frozenset(Seen(one) for one in stored.split(","))
