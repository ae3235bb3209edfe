"""The current reviewer: logged in, or chosen in the sidebar and remembered by this browser for every page."""

import secrets
from functools import lru_cache
from typing import Any

import streamlit as st

from app.components import page_head
from app.components.outside_text import as_text
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
_ASKED = "reviewer-asked"  # session key: the number of the question whom the browser remembers
_TOLD = "reviewer-told"  # session key: the browser has said whom it remembers
_COMPONENT = "reviewer-memory-component"
# The memory lies in the storage of this origin, which no page of another port can read or write, and which is sent to no
# server: a cookie goes to every port of the host. Beside it a cookie of the browser's session says that there is a memory,
# and has a number that the memory must have, too. So a machine that several coders use forgets the last one when the
# browser is closed; whoever reads the cookie learns nothing by it, and whoever writes it makes the browser forget.
# A choice is written once, so that a later run of this page does not undo the choice made in another tab.
_REMEMBER = """
let written;
let asked;

function recall(name) {
  const number = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  const [its, memory] = (localStorage.getItem(name) ?? "").split(" ");
  if (number && its === number) return memory;
  forget(name);
  return "";
}

function forget(name) {
  localStorage.removeItem(name);
  document.cookie = `${name}=; Path=/; SameSite=Strict; Max-Age=0`;
}

function remember(name, memory) {
  const secure = document.location.protocol === "https:" ? "; Secure" : "";
  const number = [...crypto.getRandomValues(new Uint32Array(4))].map((one) => one.toString(36)).join("");
  localStorage.setItem(name, `${number} ${memory}`);
  document.cookie = `${name}=${number}; Path=/; SameSite=Strict${secure}`;
}

export default function ({ data, setTriggerValue }) {
  if (data.asked) {
    if (data.asked === asked) return;
    asked = data.asked;
    setTriggerValue("told", { memory: recall(data.name) });
    return;
  }
  if (data.memory === written) return;
  written = data.memory;
  if (written) remember(data.name, written);
  else forget(data.name);
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
        st.error(as_text(error))
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
    if waits_for_browser(opened):
        _rememberer()(
            key=_COMPONENT,
            data={"name": _tokens(opened).cookie, "asked": st.session_state.setdefault(_ASKED, secrets.token_hex(8))},
            on_told_change=lambda: _take(opened),
        )
        return
    with opened.database.read() as connection:
        known = reviewers.all(connection)
    names = {reviewer.id: reviewer.name for reviewer in known}
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


def waits_for_browser(opened: OpenedWorkspace) -> bool:
    """Whether this session has just begun in a browser that remembers a reviewer, and has yet to say which."""
    return (
        not _by_login(opened)
        and _KEY not in st.session_state
        and _TOLD not in st.session_state
        and _tokens(opened).cookie in list(st.context.cookies)
    )


def _take(opened: OpenedWorkspace) -> None:
    """Takes the reviewer whom the browser says it remembers, if it is one of this workspace."""
    st.session_state[_TOLD] = True
    told = st.session_state[_COMPONENT].told
    reviewer_id = _tokens(opened).remembered(told["memory"]) if isinstance(told, dict) else None
    with opened.database.read() as connection:
        if reviewer_id in {one.id for one in reviewers.all(connection)}:
            st.session_state[_KEY] = reviewer_id


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
    _rememberer()(key=_COMPONENT, data={"name": tokens.cookie, "memory": kept[1]}, on_told_change=lambda: None)


def ask_reviewer(opened: OpenedWorkspace) -> None:
    """Asks for the reviewer in the middle of a page that needs one: a button per known name, and a field for a new
    one.
    """
    with opened.database.read() as connection:
        known = reviewers.all(connection)
    with st.container(width=420):
        for one in known:
            if st.button(as_text(one.name), key=f"reviews-{one.id}", width="stretch"):
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
        st.error(as_text(error))
        return
    st.session_state[_ADDED] = st.session_state.get(_ADDED, 0) + 1
    _choose(made.id)
    st.rerun()
