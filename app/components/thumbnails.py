"""Signed addresses of thumbnails."""

import streamlit as st

from app.components.reviewer_choice import chosen_reviewer_id
from app.opened_workspace import OpenedWorkspace
from app.tokens import Tokens
from core.types.clips import Clip


def thumbnail_url(opened: OpenedWorkspace, clip: Clip) -> str | None:
    """The address of a clip's thumbnail; None before perception has made one."""
    if not (opened.workspace.media_dir / f"{clip.id}.jpg").is_file():
        return None
    tokens = Tokens(opened.workspace.signing_key(), opened.workspace.settings.server.token_hours)
    return _origin() + tokens.media_url(clip.id, "thumbnail", chosen_reviewer_id())


def _origin() -> str:
    """Scheme and host as the browser sees them; images in a table need absolute addresses."""
    url = st.context.url or ""
    return "/".join(url.split("/", 3)[:3])
