"""The results of a finished run: results table, confusion matrix, comparison with other runs, labels it differs from."""

from collections.abc import Sequence

import streamlit as st

from app.charts.model_scores import confusion, forest
from app.components import page_head
from app.components.outside_text import as_text
from app.components.reviewer_choice import current_reviewer
from app.components.show_chart import chart
from app.components.spoiler_switch import spoiler_switch
from app.components.theme import palette
from app.components.training.clip_table import clip_table
from app.components.training.curves import show_curves
from app.components.training.run_comparison_panel import compare_runs
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.hidden_answers import blindness, keep_told, seen_in
from app.queries.run_differences import labels_by_source, run_differences
from app.queries.runs import (
    Flip,
    curve_points,
    forest_rows,
    get_run,
    has_model,
    other_labels_sentence,
    select_run,
    sentences_below,
    table_lines,
)
from app.queries.score_today import score_today_sentence
from app.queries.selected_run import of_labels, selection, verdict_sentence
from app.queries.selection_today import SelectionToday, selection_key, selection_today
from core.types.decisions import Seen
from core.types.runs import Run
from training.runs.run_folder import packed_model

_UNREAD_NAMED = 3


def show_results(opened: OpenedWorkspace, done: list[Run]) -> None:
    """The results of the newest run of `done`, or of another one that is chosen."""
    st.divider()
    title, chooser = st.columns([3, 2], vertical_alignment="bottom")
    title.header("Results", anchor=False)
    numbers = [run.id for run in done]
    picked = chooser.selectbox(
        "Run",
        numbers,
        format_func=lambda number: _run_name(done[numbers.index(number)]),
        label_visibility="collapsed",
    )
    run = done[numbers.index(picked)]
    other = other_labels_sentence(run, opened.workspace.settings.taxonomy)
    if other:
        st.warning(as_text(other))
    _table(opened, run)
    left, right = st.columns([3, 2], gap="large")
    with left:
        metric = st.segmented_control(
            "Metric",
            ["balanced_accuracy", "accuracy"],
            default="balanced_accuracy",
            required=True,
            format_func=lambda name: name.replace("_", " ").capitalize(),
            label_visibility="collapsed",
        )
        rows, chance, best = forest_rows(run, metric)
        figure = forest(rows, title=metric.replace("_", " "), chance=chance, best=best, palette=palette())
        chart(figure, key="forest")
    with right:
        st.markdown("**Confusion of the fusion model**")
        titles = [opened.workspace.settings.taxonomy.title(name) for name in run.metrics["labels"]]
        chart(confusion(run.metrics["confusion"], titles, palette=palette()), key="confusion")
    _selection(opened, run)
    spoil = spoiler_switch()
    _comparison(opened, run, done, spoil)
    _differences(opened, run, spoil)
    points = curve_points(opened.workspace, run)
    if points:
        with st.expander("Curves of this run"):
            show_curves(points, "")


def _run_name(run: Run) -> str:
    return f"Run {run.id}, {run.created_at:%Y-%m-%d %H:%M}{', selected' if run.selected else ''}"


def _table(opened: OpenedWorkspace, run: Run) -> None:
    header, lines = table_lines(run.metrics)
    fusion = next((number for number, line in enumerate(lines) if line[0] == "fusion"), None)
    page_head.table(header, lines, emphasized=fusion)
    page_head.dim(f"{' '.join(sentences_below(run))} Folds are cut by subject; intervals are 95 %, over subjects.")
    if sentence := score_today_sentence(opened.database, run):
        page_head.dim(sentence)
    unread = run.metrics.get("not_predicted", [])
    if unread:
        page_head.dim(
            f"Clips outside the set that could not be predicted, {len(unread)}: {' '.join(unread[:_UNREAD_NAMED])}"
        )


