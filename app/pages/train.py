"""What goes in, one button, live curves, and the honest table of what came out."""

import streamlit as st

from app.charts import CONFIG, confusion, curves, forest
from app.facts.loop import loop_counts
from app.facts.runs import (
    METRICS,
    all_runs,
    curve_points,
    finished_runs,
    flips,
    forest_rows,
    mistakes,
    run_before,
    run_of_job,
    scored_sentence,
    table_lines,
)
from app.facts.training_input import TrainingInput, training_input
from app.jobs import start_job
from app.screen import page
from app.screen.job_panel import POLL_S, is_under_way, newest_job, show_job
from app.services import Services, services
from core.errors import TelltaleError
from core.records import Run, RunState

_MODALITIES = {"pose": "Pose", "image": "Image", "text": "Text"}


def show() -> None:
    opened = services()
    counts = loop_counts(opened)
    page.head("Train", "What goes in, and what each model makes of it", simulated=counts.simulated > 0)
    if not counts.clips:
        page.empty(
            "No clip yet",
            "Training needs clips with labels.",
            f"telltale import DIR --openpose DIR --workspace {opened.workspace.root}",
        )
        return
    _start(opened)
    done = finished_runs(opened.database)
    if done:
        _results(opened, done)
    else:
        page.empty(
            "No finished run yet",
            "Press Retrain above, or train from a terminal.",
            f"telltale train --workspace {opened.workspace.root}",
        )
    _all_runs(opened)


def _start(opened: Services) -> None:
    found = training_input(opened)
    job = newest_job(opened, "train")
    under_way = is_under_way(job)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("What goes in", anchor=False)
        _input(found)
    with right:
        st.subheader("Retrain", anchor=False)
        configured = opened.workspace.settings.training.modalities
        chosen = st.segmented_control(
            "Modalities",
            list(_MODALITIES),
            default=list(configured),
            selection_mode="multi",
            format_func=_MODALITIES.__getitem__,
            disabled=under_way,
        )
        if found.refusal:
            st.error(found.refusal)
        pressed = st.button(
            "Retrain",
            type="primary",
            icon=":material/model_training:",
            disabled=under_way or bool(found.refusal) or not chosen,
            width="stretch",
        )
        page.dim(
            "Freezes the rows on the left as a new set and trains in a process of its own; this page may be closed."
        )
        if pressed:
            try:
                start_job(opened.workspace, opened.database, "train", {"modalities": chosen})
            except TelltaleError as error:
                st.error(str(error))
            else:
                st.rerun()
    _live(opened, under_way)


def _input(found: TrainingInput) -> None:
    import pandas as pd

    if not found.rows:
        page.empty("Nothing to train on", "No clip outside the test split has a label and features.")
        return
    frame = pd.DataFrame(
        [
            {
                "source": source,
                **{title: counts.get(name, 0) for name, title in found.titles.items()},
                "mean weight": weight,
            }
            for source, counts, weight in found.by_source
        ]
    )
    st.dataframe(frame, hide_index=True, column_config={"mean weight": st.column_config.NumberColumn(format="%.2f")})
    page.dim(found.sentence)
    if not found.refusal:
        st.markdown(f":material/check_circle: {found.leak_sentence}")


def _live(opened: Services, under_way: bool) -> None:
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
            left, right = st.columns(2)
            left.plotly_chart(
                curves(points, "validation_balanced_accuracy"), theme=None, config=CONFIG, key="live-score"
            )
            right.plotly_chart(curves(points, "train_loss"), theme=None, config=CONFIG, key="live-loss")

    panel()


def _results(opened: Services, done: list[Run]) -> None:
    st.divider()
    title, chooser = st.columns([3, 2], vertical_alignment="bottom")
    title.subheader("The honest table", anchor=False)
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
        figure = forest(rows, title=metric.replace("_", " "), chance=chance, best=best)
        st.plotly_chart(figure, theme=None, config=CONFIG, key="forest")
    with right:
        st.markdown("**Confusion of the fusion model**")
        matrix, titles = run.metrics.get("confusion"), [label.title for label in opened.workspace.settings.taxonomy]
        if matrix:
            st.plotly_chart(confusion(matrix, titles), theme=None, config=CONFIG, key="confusion")
    _promote(opened, run)
    _comparison(opened, run)
    _mistakes(opened, run)
    points = curve_points(opened.workspace, run)
    if points:
        with st.expander("Curves of this run"):
            left, right = st.columns(2)
            left.plotly_chart(curves(points, "validation_balanced_accuracy"), theme=None, config=CONFIG, key="score")
            right.plotly_chart(curves(points, "train_loss"), theme=None, config=CONFIG, key="loss")


def _run_name(run: Run) -> str:
    return f"Run {run.id}, {run.created_at:%Y-%m-%d %H:%M}{', current' if run.current else ''}"


def _table(run: Run) -> None:
    import pandas as pd

    header, lines = table_lines(run.metrics)
    st.dataframe(pd.DataFrame(lines, columns=header), hide_index=True)
    page.dim(f"{scored_sentence(run)} Folds are cut by subject; intervals are 95 %.")


def _promote(opened: Services, run: Run) -> None:
    if run.current:
        st.markdown(f":material/flag: Run {run.id} is current: its mistakes make the queue.")
    elif st.button(f"Make run {run.id} current", help="Its mistakes then make the review queue."):
        set_current(opened, run)
        st.rerun()


def _comparison(opened: Services, run: Run) -> None:
    before = run_before(opened.database, run)
    if before is None:
        return
    st.subheader(f"Against run {before.id}", anchor=False)
    columns = st.columns(4)
    for column, (name, value, delta) in zip(columns, metric_deltas(before, run), strict=False):
        column.metric(name, value, delta, delta_color="inverse" if name == "ECE" else "normal")
    changed = flips(opened.database, before, run)
    if not changed:
        page.dim("No clip changed its label between the two runs.")
        return
    st.markdown(f"**{len(changed)} clips changed their label**")
    _clip_links(
        opened,
        [(one.clip.id, one.clip.name, one.before, one.after, one.sureness) for one in changed],
        "was",
        "now",
        "flips",
    )


def _mistakes(opened: Services, run: Run) -> None:
    st.subheader("Clips it gets wrong", anchor=False)
    wrong = mistakes(opened.database, run)
    if not wrong:
        page.dim("No clip with a label of its own is told otherwise by this run.")
        return
    _clip_links(
        opened,
        [(one.clip.id, one.clip.name, one.label, one.predicted, one.sureness) for one in wrong],
        "current label",
        "run says",
        "mistakes",
    )


def _clip_links(
    opened: Services, rows: list[tuple[int, str, str, str, float]], first: str, second: str, queue: str
) -> None:
    import pandas as pd

    titles = {label.name: label.title for label in opened.workspace.settings.taxonomy}
    frame = pd.DataFrame(
        [
            {"clip": name, first: titles.get(a, a), second: titles.get(b, b), "sureness": sure}
            for _, name, a, b, sure in rows
        ]
    )
    event = st.dataframe(
        frame,
        hide_index=True,
        height=min(320, 38 + 36 * len(rows)),
        on_select="rerun",
        selection_mode="single-row",
        key=f"clips-{queue}",
        column_config={"sureness": st.column_config.ProgressColumn(min_value=0, max_value=1, format="%.2f")},
    )
    page.dim("Choose a row to open the clip in Review.")
    picked = event["selection"]["rows"]
    if picked:
        st.switch_page("pages/review.py", query_params={"queue": "mistakes", "clip": str(rows[picked[0]][0])})


def _all_runs(opened: Services) -> None:
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
