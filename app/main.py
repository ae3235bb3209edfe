"""The ASGI application of `telltale serve`: Streamlit's pages and our routes for media, data and decisions."""

import traceback
from pathlib import Path

import streamlit as st

from app.components.outside_text import as_text
from app.jobs.processes import mark_interrupted_work
from app.login import prepare_login
from app.membership import follow_leads
from app.opened_workspace import opened_workspace
from app.queries.taxonomy_findings import note_titles
from app.routes import review_routes


def tell_unexpected_error(error: Exception) -> bool:
    """Shows one sentence on the page and prints the traceback to standard error; True keeps Streamlit from showing
    its own.
    """
    traceback.print_exception(error)
    st.error(
        f"This page met an unexpected {as_text(type(error).__name__)}; what `telltale serve` prints has the details."
    )
    return True


_open = opened_workspace()
mark_interrupted_work(_open.workspace, _open.database)
note_titles(_open)
follow_leads(_open)

app = st.App(
    Path(__file__).parent / "shell" / "navigation.py",
    routes=review_routes(lambda: opened_workspace().workspace, _open.database, _open.workspace.signing_key()),
    on_script_error=tell_unexpected_error,
)
# After st.App: an option set earlier would keep Streamlit from reading the theme beside the app's script.
prepare_login(_open.workspace)