def _selection(opened: OpenedWorkspace, run: Run) -> None:
    names = opened.workspace.settings.taxonomy.names
    page_head.dim(verdict_sentence(run, selection(opened.database, names), names))
    key = selection_key(opened.database, run)
    today = None if key is None else _kept_selection(run.id, key)
    if today is not None:
        page_head.dim(today.sentence)
    with st.container(horizontal=True, vertical_alignment="center"):
        if (
            of_labels(run, names)
            and not run.selected
            and st.button(
                f"Select run {run.id}",
                help="Labels that it contradicts are then a queue.",
                type="primary" if today is not None and today.better else "secondary",
            )
        ):
            select_run(opened.database, run)
            st.rerun()
        if has_model(opened.workspace, run):
            st.download_button(
                "Download the model",
                lambda: packed_model(opened.workspace.root / run.artifacts_path, f"run-{run.id}"),
                f"telltale-run-{run.id}.zip",
                "application/zip",
                help="Weights as safetensors, what it reads, and its model card; unpacked, telltale predict --run takes it.",
                on_click="ignore",
                icon=":material/download:",
            )


@st.cache_data(max_entries=4, show_spinner=False)
def _kept_selection(run_id: int, key: tuple[int, int]) -> SelectionToday | None:  # noqa: ARG001  # the cache's key
    opened = opened_workspace()
    return selection_today(opened, get_run(opened.database, run_id))


def _comparison(opened: OpenedWorkspace, run: Run, done: list[Run], spoil: bool) -> None:
    found = compare_runs(opened, run, [one for one in done if one.id != run.id])
    if found is None:
        return
    if not found.flips:
        page_head.dim("No clip changed its label between the two runs.")
        return
    page_head.dim(f"{len(found.flips)} clips changed their label: {found.fixed} fixed, {found.regressed} regressed.")
    listed = [one for one in found.flips if not one.clip.reliability_sample]
    sampled = len(found.flips) - len(listed)
    if sampled:
        page_head.dim(
            f"{sampled} of the reliability sample, which stays a random one, {'is' if sampled == 1 else 'are'} not listed."
        )
    _flips(opened, listed, spoil)


def _flips(opened: OpenedWorkspace, flips: Sequence[Flip], spoil: bool) -> None:
    title_of = opened.workspace.settings.taxonomy.title
    reviewer = current_reviewer(opened)
    blind = blindness(opened, [one.clip for one in flips], reviewer, spoil=spoil)
    rows = [
        {
            "clip": one.clip.name,
            "was": blind.text(one.clip.id, title_of(one.before), Seen.RUN),
            "now": blind.text(one.clip.id, title_of(one.after), Seen.RUN),
            "trusted label": "—"
            if one.trusted is None
            else blind.text(one.clip.id, title_of(one.trusted), Seen.ANSWERS),
        }
        for one in flips
    ]
    keep_told(opened.database, reviewer, blind.told)
    clip_table(rows, [one.clip.id for one in flips], "flips")


def _differences(opened: OpenedWorkspace, run: Run, spoil: bool) -> None:
    st.header("Labels it differs from", anchor=False)
    reviewer = current_reviewer(opened)
    found = run_differences(opened.database, run, reviewer.id if reviewer else 0)
    if not found.clips:
        page_head.dim("This run contradicts no label that it was given.")
        return
    page_head.dim(
        f"It differs from {labels_by_source(found.counts)} outside the reliability sample. On each of these clips either the "
        "label or the run is wrong; where the label is a trusted one, it is more often the run. Clips that you judged since "
        "the run began are left out."
    )
    title_of = opened.workspace.settings.taxonomy.title
    blind = blindness(opened, [clip for clip, _ in found.clips], reviewer, spoil=spoil)
    rows = [
        {
            "clip": clip.name,
            "label that counts": blind.text(clip.id, title_of(one.label), seen_in(one.source)),
            "by": one.source.value,
            "run says": blind.text(clip.id, title_of(one.predicted), Seen.RUN),
            "confidence": one.confidence,
        }
        for clip, one in found.clips
    ]
    keep_told(opened.database, reviewer, blind.told)
    clip_table(rows, [clip.id for clip, _ in found.clips], "differences")
