"""Practice before coding: which clips, how far each coder is, and who may begin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.opened_workspace import OpenedWorkspace
from app.queries.hidden_answers import keep_told
from app.queries.reviewers import may_lead
from core.errors import InputError
from core.settings.review import ReviewSettings
from core.types.decisions import LEAD, Reviewer, Seen
from core.types.practice import PracticeClip, PracticeRecord
from db import clips, practice_answers, practice_clips, reviewers
from db.practice_clips import Offer

NOT_A_LEAD = "Practice clips are marked by a lead; without a lead, by any reviewer."
MOST_OFFERED = 500


@dataclass(frozen=True, slots=True)
class CoderPractice:
    """A coder's practice in words. `waits`: asked for and not passed, so that a lead may let the coder begin."""

    reviewer: Reviewer
    record: PracticeRecord
    state: str
    right: int
    of: int
    waits: bool


@dataclass(frozen=True, slots=True)
class MarkedClip:
    """A practice clip. `known`: what of it this viewer may see; None where the viewer may still have to answer it."""

    id: int
    clip_id: int
    clip_name: str
    known: PracticeClip | None
    right: int
    answers: int


def practice_of_coders(opened: OpenedWorkspace) -> list[CoderPractice]:
    """Each reviewer, by name."""
    review = opened.workspace.settings.review
    with opened.database.read() as connection:
        return [
            _of_coder(one, practice_answers.of_coder(connection, one.id), review) for one in reviewers.all(connection)
        ]


def marked_clips(opened: OpenedWorkspace, viewer: Reviewer) -> list[MarkedClip]:
    """The practice clips; the known label of those that the viewer marked or answered, to a lead of all. That they were shown
    is kept.
    """
    with opened.database.read() as connection:
        marks = practice_clips.all(connection)
        names = {one.id: one.name for one in clips.many(connection, [mark.clip_id for mark in marks])}
        rights = practice_answers.rights_by_clip(connection)
        answered = practice_answers.answered_by(connection, viewer.id)
    known = {
        mark.id for mark in marks if viewer.role == LEAD or mark.marked_by == viewer.id or mark.clip_id in answered
    }
    keep_told(opened.database, viewer, {Seen.ANSWERS: [mark.clip_id for mark in marks if mark.id in known]})
    return [
        MarkedClip(
            mark.id,
            mark.clip_id,
            names[mark.clip_id],
            mark if mark.id in known else None,
            *rights.get(mark.id, (0, 0)),
        )
        for mark in marks
    ]


def offered_clips(opened: OpenedWorkspace) -> list[Offer]:
    """Clips that can be marked, without telling more of them than the first 500."""
    with opened.database.read() as connection:
        return practice_clips.offers(connection, MOST_OFFERED)


def mark_clips(
    opened: OpenedWorkspace, reviewer: Reviewer, clip_ids: Sequence[int], explanation: str, token: str
) -> int:
    """Marks clips for practice, all or none; returns how many. Pressed twice with one token, it is done once.

    Raises InputError where the reviewer may not mark, or a clip cannot be marked.
    """
    with opened.database.write() as connection:
        _check_may_mark(connection, reviewer)
        for number, clip_id in enumerate(clip_ids):
            practice_clips.mark(connection, clip_id, reviewer.id, explanation=explanation, token=f"{token}-{number}")
    return len(clip_ids)


def unmark(opened: OpenedWorkspace, reviewer: Reviewer, practice_clip_id: int) -> None:
    """Takes a mark away. Raises InputError where the reviewer may not."""
    with opened.database.write() as connection:
        _check_may_mark(connection, reviewer)
        practice_clips.withdraw(connection, practice_clip_id, reviewer.id)


def let_begin(opened: OpenedWorkspace, reviewer: Reviewer, coder_id: int) -> None:
    """Lets a coder begin who has not passed. Raises InputError where the reviewer may not, or is that coder."""
    with opened.database.write() as connection:
        _check_may_mark(connection, reviewer)
        if coder_id == reviewer.id:
            raise InputError("Another reviewer decides whether you may begin without having passed.")
        practice_answers.release(connection, coder_id, reviewer.id)


def practice_first(connection: Any, review: ReviewSettings, reviewer_id: int) -> str:
    """Why this coder may not judge yet, in a sentence; "" where nothing stands in the way."""
    if not review.practice_clips:
        return ""
    record = practice_answers.of_coder(connection, reviewer_id)
    if record.may_begin(review.practice_clips, review.practice_pass_share):
        return ""
    wanted, given = record.wanted(review.practice_clips), len(record.rights)
    if given < wanted:
        return f"Practice comes first: {given} of {wanted} practice clips answered."
    right = (
        f"{record.right(review.practice_clips)} of the last {wanted} practice clips right, "
        f"{review.practice_pass_share:.0%} wanted"
    )
    if record.left:
        return f"Practice goes on: {right}."
    return f"Practice is not passed: {right}. A lead can let you begin, or mark more practice clips."


def _of_coder(reviewer: Reviewer, record: PracticeRecord, review: ReviewSettings) -> CoderPractice:
    number, share = review.practice_clips, review.practice_pass_share
    wanted = record.wanted(number)
    waits = bool(number) and not record.may_begin(number, share)
    if waits:
        state = "Not passed yet" if len(record.rights) < wanted or record.left else "Not passed"
    elif record.released:
        state = "Let begin by a lead"
    elif number and wanted and record.rights and record.passed(number, share):
        state = "Passed"
    else:
        state = "Not asked for"
    asked = bool(number) and bool(wanted)
    right, of = (record.right(number), wanted) if asked else (sum(record.rights), len(record.rights))
    return CoderPractice(reviewer, record, state, right, of, waits)


def _check_may_mark(connection: Any, reviewer: Reviewer) -> None:
    if not may_lead(reviewers.all(connection), reviewer):
        raise InputError(NOT_A_LEAD)
