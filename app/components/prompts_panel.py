"""The prompts that labelers were given, stored by digest: shows one, or the difference between two."""

import difflib

import streamlit as st

from app.components import page_head
from app.opened_workspace import OpenedWorkspace
from db import prompts
from db.prompts import KeptPrompt

_HEIGHT_PX = 420


def prompt_texts(opened: OpenedWorkspace) -> None:
    """An expander with the choice of a version and of one to compare it with."""
    with opened.database.read() as connection:
        kept = {one.digest: one for one in prompts.all_kept(connection)}
    with st.expander(f"Prompts ({len(kept)})"):
        if not kept:
            page_head.dim(
                "No prompt is kept yet: a text is kept when a vision model is first asked with it; rules have none."
            )
            return
        digests = list(reversed(kept))
        with st.container(horizontal=True):
            chosen = st.selectbox("Version", digests, format_func=lambda digest: _name(kept[digest]), width=340)
            others = [digest for digest in digests if digest != chosen]
            against = st.selectbox(
                "Changes from",
                others,
                index=None,
                placeholder="show the text itself" if others else "no other version",
                format_func=lambda digest: _name(kept[digest]),
                width=340,
                disabled=not others,
            )
        if against is None:
            st.code(kept[chosen].text, language="markdown", wrap_lines=True, height=_HEIGHT_PX)
        else:
            st.code(changes(kept[against], kept[chosen]), language="diff", wrap_lines=True, height=_HEIGHT_PX)


def changes(before: KeptPrompt, after: KeptPrompt) -> str:
    """A unified diff, or a sentence that the texts are the same."""
    lines = difflib.unified_diff(
        before.text.splitlines(), after.text.splitlines(), _name(before), _name(after), lineterm=""
    )
    return "\n".join(lines) or "The two texts are the same."


def _name(kept: KeptPrompt) -> str:
    return f"{kept.version}, {kept.digest[:8]}, {kept.created_at:%Y-%m-%d}"
