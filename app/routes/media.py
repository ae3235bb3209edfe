"""Serves a clip's video and thumbnail by signed address, with range requests."""

from pathlib import Path
from typing import get_args

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.routes.guard import RouteContext, clip_in_address, reviewer_of_page
from app.tokens import MediaKind
from core.errors import NotFoundError
from core.types.clips import Clip
from core.workspace import Workspace
from db import clips

_KINDS = {str(kind): kind for kind in get_args(MediaKind)}
_VIDEO_TYPES = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm"}


def media(context: RouteContext, request: Request) -> Response:
    """The file of the clip; its path comes from the database and the workspace, never from the address."""
    kind = _KINDS.get(request.path_params["kind"])
    if kind is None:
        raise NotFoundError("There is no such kind of media.")
    clip_id = clip_in_address(request)
    made_for = context.tokens.check_media(clip_id, kind, request.query_params.get("signature", ""))
    if made_for is not None or context.workspace.settings.server.login == "oidc":
        reviewer_of_page(context, made_for)
    with context.database.read() as connection:
        clip = clips.get(connection, clip_id)
    path = video_file(context.workspace, clip) if kind == "video" else thumbnail_file(context.workspace, clip)
    if path is None:
        raise NotFoundError(f"The {kind} of {clip.name} is not where the workspace says it is.")
    media_type = _VIDEO_TYPES.get(path.suffix.lower(), "video/mp4") if kind == "video" else "image/jpeg"
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=media_type, headers=headers)


def video_file(workspace: Workspace, clip: Clip) -> Path | None:
    """The proxy video if one was made, else the clip's own file; None where neither exists."""
    proxy = workspace.media_dir / f"{clip.id}.mp4"
    if proxy.is_file():
        return proxy
    own = Path(clip.video_path) if clip.video_path else None
    return own if own is not None and own.is_file() else None


def thumbnail_file(workspace: Workspace, clip: Clip) -> Path | None:
    """The thumbnail made by perception; None before that."""
    path = workspace.media_dir / f"{clip.id}.jpg"
    return path if path.is_file() else None
