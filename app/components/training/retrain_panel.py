"""The Retrain button, and the running training."""

import json

import streamlit as st

from app.components import page_head
from app.components.job_panel import follow_job, show_job
from app.components.outside_text import as_text
from app.components.training.curves import show_curves
from app.components.training.settings_form import choose_settings, show_other_settings
from app.jobs.processes import start_job
from app.opened_workspace import OpenedWorkspace
from app.queries.runs import curve_points, run_of_job
from app.queries.training_plan import TrainingInput, absent_modalities, refusals
from app.queries.training_time import EXPECTED, promise, promised
from core.errors import TelltaleError
from core.settings.training import TrainingSettings
from core.types.jobs import Job, JobState


def show_button(opened: OpenedWorkspace, found: TrainingInput | None, under_way: bool) -> None:
    """The settings of the next run and the button; `found` is the training data, None if it was not computed yet."""
    usual = opened.workspace.settings.training
    chosen = choose_settings(usual, disabled=under_way)
    problems = found.problems if found else ()
    for sentence in problems:
        st.error(as_text(sentence))
    refused = refusals(opened, found.planned, chosen["modalities"]) if found and not problems else ()
    for sentence in refused:
        st.warning(as_text(f"Training would be refused: {sentence}"))
    if found is not None and not refused and (absent := absent_modalities(opened, found.planned, chosen["modalities"])):
        page_head.dim(absent)
    pressed = st.button(
        "Retrain",
        type="primary",
        icon=":material/model_training:",
        disabled=under_way or bool(problems or refused) or not chosen["modalities"],
        width="stretch",
    )
    changes = {name: value for name, value in chosen.items() if value != getattr(usual, name)}
    told = "Freezes these rows as a new set and trains in a process of its own; this page may be closed."
    if changes:
        named = ", ".join(f"{name} = {json.dumps(value)}" for name, value in changes.items())
        told += f" For this run alone: {named}."
    expected: dict[str, float] = {}
    if found is not None and chosen["modalities"] and not problems and not refused:
        settings = TrainingSettings.model_validate({**usual.model_dump(), **changes})
        expected = promised(opened, settings, [row.clip_id for row in found.planned.rows])
        told = f"{promise(expected[EXPECTED])} {told}"
    page_head.dim(told)
    show_other_settings(usual)
    if pressed:
        try:
            start_job(opened.workspace, opened.database, "train", {"settings": changes, **expected})
        except TelltaleError as error:
            st.error(as_text(error))
        else:
            st.rerun()


def show_live(opened: OpenedWorkspace, under_way: bool) -> None:
    """The newest training job with its curves; nothing after success, when the results are shown below."""
    follow_job(opened, "train", lambda job: _unfinished(opened, job), under_way=under_way)


def _unfinished(opened: OpenedWorkspace, job: Job) -> None:
    if job.state is JobState.SUCCEEDED:
        return
    with st.container(border=True):
        show_job(opened, job)
        run = run_of_job(opened.database, job.id)
        points = curve_points(opened.workspace, run) if run else []
        if points:
            show_curves(points, "live-")
