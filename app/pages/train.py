"""What goes in, one button, live curves, and the results table of what came out."""

from typing import Any

import streamlit as st

from app.charts.model_scores import confusion, curves, forest
from app.components import page_head
from app.components.evaluation_panel import show_evaluations
from app.components.job_panel import POLL_S, is_under_way, newest_job, show_job
from app.components.links import open_page
from app.components.next_step import show_next_step
from app.components.reviewer_choice import current_reviewer
from app.components.run_comparison_panel import compare_runs
from app.components.show_chart import chart
from app.components.spoiler_switch import is_spoiled, spoiler_switch
from app.components.theme import palette
from app.components.training_settings_form import choose_settings
from app.jobs.processes import start_job
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.evaluations import queue_advice
from app.queries.hidden_answers import blindness
from app.queries.loop_progress import loop_counts, next_step
from app.queries.runs import (
    all_runs,
    curve_points,
    finished_runs,
    forest_rows,
    has_model,
    mistakes,
    run_of_job,
    scored_sentence,
    set_current,
    table_lines,
)
from app.queries.training_plan import (
    PLANNED_AT_ONCE,
    ClipInclusion,
    TrainingInput,
    clip_inclusions,
    subject_shares,
    training_input,
)
from core.errors import TelltaleError
from core.types.runs import Run
from training.data.curate import NO_LABEL
from training.runs.run_folder import packed_model

_UNREAD_NAMED = 3
_MODALITIES = {"pose": "Pose", "image": "Image", "text": "Text"}


def show() -> None:
    opened = opened_workspace()
    reviewer = current_reviewer(opened)
    counts = loop_counts(opened, reviewer.id if reviewer else None)
    page_head.head("Train", "What goes in, and what each model makes of it", simulated=counts.simulated)
    if not counts.clips:
        page_head.empty(
            "No clip yet",
            "Training needs clips with labels.",
            f"telltale import DIR --openpose DIR --workspace {opened.workspace.root}",
        )
        return
    _start(opened, counts.clips)
    done = finished_runs(opened.database)
    step = next_step(counts, queue_advice(opened.workspace))
    if done and step.page != "train":
        show_next_step(opened, step)
    if done:
        _results(opened, done)
    else:
        page_head.empty(
            "No finished run yet",
            "Press Retrain above, or train from a terminal.",
            f"telltale train --workspace {opened.workspace.root}",
        )
    show_evaluations(opened)
    _all_runs(opened)


def _start(opened: OpenedWorkspace, clips: int) -> None:
    under_way = is_under_way(newest_job(opened, "train"))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.header("What goes in", anchor=False)
        found = _planned(opened, clips)
    with right:
        st.header("Retrain", anchor=False)
        beside = st.container()
    if found is not None and (found.rows or found.left_out) and st.toggle("Every clip and subject, in or out"):
        _fates(opened, found)
    changes, sound = choose_settings(opened.workspace.settings.training)
    with beside:
        _button(opened, found, under_way, changes if sound else None)
    _live(opened, under_way)


def _planned(opened: OpenedWorkspace, clips: int) -> TrainingInput | None:
    """The plan and its leak check; asked for first where there are so many clips that the page would wait."""
    if clips > PLANNED_AT_ONCE and not st.toggle("Check what goes in"):
        page_head.dim(f"{clips:,} clips: the plan and its leak check take a while.")
        return None
    found = training_input(opened)
    if not found.rows:
        why = found.sentence if set(found.left_out) - {NO_LABEL} else "No clip outside the test split has a label."
        page_head.empty("Nothing to train on", why, _label_command(opened))
        return found
    titles = {label.name: label.title for label in opened.workspace.settings.taxonomy}
    page_head.table(
        ["label source", *titles.values(), "mean weight"],
        [
            [one.source, *(one.by_label.get(name, 0) for name in titles), f"{one.mean_weight:.2f}"]
            for one in found.sources
        ],
    )
    page_head.dim(found.sentence)
    if not found.problems:
        page_head.note("Leak check passed: nobody is on both sides, and every kind of feature has one producer.")
    return found


