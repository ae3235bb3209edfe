"""Mounts the Review screen and prepares its initial data."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import streamlit as st

from app.opened_workspace import OpenedWorkspace
from app.queries.review_queues import first_queue, named_queues
from app.review.assets import ASSET_BASE, ASSETS
from app.tokens import Tokens
from core.pose.skeleton import EDGES, JOINT_NAMES, STREAMS
from core.types.cues import CueFamily
from core.types.decisions import Reviewer

FAMILY_TITLES: Mapping[CueFamily, str] = {
    CueFamily.FACE: "Face",
    CueFamily.HEAD: "Head",
    CueFamily.SELF_TOUCH: "Self-touch",
    CueFamily.HANDS: "Hands",
    CueFamily.POSTURE: "Posture",
}

# What is later overrides what is before.
STYLES = ("review.css", "keyboard/keyboard.css", "timeline/timeline.css", "layout.css")

# Streamlit runs this inline module from a blob URL, so the import needs an absolute address.
_LOADER = f"""
export default async function (component) {{
  const {{ mount }} = await import(new URL({json.dumps(ASSET_BASE + "/review.js")}, document.location.origin).href);
  return mount(component.parentElement, component.data);
}}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    css = "".join(ASSETS[name].decode() for name in STYLES)
    return st.components.v2.component("telltale.review", html='<div class="review-host"></div>', css=css, js=_LOADER)


def review_component(*, key: str, data: Mapping[str, Any]) -> None:
    """Mounts the Review component; a rerun passes fresh data and does not disturb clip and playback."""
    _component()(key=key, data=dict(data))


def review_data(
    opened: OpenedWorkspace,
    reviewer: Reviewer,
    *,
    queue: str | None = None,
    clip_id: int | None = None,
    time_s: float = 0.0,
    answer_id: int | None = None,
) -> dict[str, Any]:
    """The component's initial data: reviewer, token, queue, clip and taxonomy.

    `queue`, `clip_id`, `time_s` and `answer_id` (an answer of a labeler to be shown) usually come from the page's
    address; an unknown queue opens the one to begin with.
    """
    settings = opened.workspace.settings
    queues = named_queues(opened.workspace, opened.database, reviewer)
    tokens = Tokens(opened.workspace.signing_key(), settings.server.token_hours)
    return {
        "api": "/api/review",
        "token": tokens.reviewer_token(reviewer.id),
        "workspace": hashlib.sha256(bytes(opened.workspace.root)).hexdigest()[:12],
        "reviewer": {"id": reviewer.id, "name": reviewer.name},
        "mode": settings.review.mode.value,
        "lease_minutes": settings.review.lease_minutes,
        "queue": queue
        if queue in {one.kind for one in queues}
        else first_queue(opened.workspace, opened.database, reviewer),
        "clip_id": clip_id,
        "time_s": max(0.0, time_s),
        "answer_id": answer_id,
        "queues": [asdict(one) for one in queues],
        "taxonomy": [
            {"name": one.name, "title": one.title, "color": one.color, "key": one.key, "description": one.description}
            for one in settings.taxonomy
        ],
        "taxonomy_digest": settings.taxonomy.digest,
        "cue_families": [{"name": family, "title": FAMILY_TITLES[family]} for family in CueFamily],
        "anatomy": {
            "edges": EDGES,
            "streams": STREAMS,
            "left": [joint for joint, name in enumerate(JOINT_NAMES) if name.startswith("left ")],
            "right": [joint for joint, name in enumerate(JOINT_NAMES) if name.startswith("right ")],
        },
    }
