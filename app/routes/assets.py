"""Serves the modules and the style of the Review component; the address changes with their contents."""

from starlette.requests import Request
from starlette.responses import Response

from app.review.assets import ASSET_VERSION, ASSETS
from app.routes.guard import RouteContext
from core.errors import NotFoundError

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def asset(context: RouteContext, request: Request) -> Response:  # noqa: ARG001  # assets belong to the program, not to a workspace
    """One file, looked up in a fixed list: the path in the address never reaches the file system.

    Raises NotFoundError for a page of an older version, whose modules would not fit.
    """
    name = request.path_params["file"]
    if request.path_params["version"] != ASSET_VERSION or name not in ASSETS:
        raise NotFoundError("This page is of an older version; reload it.")
    return Response(
        ASSETS[name],
        media_type=_TYPES[name[name.rindex(".") :]],
        headers={"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"},
    )
