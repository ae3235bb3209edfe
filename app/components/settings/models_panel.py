"""The models of the catalog: what is on this machine, and fetching the others once their licenses are accepted."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from app.components import page_head
from app.components.job_panel import follow_job, is_under_way, newest_job, show_job
from app.components.outside_text import as_text, escaped
from app.components.reviewer_choice import current_reviewer
from app.jobs.processes import start_job
from app.opened_workspace import OpenedWorkspace
from app.queries.counted import counted
from app.queries.model_weights import ModelState, model_states, store_of
from app.queries.settings_changes import may_change
from core.errors import TelltaleError
from core.types.jobs import JobState
from labeling.weights.catalog import License, Model, megabytes
from labeling.weights.store import TOKEN_VARIABLE

_KIND = "get models"
_ASKED: Final = "models-asked"  # names whose licenses are being shown
_ACCOUNT = (
    f"The publisher wants an account, too, that accepted the terms on its page, and its token in {TOKEN_VARIABLE} where the app "
    "was started."
)
_WIDTHS = (5, 2, 2, 1.4)


def models_panel(opened: OpenedWorkspace) -> None:
    """A row for each model with a button, one for the recommended ones, and the download that is under way."""
    st.header("Models", anchor=False)
    try:
        states = model_states(opened.workspace)
    except TelltaleError as error:
        st.error(as_text(error))
        return
    allowed = may_change(opened, current_reviewer(opened))
    job = newest_job(opened, _KIND)
    busy = is_under_way(job)
    _head(opened, states, ready=allowed and not busy)
    if busy or (job is not None and job.state is not JobState.SUCCEEDED):
        follow_job(opened, _KIND, lambda one: show_job(opened, one), under_way=busy)
    if not allowed:
        page_head.dim("A lead fetches models, or anybody where there is none: choose who you are in the sidebar.")
    for state in states:
        _row(opened, state, ready=allowed and not busy)
    page_head.dim(
        "In a terminal: telltale models list, get, verify and remove. Mirrors are set by the keys of [models]; proxies are "
        "those of the environment in which the app was started."
    )


def _head(opened: OpenedWorkspace, states: Sequence[ModelState], *, ready: bool) -> None:
    missing = [state.model for state in states if state.model.recommended and state.place is None]
    about, button = st.columns([5, 2.2], vertical_alignment="center")
    with about:
        page_head.dim(
            f"They go to {opened.workspace.weights_dir}, whole and checked; a download that stops goes on from there. With "
            "auto, perception takes a model as soon as it is there; features made before are then made anew."
        )
    if not missing:
        with button:
            page_head.note("All recommended models are there.")
        return
    size = megabytes(sum(model.size for model in missing))
    label = f"Get {counted(len(missing), 'recommended model', 'recommended models')} ({size})"
    if button.button(label, type="primary", disabled=not ready, width="stretch", key="get-recommended"):
        _ask_or_start(opened, missing)
    if ready and len(missing) > 1:
        _licenses(opened, missing)


def _row(opened: OpenedWorkspace, state: ModelState, *, ready: bool) -> None:
    model = state.model
    with st.container(key=f"model-{model.name}"):
        what, license_of, there, button = st.columns(_WIDTHS, vertical_alignment="center")
        below = st.container()
        chosen = '<span class="tt-model-tag">named by the settings</span>' if state.chosen else ""
        needs = f'<div class="tt-model-lacks">lacks {escaped(state.lacks)}</div>' if state.lacks else ""
        what.html(
            f'<div class="tt-model"><b>{escaped(model.name)}</b> {chosen}<div class="tt-dim">{escaped(model.stage)}: '
            f"{escaped(model.title)}</div>{needs}</div>"
        )
        gated = '<div class="tt-dim">asks for an account</div>' if model.gated else ""
        license_of.html(f'<div class="tt-model">{escaped(model.license.name)}{gated}</div>')
        there.html(
            f'<div class="tt-model">{_state_html(state)}<div class="tt-dim">{escaped(model.size_said)}</div></div>'
        )
        if state.place is None:
            label = "Go on" if state.fetched_bytes else "Get"
            if button.button(label, key=f"get-{model.name}", disabled=not ready, width="stretch"):
                _ask_or_start(opened, [model])
            if ready:
                with below:
                    _licenses(opened, [model])


def _state_html(state: ModelState) -> str:
    css = "tt-note-good" if state.place is not None and state.checked else ""
    return f'<span class="{css}">{escaped(state.said)}</span>'


def _ask_or_start(opened: OpenedWorkspace, models: Sequence[Model]) -> None:
    if all(store_of(opened.workspace).accepted(model) for model in models):
        _start(opened, models)
    else:
        st.session_state[_ASKED] = [model.name for model in models]
        st.rerun()


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


def _licenses(opened: OpenedWorkspace, models: Sequence[Model]) -> None:
    """Below the button that was pressed for these models: what their licenses ask, and the button that accepts them."""
    if st.session_state.get(_ASKED) != [model.name for model in models]:
        return
    store = store_of(opened.workspace)
    by_license: dict[License, list[Model]] = {}
    for model in models:
        if not store.accepted(model):
            by_license.setdefault(model.license, []).append(model)
    with st.container(border=True):
        for one, those in by_license.items():
            names = ", ".join(_link(model.page, model.name) for model in those)
            st.html(
                f'<div class="tt-license">{names}: <b>{escaped(one.name)}</b><p>{escaped(one.asks)} '
                f"{_link(one.text_at, 'The whole text')}</p></div>"
            )
        page_head.dim(f"{_ACCOUNT} " * any(model.gated for model in models) + "Accepted once for this workspace.")
        with st.container(horizontal=True):
            size = megabytes(sum(model.size for model in models))
            accepted = st.button(f"Accept and fetch {size}", type="primary", key="accept-licenses")
            st.button("Not now", key="refuse-licenses", on_click=_forget)
        if accepted:
            _forget()
            try:
                store.accept(models)
            except TelltaleError as error:
                st.error(as_text(error))
            else:
                _start(opened, models)


def _link(address: str, text: str) -> str:
    return f'<a href="{escaped(address)}" target="_blank" rel="noreferrer">{escaped(text)}</a>'


def _start(opened: OpenedWorkspace, models: Sequence[Model]) -> None:
    try:
        start_job(opened.workspace, opened.database, _KIND, {"names": [model.name for model in models]})
    except TelltaleError as error:
        st.error(as_text(error))
    else:
        st.rerun()
