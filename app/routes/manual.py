"""The coding manual, for the Review screen."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.queries.coding_manual import manual_nodes, manual_text
from app.routes.guard import RouteContext, private
from core.types.decisions import Reviewer


def manual(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """{"nodes"}: the manual as `manual_nodes` has it."""
    return private(JSONResponse({"nodes": manual_nodes(manual_text(context.workspace))}))
