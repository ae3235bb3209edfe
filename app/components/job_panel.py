"""A running job: progress bar, message, tail of the log, cancel, resume. It polls without redrawing the page."""

from collections.abc import Callable

import streamlit as st

from app.components import page_head
from app.components.outside_text import as_text
from app.components.reviewer_choice import stay
from app.jobs.processes import RESUMABLE, cancel_job, list_jobs, log_tail, resume_job
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.job_notes import job_notes
from app.queries.time_left import time_left
from core.errors import TelltaleError
from core.steady_time import STEADY_TIME
from core.types.jobs import Job, JobState
from db.jobs import UNFINISHED

_POLL_S = 1.0
_LOG_LINES = 8
_SAID = {
    JobState.QUEUED: "is about to start",
    JobState.RUNNING: "is running",
    JobState.SUCCEEDED: "is done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "was cancelled",
    JobState.INTERRUPTED: "was interrupted",
}


def newest_job(opened: OpenedWorkspace, kind: str) -> Job | None:
    """The newest job of a kind, whatever its state."""
    return next((job for job in list_jobs(opened.database) if job.kind == kind), None)


def is_under_way(job: Job | None) -> bool:
    """Whether the job has not ended."""
    return job is not None and job.state in UNFINISHED


def show_job(opened: OpenedWorkspace, job: Job) -> None:
    """Shows a job, with buttons to cancel it while it runs or to resume it after it stopped early."""
    title, action = st.columns([5, 1], vertical_alignment="center")
    notes = job_notes(job, STEADY_TIME.now())
    title.markdown(
        f"**Job {job.id:d}** {as_text(f'({job.kind}) {_SAID[job.state]}' + (f' ({notes})' if notes else ''))}."
    )
    if job.state in UNFINISHED:
        told = [job.message or "starting", time_left(job, STEADY_TIME.now())]
        st.progress(min(1.0, max(0.0, job.progress)), text="; ".join(filter(None, told)))
        if action.button("Cancel", key=f"cancel-{job.id}", disabled=job.cancel_requested, width="stretch"):
            _do(lambda: cancel_job(opened.database, job.id))
        if job.cancel_requested:
            page_head.dim("Cancel was asked for; the job stops at its next step.")
    elif job.state in RESUMABLE:
        if job.error:
            st.error(as_text(job.error))
        if action.button("Resume", key=f"resume-{job.id}", type="primary", width="stretch"):
            _do(lambda: resume_job(opened.workspace, opened.database, job.id))
    lines = log_tail(opened.workspace, job.id, _LOG_LINES)
    if lines and job.state is not JobState.SUCCEEDED:
        page_head.log(lines)


def follow_job(opened: OpenedWorkspace, kind: str, draw: Callable[[Job], None], *, under_way: bool) -> None:
    """Shows the newest job of a kind by `draw` and polls while it is running; redraws the page when it ends.

    `under_way`: whether the job was running when the page began to be drawn.
    """

    @st.fragment(run_every=_POLL_S if under_way else None)
    def panel() -> None:
        stay(opened_workspace())
        job = newest_job(opened, kind)
        if under_way and not is_under_way(job):
            st.rerun()
        if job is not None:
            draw(job)

    panel()


def sidebar_jobs(opened: OpenedWorkspace) -> None:
    """The running jobs, in the sidebar of every page; nothing and no polling where none is running."""
    if not _under_way(opened):
        return

    @st.fragment(run_every=2 * _POLL_S)
    def running() -> None:
        stay(opened_workspace())
        found = _under_way(opened)
        if not found:
            st.rerun()
        for job in found:
            told = filter(None, (job.message or "starting", job_notes(job, STEADY_TIME.now())))
            st.progress(min(1.0, max(0.0, job.progress)), text=f"{job.kind}: {'; '.join(told)}")

    st.divider()
    running()


def _under_way(opened: OpenedWorkspace) -> list[Job]:
    return [job for job in list_jobs(opened.database, limit=20) if job.state in UNFINISHED]


def _do(action: Callable[[], object]) -> None:
    try:
        action()
    except TelltaleError as error:
        st.error(as_text(error))
    else:
        st.rerun()
