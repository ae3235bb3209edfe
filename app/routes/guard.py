"""Access control and errors of the routes.

Every request must come from a page of this server, by the rules of `app.own_pages`, which also stand before the whole app.
Telltale's own errors become {"error": sentence} with a fitting status; others are logged and not shown to the
browser.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from app.membership import refuse_stranger
from app.numbers_in_requests import count, quoted
from app.own_pages import FOREIGN, is_foreign
from app.tokens import TokenError, Tokens
from core.errors import DecisionError, FeatureError, InputError, NotFoundError, StorageError, TelltaleError
from core.feature_store import FeatureStore
from core.machine_faults import storage_error
from core.types.decisions import Reviewer
from core.workspace import Workspace
from db import reviewers
from db.engine import Database

BODY_LIMIT_BYTES = 64 * 1024
_LOG = logging.getLogger("telltale.routes")


@dataclass(frozen=True, slots=True)
class RouteContext:
    """What the routes need.

    `workspace_now` gives the workspace with the settings of this moment, which the Settings page may change.
    `reviewers_met` caches reviewers by id. Reviewers are never deleted and routes use only the id and
    the name, so a decision does not wait for this lookup.
    """

    workspace_now: Callable[[], Workspace]
    database: Database
    tokens: Tokens
    features: FeatureStore
    reviewers_met: dict[int, Reviewer] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        return self.workspace_now()


class RefusedError(TelltaleError):
    """The request is not allowed now."""


class ForeignOriginError(TelltaleError):
    """The request comes from a page of another site."""


class TooLargeError(TelltaleError):
    """The body of the request is larger than any decision."""


class MalformedError(TelltaleError):
    """The request is not in the form that the route reads."""


PublicRoute = Callable[[RouteContext, Request], Response]
ReviewerRoute = Callable[[RouteContext, Request, Reviewer, bytes], Response]
Endpoint = Callable[[Request], Awaitable[Response]]

_STATUS: tuple[tuple[type[TelltaleError], int], ...] = (
    (TokenError, 401),
    (RefusedError, 403),
    (ForeignOriginError, 403),
    (NotFoundError, 404),
    (FeatureError, 404),
    (DecisionError, 409),
    (TooLargeError, 413),
    (MalformedError, 422),
    (InputError, 422),
    (StorageError, 503),
)


def open_to_all(context: RouteContext, route: PublicRoute) -> Endpoint:
    """An endpoint without a reviewer: assets, and media, whose address is signed."""

    async def endpoint(request: Request) -> Response:
        try:
            check_origin(request)
            return await run_in_threadpool(route, context, request)
        except Exception as error:  # every error becomes a response
            return _failure(request, error)

    return endpoint


def open_to_reviewers(context: RouteContext, route: ReviewerRoute) -> Endpoint:
    """An endpoint that needs a reviewer's token; the route runs in a thread."""

    def answer(request: Request, body: bytes) -> Response:
        return route(context, request, _reviewer(context, request), body)

    async def endpoint(request: Request) -> Response:
        try:
            check_origin(request)
            return await run_in_threadpool(answer, request, await _body(request))
        except Exception as error:  # every error becomes a response
            return _failure(request, error)

    return endpoint


def check_origin(request: Request) -> None:
    """Raises ForeignOriginError unless the request comes from this server's own pages."""
    if is_foreign(request.scope):
        raise ForeignOriginError(FOREIGN)


def _reviewer(context: RouteContext, request: Request) -> Reviewer:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenError("This request shows no reviewer's token; reload the page.")
    return reviewer_of_page(context, context.tokens.reviewer_id(token))


def reviewer_of_page(context: RouteContext, reviewer_id: int | None) -> Reviewer:
    """The reviewer for whom a page was made. Raises TokenError where there is none, or they may be here no longer."""
    if reviewer_id is None:
        raise TokenError("This page was made for nobody; reload it.")
    if reviewer_id not in context.reviewers_met:
        with context.database.read() as connection:
            try:
                context.reviewers_met[reviewer_id] = reviewers.get(connection, reviewer_id)
            except NotFoundError as error:
                raise TokenError("The reviewer of this page is not there any more; reload the page.") from error
    found = context.reviewers_met[reviewer_id]
    try:
        refuse_stranger(context.workspace.settings.server, found.name)
    except InputError as error:
        raise TokenError(str(error)) from error
    return found


def number_in_address(request: Request, name: str, what: str) -> int:
    """A number of the request's path. Raises NotFoundError where no `what` can have it."""
    text = request.path_params[name]
    number = count(text)
    if number is None:
        raise NotFoundError(f"There is no {what} {quoted(text)}.")
    return number


def clip_in_address(request: Request) -> int:
    """The clip that the request's path names. Raises NotFoundError."""
    return number_in_address(request, "clip_id", "clip")


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > BODY_LIMIT_BYTES:
                raise TooLargeError(f"A decision is at most {BODY_LIMIT_BYTES // 1024} KiB; shorten the note.")
    except ClientDisconnect as error:
        raise MalformedError("The request ended before its body did.") from error
    return bytes(body)


def _failure(request: Request, error: Exception) -> Response:
    told = error if isinstance(error, TelltaleError) else storage_error(error)
    if told is not None:
        status = next((status for kind, status in _STATUS if isinstance(told, kind)), 500)
        return private(JSONResponse({"error": str(told)}, status_code=status))
    _LOG.exception("%s %s failed", request.method, request.url.path, exc_info=error)
    return private(JSONResponse({"error": "The server failed on this request; its log says why."}, status_code=500))


def private(response: Response) -> Response:
    """Marks a response as not to be cached, nor its type guessed."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
