"""Practice clips on the Review screen: what is told of the right answer, and only after the coder's own."""

from typing import Any

from app.queries.practice import practice_first
from app.routes.guard import RouteContext
from core.errors import DecisionError
from core.types.decisions import Reviewer
from core.types.practice import PracticeView
from db import practice_answers


def practice_json(
    context: RouteContext, connection: Any, found: PracticeView | None, reviewer: Reviewer
) -> dict[str, Any] | None:
    """None for a clip that is no practice; `feedback` is None until the coder has answered."""
    if found is None:
        return None
    if found.answer is None:
        return {"feedback": None}
    review = context.workspace.settings.review
    record = practice_answers.of_coder(connection, reviewer.id)
    return {
        "feedback": {
            "right": found.answer.label == found.clip.known_label,
            "label": found.answer.label,
            "known_label": found.clip.known_label,
            "known_from": found.clip.known_from,
            "explanation": found.clip.explanation,
            "answered": len(record.rights),
            "right_so_far": sum(record.rights),
            "first": practice_first(connection, review, reviewer.id),
        }
    }


def practice_decision(found: PracticeView) -> dict[str, Any]:
    """A stored practice answer, in the form of a decision; it is none, and cannot be taken back."""
    answer = found.answer
    return {
        "id": None if answer is None else answer.id,
        "clip_id": found.clip.clip_id,
        "kind": "practice",
        "label": None if answer is None else answer.label,
        "rater_confidence": None if answer is None else answer.rater_confidence,
        "blind_label": None,
        "note": "",
        "claim_verdicts": {},
        "created_at": None if answer is None else answer.created_at.isoformat(),
    }


def refuse_practice(context: RouteContext, connection: Any, clip_id: int, reviewer: Reviewer) -> None:
    """Raises DecisionError where practice comes first for this coder, and on a clip that is practice for this coder."""
    if first := practice_first(connection, context.workspace.settings.review, reviewer.id):
        raise DecisionError(first)
    if practice_answers.view(connection, clip_id, reviewer.id) is not None:
        raise DecisionError("This clip is for practice; no decision of yours on it counts.")
