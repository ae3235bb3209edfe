"""Disputes between reviewers: watched first, then read, settled, and taken back."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.opened_workspace import OpenedWorkspace
from app.queries.hidden_answers import keep_told
from app.queries.reviewers import may_lead
from app.review.modes import mode_of
from core.errors import DecisionError
from core.types.clips import Clip
from core.types.decisions import LEAD, DecisionKind, NewDecision, Reviewer, Seen
from db import clips, decisions, disclosures, judgments, reviewers
from db.judgments import Settling

_SHOWN = 50  # disputes, and settled clips, listed at most


@dataclass(frozen=True, slots=True)
class Answer:
    """The current answer of a person, with blind label, confidence and note."""

    reviewer: str
    label: str
    blind_label: str | None
    rater_confidence: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A clip that people label differently.

    `people`: who judged it. `answers`: what they said, None until it has been shown to this reviewer. `judged`: whether
    this reviewer has an own answer on it.
    """

    clip: Clip
    people: tuple[str, ...]
    answers: tuple[Answer, ...] | None
    judged: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settled dispute. `said`: the label of each person before. `own`: whether this reviewer settled it."""

    decision_id: int
    clip: Clip
    label: str
    by: str
    said: Mapping[str, str]
    note: str
    at: datetime
    own: bool

    def sentence(self, titles: Mapping[str, str]) -> str:
        """As in `Settled as Positive by Ada; Ben had said Negative, Clara Positive.`"""
        said = ", ".join(
            f"{who}{' had said' if place == 0 else ''} {titles.get(label, label)}"
            for place, (who, label) in enumerate(self.said.items())
        )
        return f"Settled as {titles.get(self.label, self.label)} by {self.by}{f'; {said}' if said else ''}."


def disputes(opened: OpenedWorkspace, reviewer: Reviewer) -> list[Dispute]:
    """Clips on which people differ and nobody has adjudicated; reviewers who are not leads see only those they have judged.

    Answers come with those clips alone whose answers this reviewer has been shown (`reveal`).
    """
    with opened.database.read() as connection:
        names = {one.id: one.name for one in reviewers.all(connection)}
        found = [
            _dispute(connection, clips.get(connection, clip_id), reviewer, names)
            for clip_id in judgments.disagreements(connection, _SHOWN)
        ]
    return [one for one in found if reviewer.role == LEAD or reviewer.name in one.people]


def _dispute(connection: Any, clip: Clip, reviewer: Reviewer, names: Mapping[int, str]) -> Dispute:
    rows = decisions.history(connection, clip.id)
    newest = {
        row.reviewer_id: row
        for row in rows
        if (standing := decisions.standing(connection, clip.id, row.reviewer_id)) and row.id == standing.id
    }
    sure = {row.reviewer_id: row.rater_confidence for row in rows if row.kind is DecisionKind.BLIND}
    answers = tuple(
        Answer(names[who], row.label, row.blind_label, sure.get(who), row.note)
        for who, row in newest.items()
        if row.label is not None
    )
    return Dispute(
        clip,
        people=tuple(one.reviewer for one in answers),
        answers=answers if Seen.ANSWERS in disclosures.of_clip(connection, clip.id, reviewer.id) else None,
        judged=decisions.has_answered(connection, clip.id, reviewer.id),
    )


def reveal(opened: OpenedWorkspace, reviewer: Reviewer, clip: Clip, *, watched: bool) -> None:
    """Records that this reviewer is shown what others said of the clip; `disputes` then has the answers.

    Raises DecisionError for a reviewer who has neither watched the clip nor given an own answer.
    """
    with opened.database.read() as connection:
        allowed = may_lead(reviewers.all(connection), reviewer)
        judged = decisions.has_answered(connection, clip.id, reviewer.id)
    if not allowed:
        raise DecisionError(f"{reviewer.name} is no lead; a lead settles disputes here.")
    if not (watched or judged or clip.video_path is None):
        raise DecisionError(f"Watch {clip.name} first; the answers of others are shown after that.")
    keep_told(opened.database, reviewer, {Seen.ANSWERS: [clip.id]})


def adjudicate(opened: OpenedWorkspace, reviewer: Reviewer, clip: Clip, label: str, note: str) -> Settlement:
    """Settles a dispute; the label then counts before all others. Raises DecisionError where nothing is disputed."""
    with opened.database.write() as connection:
        known = reviewers.all(connection)
        if not may_lead(known, reviewer):
            raise DecisionError(f"{reviewer.name} is no lead; a lead settles disputes here.")
        if not judgments.is_disputed(connection, clip.id):
            raise DecisionError(f"{clip.name}: nobody disagrees any more, or somebody has just settled it.")
        mode = mode_of(opened.workspace.settings, clip)
        new = NewDecision(
            secrets.token_hex(16), clip.id, reviewer.id, DecisionKind.ADJUDICATE, mode, label=label, note=note
        )
        stored, _ = decisions.record(connection, new)
        row = Settling(stored.id, clip.id, reviewer.id, label, note, stored.created_at)
        return _settlement(connection, row, reviewer, {one.id: one.name for one in known})


def settled(opened: OpenedWorkspace, reviewer: Reviewer) -> list[Settlement]:
    """The last settled disputes, newest first; reviewers who are not leads see only those of clips they have judged.

    It is kept that this reviewer has seen these answers.
    """
    with opened.database.read() as connection:
        names = {one.id: one.name for one in reviewers.all(connection)}
        found = [_settlement(connection, row, reviewer, names) for row in judgments.settling(connection, _SHOWN)]
    listed = [one for one in found if reviewer.role == LEAD or one.own or reviewer.name in one.said]
    keep_told(opened.database, reviewer, {Seen.ANSWERS: {one.clip.id for one in listed}})
    return listed


def _settlement(connection: Any, row: Settling, reviewer: Reviewer, names: Mapping[int, str]) -> Settlement:
    said = judgments.own_labels(connection, row.clip_id)
    return Settlement(
        row.decision_id,
        clips.get(connection, row.clip_id),
        row.label,
        by=names[row.reviewer_id],
        said={names[who]: label for who, label in said.items()},
        note=row.note,
        at=row.at,
        own=row.reviewer_id == reviewer.id,
    )


def take_back(opened: OpenedWorkspace, reviewer: Reviewer, one: Settlement) -> None:
    """Undoes a settlement by a new row of the log; the clip is disputed again where people still differ.

    Raises DecisionError where it is another's, or taken back already.
    """
    with opened.database.write() as connection:
        mode = decisions.get(connection, one.decision_id).mode
        undo = NewDecision(
            secrets.token_hex(16), one.clip.id, reviewer.id, DecisionKind.UNDO, mode, undoes_id=one.decision_id
        )
        decisions.record(connection, undo)
