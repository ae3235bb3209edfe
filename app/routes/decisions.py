"""Records a decision, or undoes a bulk accept; responds after the commit."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.jobs.undo_bulk_accept import take_back
from app.numbers_in_requests import RowId
from app.review.modes import mode_of_reviewer
from app.routes.guard import MalformedError, RouteContext, number_in_address, private
from app.routes.practice import practice_decision, refuse_practice
from core.errors import DecisionError
from core.types.clips import Clip
from core.types.decisions import ClaimVerdict, Decision, DecisionKind, NewDecision, Reviewer, ReviewMode
from core.types.practice import NewPracticeAnswer
from db import clips, decisions, label_changes, leases, practice_answers, queues


class PostedDecision(BaseModel):
    """A decision as the screen sends it. For `final`, the server decides between accept and correct."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    clip_id: RowId
    kind: Literal["practice", "blind", "repeat", "final", "unclear", "skip", "undo"]
    label: Annotated[str, StringConstraints(max_length=40)] | None = None
    rater_confidence: int | None = Field(None, ge=1, le=3)
    pseudo_label_id: RowId | None = None
    undoes_id: RowId | None = None
    claim_verdicts: dict[RowId, ClaimVerdict] = Field(default_factory=dict, max_length=500)
    note: Annotated[str, StringConstraints(max_length=10_000)] = ""
    seconds_spent: float | None = Field(None, ge=0, le=86_400, allow_inf_nan=False)
    queue: Annotated[str, StringConstraints(max_length=200)] | None = None
    taxonomy_digest: Annotated[str, StringConstraints(max_length=64)] | None = None  # None: of an older page
    asked: bool = False  # by a link or to go back, so that its queue did not bring it up


def decide(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """Appends a decision of this reviewer. The response is sent after the commit, so "saved" means saved."""
    posted = _posted(body)
    with context.database.write() as connection:
        _check_labels(context, connection, posted)
        if posted.kind == "practice":
            return private(JSONResponse(answered_practice(connection, posted, reviewer)))
        if posted.kind != "undo":
            refuse_practice(context, connection, posted.clip_id, reviewer)
        clip = clips.get(connection, posted.clip_id)
        new = NewDecision(
            token=posted.token,
            clip_id=clip.id,
            reviewer_id=reviewer.id,
            kind=DecisionKind.CORRECT if posted.kind == "final" else DecisionKind(posted.kind),
            mode=_mode(context, connection, posted, clip, reviewer),
            label=posted.label,
            rater_confidence=posted.rater_confidence,
            pseudo_label_id=posted.pseudo_label_id,
            undoes_id=posted.undoes_id,
            claim_verdicts=posted.claim_verdicts,
            note=posted.note,
            seconds_spent=posted.seconds_spent,
            queue=_queue(posted),
        )
        stored, fresh = decisions.record(connection, new, accept_if_same=True)
        if new.kind is not DecisionKind.BLIND:
            leases.give_back(connection, clip.id, reviewer.id)
    return private(JSONResponse({"decision": decision_json(stored), "already": not fresh}))


def _check_labels(context: RouteContext, connection: Any, posted: PostedDecision) -> None:
    """Raises DecisionError for an answer under other labels than today's. What is stored already was saved in its time."""
    stored = decisions if posted.kind != "practice" else practice_answers
    if posted.kind == "undo" or stored.has_token(connection, posted.token):
        return
    today = context.workspace.settings.taxonomy
    digest = posted.taxonomy_digest
    if label_changes.any_made(connection) if digest is None else digest != today.digest:
        raise DecisionError("The labels were changed on Settings; load the page again: your answer is not saved.")
    if posted.label is not None and posted.label not in today:
        raise DecisionError(f"The label {posted.label!r} is not one of this workspace's.")


def _mode(context: RouteContext, connection: Any, posted: PostedDecision, clip: Clip, reviewer: Reviewer) -> ReviewMode:
    if posted.kind == "repeat":
        return ReviewMode.BLIND
    blind = decisions.blind_row(connection, clip.id, reviewer.id)
    standing = decisions.standing(connection, clip.id, reviewer.id) if blind is None else None
    mode = mode_of_reviewer(connection, context.workspace.settings, clip, reviewer.id, blind=blind, standing=standing)
    if posted.kind == "blind" and mode is ReviewMode.ASSISTED:
        raise DecisionError(
            "This clip is judged with its rationale in view now; load the page again: your answer is not saved."
        )
    return mode


def answered_practice(connection: Any, posted: PostedDecision, reviewer: Reviewer) -> dict[str, Any]:
    """Stores a practice answer beside the log of decisions."""
    if posted.label is None or posted.rater_confidence is None:
        raise MalformedError("A practice answer has a label and a confidence.")
    new = NewPracticeAnswer(
        posted.token, posted.clip_id, reviewer.id, posted.label, posted.rater_confidence, posted.seconds_spent
    )
    found, fresh = practice_answers.record(connection, new)
    leases.give_back(connection, posted.clip_id, reviewer.id)
    return {"decision": practice_decision(found), "already": not fresh}


def decision_json(row: Decision) -> dict[str, Any]:
    """A decision as its own reviewer sees it."""
    return {
        "id": row.id,
        "clip_id": row.clip_id,
        "kind": row.kind,
        "label": row.label,
        "rater_confidence": row.rater_confidence,
        "blind_label": row.blind_label,
        "note": row.note,
        "claim_verdicts": {str(claim_id): verdict for claim_id, verdict in row.claim_verdicts.items()},
        "created_at": row.created_at.isoformat(),
    }


def take_back_bulk(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """Undoes one of this reviewer's bulk accepts; a large one is undone by a job, whose number is returned."""
    taken = take_back(
        context.workspace, context.database, number_in_address(request, "bulk_id", "bulk accept"), reviewer.id
    )
    return private(JSONResponse({"clips": taken.clips, "job_id": taken.job_id}))


def _queue(posted: PostedDecision) -> str | None:
    """The queue that brought the clip up. What is opened out of a queue of a run counts as brought up by the run."""
    known = posted.queue if posted.queue in set(queues.Queue) else None  # a saved filter may be about anything
    return known if known in queues.OF_RUNS or not posted.asked else None


def _posted(body: bytes) -> PostedDecision:
    try:
        return PostedDecision.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the body"
        raise MalformedError(f"The decision cannot be read: {field}: {first['msg']}.") from error