def _fates(opened: OpenedWorkspace, given: TrainingInput) -> None:
    """Each clip with the reason why it is in or out, and each subject; answers on clips that this reviewer has not judged stay
    hidden."""
    import pandas as pd

    found = clip_inclusions(opened, given.planned)
    shown = found[:PLANNED_AT_ONCE]
    title_of = opened.workspace.settings.taxonomy.title
    blind = blindness(opened, [one.clip for one in shown], current_reviewer(opened), spoil=is_spoiled())

    def said(one: ClipInclusion, told: str) -> str:
        return blind.text(one.clip.id, told) if one.reveals_label and told else told

    by_clip, by_subject = st.tabs(["By clip", "By subject"])
    with by_clip:
        rows = [
            {
                "clip": one.clip.name,
                "subject": one.clip.subject,
                "in": one.reason is None,
                "label": "" if one.label is None else blind.text(one.clip.id, title_of(one.label)),
                "source": one.source or "",
                "weight": "" if one.weight is None else said(one, f"{one.weight:.2f}"),
                "why out": said(one, one.reason or ""),
            }
            for one in shown
        ]
        _linked(rows, [one.clip.id for one in shown], "fates", queue="unreviewed")
        if len(found) > len(shown):
            page_head.dim(f"The first {len(shown):,} of {len(found):,} clips.")
    with by_subject:
        st.dataframe(pd.DataFrame(subject_shares(found)), hide_index=True, height=320)


def _button(
    opened: OpenedWorkspace, found: TrainingInput | None, under_way: bool, changes: dict[str, Any] | None
) -> None:
    """`changes`: settings that are otherwise in this run; None where they cannot be so."""
    chosen = st.segmented_control(
        "Modalities",
        list(_MODALITIES),
        default=list(opened.workspace.settings.training.modalities),
        selection_mode="multi",
        format_func=_MODALITIES.__getitem__,
        disabled=under_way,
    )
    problems = found.problems if found else ()
    for sentence in problems:
        st.error(sentence)
    pressed = st.button(
        "Retrain",
        type="primary",
        icon=":material/model_training:",
        disabled=under_way or bool(problems) or not chosen or changes is None,
        width="stretch",
    )
    told = "Freezes these rows as a new set and trains in a process of its own; this page may be closed."
    if changes:
        told += f" Otherwise than usual: {', '.join(f'{name} {value}' for name, value in changes.items())}."
    page_head.dim(told)
    if pressed:
        settings = {**(changes or {}), "modalities": chosen}
        try:
            start_job(opened.workspace, opened.database, "train", {"settings": settings})
        except TelltaleError as error:
            st.error(str(error))
        else:
            st.rerun()


def _label_command(opened: OpenedWorkspace) -> str:
    return f"telltale label --labeler cues --workspace {opened.workspace.root}"


def _live(opened: OpenedWorkspace, under_way: bool) -> None:
    @st.fragment(run_every=POLL_S if under_way else None)
    def panel() -> None:
        job = newest_job(opened, "train")
        if job is None:
            return
        if under_way and not is_under_way(job):
            st.rerun()  # the whole page: there is a new run to show
        if not is_under_way(job) and job.state == "succeeded":
            return
        with st.container(border=True):
            show_job(opened, job)
            run = run_of_job(opened.database, job.id)
            points = curve_points(opened.workspace, run) if run else []
            if not points:
                return
            _curves(points, "live-")

    panel()


def _results(opened: OpenedWorkspace, done: list[Run]) -> None:
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
    _table(run)
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
    _mistakes(opened, run, spoil)
    points = curve_points(opened.workspace, run)
    if points:
        with st.expander("Curves of this run"):
            _curves(points, "")


def _curves(points: list[dict[str, Any]], key: str) -> None:
    left, right = st.columns(2)
    chart(curves(points, "validation_balanced_accuracy", palette=palette()), key=f"{key}score", place=left)
    chart(curves(points, "train_loss", palette=palette()), key=f"{key}loss", place=right)


def _run_name(run: Run) -> str:
    return f"Run {run.id}, {run.created_at:%Y-%m-%d %H:%M}{', selected' if run.current else ''}"


