"""The evaluations on the Train page: the results table over seeds, and the annotation conditions."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.charts.evaluations import decision_curves
from app.charts.model_scores import forest
from app.components import page_head
from app.components.job_panel import follow_job, is_under_way, newest_job, show_job
from app.components.outside_text import as_text
from app.components.show_chart import chart
from app.components.theme import palette
from app.jobs.processes import start_job
from app.opened_workspace import OpenedWorkspace
from app.queries.evaluations import (
    ablation,
    condition_sentences,
    curve_lines,
    lines_below,
    newest_evaluation,
    newest_on_test_split,
    newest_set_id,
    table_sentences,
    test_split_sentence,
)
from app.queries.paired_comparisons import pair_lines
from app.queries.plotted_values import Interval
from app.queries.runs import best_possible_of, table_lines
from core.errors import TelltaleError
from core.types.jobs import Job, JobState


def show_evaluations(opened: OpenedWorkspace) -> None:
    """Both evaluations if they have been run, a button for each, and a running job."""
    st.divider()
    st.subheader("Evaluation over several seeds", anchor=False)
    under_way = is_under_way(newest_job(opened, "evaluate"))
    seeds = opened.workspace.settings.evaluation.seeds
    left, right, text = st.columns([2, 2, 3], vertical_alignment="center")
    if left.button(f"Every model, {seeds} seeds", icon=":material/table_chart:", disabled=under_way, width="stretch"):
        _start(opened, "grouped-folds")
    if right.button(
        f"What correcting bought, {seeds} seeds", icon=":material/trending_up:", disabled=under_way, width="stretch"
    ):
        _start(opened, "conditions")
    with text:
        budget_s = opened.workspace.settings.training.stgcn.budget_s
        page_head.dim(
            "Hundreds of fits in a process of its own, which can be resumed: minutes on a small set, hours on a large one. "
            f"Of every model, ST-GCN alone takes up to {max(1, round(budget_s / 60))} min (training.stgcn.budget_s)."
        )
    follow_job(opened, "evaluate", lambda job: _unfinished(opened, job), under_way=under_way)
    table, conditions = (
        newest_evaluation(opened.workspace, "grouped-folds"),
        newest_evaluation(opened.workspace, "conditions"),
    )
    if table is not None:
        _results_table(table, f"Every model on the set {table['set']}")
    for tested in newest_on_test_split(opened.workspace):
        _results_table(
            tested, f"Every model on the test split ({tested['protocol']}), learned from the set {tested['set']}"
        )
    if conditions is not None:
        _conditions(conditions)
    if table is None and conditions is None and not under_way:
        page_head.dim(f"None yet. In a terminal: telltale evaluate --workspace {opened.workspace.root}")
    page_head.dim(test_split_sentence(opened.workspace))


def _results_table(found: Mapping[str, Any], title: str) -> None:
    st.markdown(f"**{as_text(title)}, {as_text(_when(found))}**")
    header, lines = table_lines(found)
    fusion = next((number for number, line in enumerate(lines) if line[0] == "fusion"), None)
    page_head.table(header, lines, emphasized=fusion)
    page_head.dim(" ".join(lines_below(found)))
    left_out = ablation(found)
    if left_out:
        st.markdown("**Without each modality**")
        _forest(found, left_out, key=f"ablation {found['protocol']}")
    with st.expander("Paired tests"):
        page_head.table(*pair_lines(found))


def _conditions(found: Mapping[str, Any]) -> None:
    st.subheader("What correcting bought", anchor=False)
    page_head.dim(f"{_when(found)}. {condition_sentences(found)[0]}")
    left, right = st.columns(2, gap="large")
    scores = {row["name"]: row["balanced_accuracy"] for row in found["table"] if row["balanced_accuracy"]}
    with left:
        st.markdown("**Annotation conditions**")
        rows = [
            Interval(name, figure["value"], figure["low"], figure["high"], emphasized=" decisions, " in name)
            for name, figure in scores.items()
        ]
        _forest(found, rows, key="conditions")
    with right:
        st.markdown("**Score by number of decisions**")
        levels = {name: scores[name]["value"] for name in ("all gold", "gold only") if name in scores}
        chart(
            decision_curves(found["curve"], levels=levels, flat_at=found["flat_at"], palette=palette()),
            key="decisions",
        )
    page_head.dim(" ".join([*condition_sentences(found)[1:], *table_sentences(found)]))
    with st.expander("Conditions, paired tests and the curve as tables"):
        page_head.table(*table_lines(found))
        page_head.table(*pair_lines(found))
        page_head.table(*curve_lines(found))


def _forest(found: Mapping[str, Any], rows: Sequence[Interval], *, key: str) -> None:
    figure = forest(
        rows,
        title="balanced accuracy",
        chance=1 / len(found["labels"]),
        best=best_possible_of(found).get("balanced_accuracy"),
        palette=palette(),
    )
    chart(figure, key=key)


def _when(found: Mapping[str, Any]) -> str:
    return str(found["finished_at"])[:16].replace("T", " ") + " UTC"


def _start(opened: OpenedWorkspace, protocol: str) -> None:
    arguments: dict[str, Any] = {"protocol": protocol}
    if protocol == "grouped-folds":
        arguments["curated_set_id"] = newest_set_id(opened.database)
    try:
        start_job(opened.workspace, opened.database, "evaluate", arguments)
    except TelltaleError as error:
        st.error(as_text(error))
    else:
        st.rerun()


def _unfinished(opened: OpenedWorkspace, job: Job) -> None:
    if job.state is not JobState.SUCCEEDED:
        with st.container(border=True):
            show_job(opened, job)
