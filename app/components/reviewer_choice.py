"""The current reviewer: logged in, or chosen in the sidebar and remembered by this browser for every page."""

from functools import lru_cache
from typing import Any

import streamlit as st

from app.components import page_head
from app.login import logged_in
from app.membership import shut_out
from app.opened_workspace import OpenedWorkspace
from app.tokens import Tokens
from core.errors import InputError, TelltaleError
from core.types.decisions import Reviewer
from db import reviewers

_KEY = "reviewer_id"
_ADDED = "reviewers-added"  # session key: how many this session has added
_OF_CLIP = ("queue", "clip", "t", "answer")  # what the address of Review names
_MEMORY = "reviewer-memory"  # session key: whom the browser remembers, and the text that it keeps
# A cookie of the browser's session: a machine that several coders use forgets the last one when the browser is closed.
# A choice is written once, so that a later run of this page does not undo the choice made in another tab.
_REMEMBER = """
let written;

export default function ({ data }) {
  if (data.memory === written) return;
  written = data.memory;
  const secure = document.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${data.cookie}=${data.memory}; Path=/; SameSite=Strict${data.memory ? "" : "; Max-Age=0"}${secure}`;
}
"""


def enter(opened: OpenedWorkspace) -> None:
    """Stops the script before anything of the study is shown, unless this person may see it."""
    if not _by_login(opened):
        return
    if not st.user.is_logged_in:
        with st.container(width=420):
            st.header("Log in to Telltale", anchor=False)
            page_head.dim("This workspace is open to those who log in; every answer carries their address.")
            if st.button("Log in", type="primary", width="stretch"):
                st.login()
        st.stop()
    try:
        st.session_state[_KEY] = logged_in(opened, st.user.to_dict()).id
    except InputError as error:
        st.error(str(error))
        if st.button("Log out"):
            st.logout()
        st.stop()


def _by_login(opened: OpenedWorkspace) -> bool:
    return opened.workspace.settings.server.login == "oidc"


def chosen_reviewer_id() -> int | None:
    """The id of this session's reviewer; None if none is chosen yet."""
    chosen: int | None = st.session_state.get(_KEY)
    return chosen


def stay(opened: OpenedWorkspace) -> None:
    """Where only a part of the page is run: begins the whole page anew if this person may no longer see it."""
    if shut_out(opened, current_reviewer(opened)):
        st.rerun()


def current_reviewer(opened: OpenedWorkspace) -> Reviewer | None:
    """The reviewer of this session; None if none is chosen yet."""
    chosen = st.session_state.get(_KEY)
    if chosen is None:
        return None
    with opened.database.read() as connection:
        return next((found for found in reviewers.all(connection) if found.id == chosen), None)


def choose_reviewer(opened: OpenedWorkspace) -> None:
    """A select box and a form for a new name in the sidebar; with a login, the name of the person.

    A session starts with the last reviewer of this browser; one that remembers nobody is asked, even where there is but
    one reviewer: whoever else sits down would judge under that name.
    """
    if _by_login(opened):
        reviewer = current_reviewer(opened)
        st.caption("Reviewer")
        st.text(reviewer.name if reviewer else "—")
        if st.button("Log out", width="stretch"):
            st.logout()
        return
    with opened.database.read() as connection:
        known = reviewers.all(connection)
    names = {reviewer.id: reviewer.name for reviewer in known}
    if _KEY not in st.session_state:
        last = _last_here(opened)
        if last in names:
            st.session_state[_KEY] = last
    if known:
        chosen = st.session_state.get(_KEY)
        picked = st.selectbox(
            "Reviewer",
            list(names),
            index=list(names).index(chosen) if chosen in names else None,
            format_func=names.__getitem__,
            placeholder="Who are you?",
        )
        _choose(picked)
        _remember(opened, picked)
    added = st.session_state.get(_ADDED, 0)  # after somebody was added, another popover: shut, and its field empty
    shown = f"new-reviewer-{added}"
    with st.popover("New reviewer" if known else "Add a reviewer", width="stretch", key=shown):
        _new_reviewer(opened, f"{shown}-form")


def _choose(reviewer_id: int | None) -> None:
    """Takes this reviewer; a clip that another one had open in this tab is left."""
    before = st.session_state.get(_KEY)
    st.session_state[_KEY] = reviewer_id
    if before is not None and before != reviewer_id:
        for name in _OF_CLIP:
            st.query_params.pop(name, None)


def _tokens(opened: OpenedWorkspace) -> Tokens:
    return Tokens(opened.workspace.signing_key(), opened.workspace.settings.server.token_hours)


def _last_here(opened: OpenedWorkspace) -> int | None:
    """The reviewer whom this browser remembers; None without one."""
    tokens = _tokens(opened)
    memory = st.context.cookies.get(tokens.cookie)
    return None if memory is None else tokens.remembered(memory)


@lru_cache(maxsize=1)
def _rememberer() -> Any:
    return st.components.v2.component("telltale.reviewer", html="<span hidden></span>", js=_REMEMBER)


def _remember(opened: OpenedWorkspace, reviewer_id: int | None) -> None:
    """Lets this browser remember the reviewer, or forget the last one where the choice was cleared."""
    kept = st.session_state.get(_MEMORY)
    if reviewer_id is None and kept is None:
        return
    tokens = _tokens(opened)
    if kept is None or kept[0] != reviewer_id:
        kept = (reviewer_id, "" if reviewer_id is None else tokens.memory(reviewer_id))
        st.session_state[_MEMORY] = kept
    _rememberer()(key="reviewer-cookie", data={"cookie": tokens.cookie, "memory": kept[1]})


def ask_reviewer(opened: OpenedWorkspace) -> None:
    """Asks for the reviewer in the middle of a page that needs one: a button per known name, and a field for a new
    one.
    """
    with opened.database.read() as connection:
        known = reviewers.all(connection)
    with st.container(width=420):
        for one in known:
            if st.button(one.name, key=f"reviews-{one.id}", width="stretch"):
                st.session_state[_KEY] = one.id
                st.rerun()
        _new_reviewer(opened, "first-reviewer")


def _new_reviewer(opened: OpenedWorkspace, form: str) -> None:
    with st.form(form, border=False, clear_on_submit=False):
        name = st.text_input("Name", max_chars=60, placeholder="e.g. Ada")
        if not st.form_submit_button("Add", type="primary"):
            return
    try:
        with opened.database.write() as connection:
            made = reviewers.ensure(connection, name)
    except TelltaleError as error:
        st.error(str(error))
        return
    st.session_state[_ADDED] = st.session_state.get(_ADDED, 0) + 1
    _choose(made.id)
    st.rerun()