def _table(run: Run) -> None:
    header, lines = table_lines(run.metrics)
    fusion = next((number for number, line in enumerate(lines) if line[0] == "fusion"), None)
    page_head.table(header, lines, emphasised=fusion)
    page_head.dim(f"{scored_sentence(run)} Folds are cut by subject; intervals are 95 %.")
    unread = run.metrics.get("not_predicted", [])
    if unread:
        page_head.dim(
            f"Clips outside the set that could not be predicted, {len(unread)}: {' '.join(unread[:_UNREAD_NAMED])}"
        )


def _selection(opened: OpenedWorkspace, run: Run) -> None:
    page_head.dim((run.metrics.get("selection") or {}).get("sentence", ""))
    with st.container(horizontal=True, vertical_alignment="center"):
        if not run.current and st.button(f"Select run {run.id}", help="Its mistakes then make the review queue."):
            set_current(opened.database, run)
            st.rerun()
        if has_model(opened.workspace, run):
            st.download_button(
                "Download the model",
                lambda: packed_model(opened.workspace.root / run.artefacts_path, f"run-{run.id}"),
                f"telltale-run-{run.id}.zip",
                "application/zip",
                help="Weights as safetensors, what it reads, and its model card; unpacked, telltale predict --run takes it.",
                on_click="ignore",
                icon=":material/download:",
            )


def _comparison(opened: OpenedWorkspace, run: Run, done: list[Run], spoil: bool) -> None:
    found = compare_runs(opened, run, [one for one in done if one.id != run.id])
    if found is None:
        return
    if not found.flips:
        page_head.dim("No clip changed its label between the two runs.")
        return
    page_head.dim(f"{len(found.flips)} clips changed their label: {found.fixed} fixed, {found.regressed} regressed.")
    title_of = opened.workspace.settings.taxonomy.title
    blind = blindness(opened, [one.clip for one in found.flips], current_reviewer(opened), spoil=spoil)
    rows = [
        {
            "clip": one.clip.name,
            "was": blind.text(one.clip.id, title_of(one.before)),
            "now": blind.text(one.clip.id, title_of(one.after)),
            "trusted label": blind.text(one.clip.id, "—" if one.trusted is None else title_of(one.trusted)),
        }
        for one in found.flips
    ]
    _linked(rows, [one.clip.id for one in found.flips], "flips")


def _mistakes(opened: OpenedWorkspace, run: Run, spoil: bool) -> None:
    st.header("Clips it gets wrong", anchor=False)
    wrong = mistakes(opened.database, run)
    if not wrong:
        page_head.dim("This run contradicts no label that counts.")
        return
    title_of = opened.workspace.settings.taxonomy.title
    blind = blindness(opened, [one.clip for one in wrong], current_reviewer(opened), spoil=spoil)
    rows = [
        {
            "clip": one.clip.name,
            "label that counts": blind.text(one.clip.id, title_of(one.label)),
            "by": one.source,
            "run says": blind.text(one.clip.id, title_of(one.predicted)),
            "confidence": one.sureness,
        }
        for one in wrong
    ]
    _linked(rows, [one.clip.id for one in wrong], "mistakes")


def _linked(rows: list[dict[str, Any]], clip_ids: list[int], key: str, queue: str = "mistakes") -> None:
    """A table of clips; a chosen row opens its clip in Review."""
    import pandas as pd

    event = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=min(320, 38 + 36 * len(rows)),
        on_select="rerun",
        selection_mode="single-row",
        key=f"clips-{key}",
        column_config={
            "confidence": st.column_config.ProgressColumn(min_value=0, max_value=1, format="%.2f"),
            "why out": st.column_config.TextColumn(width="large"),
            **dict.fromkeys(("in", "weight"), st.column_config.Column(width="small")),
        },
    )
    page_head.dim("Choose a row to open the clip in Review.")
    picked = event["selection"]["rows"]
    if picked:
        open_page("review", queue=queue, clip=str(clip_ids[picked[0]]))


def _all_runs(opened: OpenedWorkspace) -> None:
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
                        "current": run.current,
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
