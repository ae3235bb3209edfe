"""The Train page: training data, the Retrain button, live curves, results."""

import streamlit as st

from app.components import page_head
from app.components.job_panel import is_under_way, newest_job
from app.components.next_step import show_next_step
from app.components.reviewer_choice import current_reviewer
from app.components.training.evaluation_panel import show_evaluations
from app.components.training.plan_panel import show_inclusions, show_plan
from app.components.training.results_panel import show_results
from app.components.training.retrain_panel import show_button, show_live
from app.jobs.processes import mark_interrupted_work
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.evaluations import queue_advice
from app.queries.loop_progress import loop_counts, next_step
from app.queries.runs import all_runs, finished_runs


def show() -> None:
    opened = opened_workspace()
    reviewer = current_reviewer(opened)
    counts = loop_counts(opened, reviewer.id if reviewer else None)
    page_head.head("Train", "What goes in, and what each model makes of it", simulated=counts.simulated)
    if not counts.clips:
        page_head.empty(
            "No clip yet",
            "Training needs clips with labels.",
            f"telltale import DIR --workspace {opened.workspace.root}",
        )
        return
    under_way = is_under_way(newest_job(opened, "train"))
    _start(opened, counts.clips, under_way)
    done = finished_runs(opened.database)
    step = next_step(counts, queue_advice(opened.workspace))
    if done and step.page != "train":
        show_next_step(opened, step)
    if done:
        show_results(opened, done)
    elif under_way:
        page_head.empty("No finished run yet", "The first training is under way; its results will stand here.")
    else:
        page_head.empty(
            "No finished run yet",
            "Press Retrain above, or train from a terminal.",
            f"telltale train --workspace {opened.workspace.root}",
        )
    show_evaluations(opened)
    _all_runs(opened)


def _start(opened: OpenedWorkspace, clips: int, under_way: bool) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.header("What goes in", anchor=False)
        found = show_plan(opened, clips)
        each = (
            found is not None
            and bool(found.rows or found.left_out)
            and st.toggle("Every clip and subject, in or out", key="every-clip")
        )
    with right:
        st.header("Retrain", anchor=False)
        show_button(opened, found, under_way)
    if found is not None and each:
        show_inclusions(opened, found)
    show_live(opened, under_way)


def _all_runs(opened: OpenedWorkspace) -> None:
    mark_interrupted_work(opened.workspace, opened.database)
    found = all_runs(opened.database)
    if not found:
        return
    import pandas as pd

    with st.expander(f"All runs ({len(found)})"):
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "run": run.id,
                        "state": run.state.value,
                        "selected": run.selected,
                        "set": run.curated_set_id,
                        "started": run.created_at,
                        "code": run.code_version,
                        "error": run.error,
                    }
                    for run in found
                ]
            ),
            hide_index=True,
        )


show()
