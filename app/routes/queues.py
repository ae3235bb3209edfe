"""The review queues of a reviewer, each clip with the reason why it is there."""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.numbers_in_requests import quoted
from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Reader
from app.queries.hidden_answers import keep_told, shown_early
from app.queries.practice import practice_first
from app.queries.review_queues import review_queues
from app.queries.saved_filters import QUEUE_PREFIX, clips_to_review, saved
from app.queries.telling_filters import keep_told_by_filters
from app.routes.guard import MalformedError, RefusedError, RouteContext, private
from core.types.decisions import Reviewer, ReviewMode, Seen
from db import (
    bulk_accepts,
    decisions,
    queues,
)
from db import clips as clip_rows
from db.engine import Database

QUEUE_LIMIT = 100
# The queues whose reasons give out answers, and which.
_NAME_LABELS = {queues.Queue.RUN_DIFFERS: (Seen.ANSWERS, Seen.RUN), queues.Queue.LABEL_ERRORS: (Seen.ANSWERS,)}


def queue(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """The first clips of a queue, in order and with reasons, and the number of all."""
    kind = request.query_params.get("kind", "")
    if kind.startswith(QUEUE_PREFIX):
        return _saved_queue(context, kind, reviewer)
    if kind not in set(queues.Queue):
        raise MalformedError(f"There is no queue called {quoted(kind)}.")
    chosen = queues.Queue(kind)
    review = context.workspace.settings.review
    with context.database.read() as connection:
        first = practice_first(connection, review, reviewer.id)
        if first and chosen is not queues.Queue.PRACTICE:
            raise RefusedError(first)
        items = queues.items(connection, chosen, reviewer.id, review=review, limit=QUEUE_LIMIT)
        total = queues.size(connection, chosen, reviewer.id, review=review)
        open_to = _may_be_told(connection, context, [item.clip_id for item in items], reviewer)
    if chosen in _NAME_LABELS:
        keep_told(context.database, reviewer, dict.fromkeys(_NAME_LABELS[chosen], open_to))
    return private(
        JSONResponse(
            {
                "kind": kind,
                "total": total,
                "more": total > len(items),
                "items": [
                    {
                        "clip_id": item.clip_id,
                        "reason": _reason(chosen, item.reason, blind=item.clip_id not in open_to),
                    }
                    for item in items
                ],
                "undoable": _undoable(context.database, reviewer),
            }
        )
    )


def every_queue(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """Every queue, or the one of `kind`, with its title and the number of clips in it now."""
    kind = request.query_params.get("kind")
    counted = review_queues(context.workspace, context.database, reviewer, only=kind)
    if kind is not None and not counted:
        raise MalformedError(f"There is no queue called {quoted(kind)}.")
    return private(JSONResponse([asdict(one) for one in counted]))


def _saved_queue(context: RouteContext, kind: str, reviewer: Reviewer) -> Response:
    """The clips of a saved filter, as a queue."""
    with context.database.read() as connection:
        if first := practice_first(connection, context.workspace.settings.review, reviewer.id):
            raise RefusedError(first)
    one = saved(context.workspace, kind.removeprefix(QUEUE_PREFIX))
    found = clips_to_review(context.workspace, context.database, one, reviewer)
    opened = OpenedWorkspace(context.workspace, context.database)
    reader = Reader(reviewer.id, shown_early(opened, reviewer, spoil=False))
    keep_told_by_filters(opened, one.filters, reader, reviewer, found[:QUEUE_LIMIT])
    items = [{"clip_id": clip_id, "reason": f"Of the saved filter “{one.name}”."} for clip_id in found[:QUEUE_LIMIT]]
    told = {"kind": kind, "total": len(found), "more": len(found) > len(items), "items": items}
    return private(JSONResponse({**told, "undoable": _undoable(context.database, reviewer)}))


def _undoable(database: Database, reviewer: Reviewer) -> list[dict[str, Any]]:
    """This reviewer's last decisions, newest first, for undo. A bulk accept is one of them."""
    with database.read() as connection:
        rows = decisions.last_undoable(connection, reviewer.id)
        bulks = bulk_accepts.last_undoable(connection, reviewer.id)
        names = {found.id: found.name for found in clip_rows.many(connection, {row.clip_id for row in rows})}
    steps = [
        (
            row.id,
            {
                "id": row.id,
                "clip_id": row.clip_id,
                "clip_name": names[row.clip_id],
                "kind": row.kind,
                "label": row.label,
            },
        )
        for row in rows
    ]
    steps += [(one.last_decision_id, {"bulk_id": one.bulk_id, "clips": one.standing}) for one in bulks]
    newest_first = sorted(steps, key=lambda step: step[0], reverse=True)
    return [step for _, step in newest_first[: decisions.UNDO_DEPTH]]


def _may_be_told(connection: Any, context: RouteContext, clip_ids: list[int], reviewer: Reviewer) -> set[int]:
    """Clips whose labels a reason may name: judged by this reviewer, outside the reliability sample, in assisted
    mode.
    """
    if context.workspace.settings.review.mode is ReviewMode.BLIND:
        return set()
    found = [one.id for one in clip_rows.many(connection, clip_ids) if not one.reliability_sample]
    return {clip_id for clip_id in found if decisions.has_answered(connection, clip_id, reviewer.id)}


def _reason(kind: queues.Queue, reason: str, *, blind: bool) -> str:
    """Why a clip is in the queue, without revealing a label to somebody who has yet to judge it."""
    if blind and kind is queues.Queue.RUN_DIFFERS:
        return "The selected run disagrees with its label; it never trained on this clip."
    if blind and kind is queues.Queue.LABEL_ERRORS:
        return "The label that counts for this clip is likely wrong, by what the selected run makes of it."
    return reason
