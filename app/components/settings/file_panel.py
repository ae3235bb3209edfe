"""Where the settings file says something else than the app goes by: taking it over, and a restart."""

import streamlit as st

from app.components.outside_text import as_text
from app.components.reviewer_choice import current_reviewer
from app.opened_workspace import OpenedWorkspace
from app.queries.settings_changes import FileState, may_change, take_over_file
from app.serve import can_restart, restart
from core.errors import TelltaleError
from core.settings.loader import SETTINGS_FILE


def file_panel(opened: OpenedWorkspace, state: FileState) -> None:
    """Nothing while file and app agree."""
    if state.problem:
        st.error(
            f"{as_text(state.problem)} Until it is mended, the app goes by what it read before, and nothing can be saved here."
        )
        return
    allowed = may_change(opened, current_reviewer(opened))
    if state.changed:
        with st.container(border=True):
            st.markdown(
                f"{as_text(SETTINGS_FILE)} was changed outside of this page: it has another value for "
                f"**{as_text(', '.join(state.changed))}** "
                "than the app goes by. Jobs that start now go by the file already."
            )
            if st.button("Go by the file", icon=":material/sync:", disabled=not allowed):
                _take_over(opened)
    if state.after_restart:
        with st.container(border=True):
            _restart(state.after_restart, allowed=allowed)


def _take_over(opened: OpenedWorkspace) -> None:
    try:
        take_over_file(opened)
    except TelltaleError as error:
        st.error(as_text(error))
    else:
        st.rerun()


def _restart(keys: tuple[str, ...], *, allowed: bool) -> None:
    wait = f"**{', '.join(keys)}** in {SETTINGS_FILE} holds after a restart of the app."
    if not can_restart():
        st.markdown(
            f"{as_text(wait)} This app was not started by `telltale serve`, so stop it and start it again where it runs."
        )
        return
    moves = {"server.host", "server.port"} & set(keys)
    pages = "every page is then opened anew at the new address" if moves else "open pages connect again by themselves"
    st.markdown(f"{as_text(wait)} Answers that are saved stay, jobs go on, and {as_text(pages)}.")
    if st.button("Restart the app", icon=":material/restart_alt:", disabled=not allowed):
        restart()
        st.toast("The app restarts; this page comes back in a few seconds.")
