"""Leases: keep clips that a reviewer has open out of the queues of others."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.numbers_in_requests import RowId
from app.routes.guard import MalformedError, RouteContext, private
from core.types.decisions import Reviewer
from db import clips, leases, reviewers


class PostedLease(BaseModel):
    """The clip on the screen and the next ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clip_ids: list[RowId] = Field(min_length=1, max_length=10)


def lease(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """{"taken": {clip id: name of the reviewer who holds it}}; the other clips are now leased to this reviewer."""
    try:
        posted = PostedLease.model_validate_json(body)
    except ValidationError as error:
        raise MalformedError(f"The lease cannot be read: {error.errors()[0]['msg']}.") from error
    duration = timedelta(minutes=context.workspace.settings.review.lease_minutes)
    with context.database.write() as connection:
        known = [clip.id for clip in clips.many(connection, set(posted.clip_ids))]
        taken = leases.take(connection, known, reviewer.id, duration)
        names = {one.id: one.name for one in reviewers.all(connection)} if taken else {}
    return private(JSONResponse({"taken": {str(clip_id): names[holder] for clip_id, holder in taken.items()}}))
