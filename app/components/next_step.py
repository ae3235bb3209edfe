"""The recommended next step, as a sentence with a button."""

import streamlit as st

from app.components.links import open_page
from app.components.outside_text import escaped
from app.jobs.processes import start_job
from app.opened_workspace import OpenedWorkspace
from app.queries.loop_progress import NextStep


def show_next_step(opened: OpenedWorkspace, step: NextStep) -> None:
    """Shows the step; its button opens a page or starts a job."""
    with st.container(key="next-step", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(f'<div class="tt-next"><b>Next</b> {escaped(step.sentence)}</div>', width="content")
        if st.button(step.button, type="primary", icon=":material/arrow_forward:"):
            if step.job:
                start_job(opened.workspace, opened.database, step.job, {})
                st.rerun()
            open_page(step.page, **step.query)
