"""A clip's video that tells when it has been watched."""

from functools import lru_cache
from typing import Any

import streamlit as st

from app.components.reviewer_choice import chosen_reviewer_id
from app.opened_workspace import OpenedWorkspace
from app.tokens import Tokens
from core.types.clips import Clip

_KEY = "watched-clips"  # session key: ids of the clips that were watched here
_HTML = '<video controls playsinline preload="metadata"></video><p role="status"></p>'
_CSS = """
video { width: 100%; max-height: 20rem; border-radius: 0.5rem; background: #0c2422; display: block; }
p { margin: 0.3rem 0 0; font-size: 0.87rem; opacity: 0.75; }
"""
# Watched: 9 tenths of it have been played, in any order; or the browser cannot play it, which is said.
_WATCH = """
const ENOUGH = 0.9;

export default function ({ parentElement, data, setTriggerValue }) {
  const video = parentElement.querySelector("video");
  const note = parentElement.querySelector("p");
  if (video.dataset.clip === data.clip) return;
  video.dataset.clip = data.clip;
  video.src = data.url;
  note.textContent = "";
  let told = false;
  const tell = () => {
    if (told) return;
    told = true;
    setTriggerValue("watched", data.clip);
  };
  video.ontimeupdate = () => {
    let played = 0;
    for (let part = 0; part < video.played.length; part += 1) played += video.played.end(part) - video.played.start(part);
    if (video.ended || played >= ENOUGH * video.duration) tell();
  };
  video.onended = video.ontimeupdate;
  video.onerror = () => {
    note.textContent = "This browser cannot play the file; open the clip in Review.";
    tell();
  };
}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("telltale.watched", html=_HTML, css=_CSS, js=_WATCH)


def watched_video(opened: OpenedWorkspace, clip: Clip) -> bool:
    """Shows the video; whether it has been watched in this session."""
    tokens = Tokens(opened.workspace.signing_key(), opened.workspace.settings.server.token_hours)
    addresses = st.session_state.setdefault("watched-addresses", {})  # a new signature would load the video again
    url = addresses.setdefault(clip.id, tokens.media_url(clip.id, "video", chosen_reviewer_id()))
    told = _component()(key=f"watch-{clip.id}", data={"clip": str(clip.id), "url": url}, on_watched_change=lambda: None)
    watched: set[int] = st.session_state.setdefault(_KEY, set())
    if told.watched == str(clip.id):
        watched.add(clip.id)
    return clip.id in watched
