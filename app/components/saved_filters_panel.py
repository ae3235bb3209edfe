"""Saved filters of the Library: choose, save, rename, delete, or review their clips."""

from collections.abc import Callable
from dataclasses import fields, replace
from urllib.parse import quote

import streamlit as st

from app.components import page_head
from app.components.links import open_page
from app.components.outside_text import as_text
from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Filters
from app.queries.saved_filters import SavedFilter, all_saved, delete, rename, save
from core.errors import InputError, NotFoundError
from core.types.decisions import Reviewer

CHOSEN = "library-saved"
_NEXT = (
    "library-saved-next"  # the filter to select in the next run: a widget's value can only be set before it is drawn
)


def choose_saved(opened: OpenedWorkspace, typed: Filters, *, all_open: bool) -> tuple[Filters, SavedFilter | None]:
    """The choice of a saved filter, kept in the page's address; filters set on the page take precedence.

    `all_open`: whether labels are shown; else its label does not count, because the list would tell it.
    """
    found, problems = all_saved(opened.workspace)
    for problem in problems:
        st.warning(as_text(problem))
    by_name = {one.name: one for one in found}
    if _NEXT in st.session_state:
        st.session_state[CHOSEN] = st.session_state.pop(_NEXT)
    # A filter that was renamed or deleted meanwhile cannot be chosen.
    if st.session_state.get(CHOSEN) not in by_name:
        st.session_state.pop(CHOSEN, None)
    name = st.selectbox(
        "Saved filter",
        list(by_name),
        index=None,
        placeholder="none" if by_name else "none yet",
        key=CHOSEN,
        width=190,
        disabled=not by_name,
        bind="query-params",
    )
    one = by_name.get(name or "")
    if one is None:
        return typed, None
    kept = one.filters if all_open else replace(one.filters, label=None)
    set_beside = {field.name: value for field in fields(typed) if (value := getattr(typed, field.name)) is not None}
    return replace(kept, **set_beside), one


def keep_filters(
    opened: OpenedWorkspace, filters: Filters, chosen: SavedFilter | None, reviewer: Reviewer | None
) -> None:
    """Saves the page's filters, or renames or deletes the chosen saved filter."""
    if chosen is not None and st.button("Review these", type="primary", icon=":material/play_circle:"):
        open_page("review", queue=chosen.queue)
    with st.popover("Save or change", icon=":material/bookmark:"):
        with st.form("save-filter", border=False, clear_on_submit=True):
            name = st.text_input("Name", placeholder="such as: needs review, sessions of May", max_chars=80)
            if st.form_submit_button("Save these filters", type="primary", disabled=filters == Filters()):
                _then_choose(lambda: save(opened.workspace, name, filters, reviewer.name if reviewer else ""))
        if filters == Filters():
            page_head.dim("Set a filter first; then it can be kept under a name.")
        if chosen is None:
            return
        by = f" by {chosen.saved_by}" if chosen.saved_by else ""
        page_head.dim(f"Saved {chosen.saved_at:%Y-%m-%d %H:%M}{by}. To send: the list, and the queue in Review:")
        st.code(f"/library?{CHOSEN}={quote(chosen.name)}\n/review?queue={quote(chosen.queue)}", language=None)
        with st.form("rename-filter", border=False):
            new = st.text_input("New name", value=chosen.name, max_chars=80)
            renamed = st.form_submit_button("Rename")
        if renamed:
            _then_choose(lambda: rename(opened.workspace, chosen.name, new))
        if st.button("Delete", icon=":material/delete:", help="No clip and no decision is touched."):
            _then_choose(lambda: delete(opened.workspace, chosen.name))


def _then_choose(change: Callable[[], SavedFilter | None]) -> None:
    try:
        made = change()
    except (InputError, NotFoundError) as error:
        st.error(as_text(error))
        return
    st.session_state[_NEXT] = made.name if made else None
    st.rerun()
