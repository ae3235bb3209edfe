"""The Overview: the progress of each stage and the recommended next step."""

import streamlit as st

from app.components import page_head
from app.components.next_step import show_next_step
from app.components.outside_text import as_text, escaped
from app.components.overview_charts import interval_rows, label_bars
from app.components.reviewer_choice import current_reviewer
from app.opened_workspace import opened_workspace
from app.queries.agreement_summary import NOTE as AGREEMENT_NOTE
from app.queries.agreement_summary import agreement_lines
from app.queries.evaluations import queue_advice
from app.queries.loop_progress import LoopCounts, NextStep, loop_counts, next_step, stages, with_training_refusal
from app.queries.runs import forest_rows, latest_finished_run, other_labels_sentence, sentences_below
from app.queries.taxonomy_findings import findings

_FIRST_STEPS = "telltale import DIR"


def show() -> None:
    opened = opened_workspace()
    reviewer = current_reviewer(opened)
    counts = with_training_refusal(opened, loop_counts(opened, reviewer.id if reviewer else None))
    page_head.head("Overview", "How far the loop is", simulated=counts.simulated)
    if not counts.clips:
        page_head.empty(
            "This workspace is empty",
            "Import a folder of videos, with or without key points, or try everything on a simulated cohort.",
            f"{_FIRST_STEPS} --workspace {opened.workspace.root}\ntelltale demo --workspace demo-workspace",
        )
        return
    for sentence in findings(opened):
        st.warning(as_text(sentence))
    step = next_step(counts, queue_advice(opened.workspace))
    show_next_step(opened, step)
    _strip(counts, step)
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Labels by source", anchor=False)
        if counts.by_label:
            label_bars(counts.by_label, opened.workspace.settings.taxonomy)
            page_head.dim("The label that counts for a clip: adjudicated before human before gold before pseudo.")
        else:
            page_head.empty("No clip has a label", "Labels come with the import, from a labeler, or from a reviewer.")
        st.header("Agreement", anchor=False)
        page_head.facts(agreement_lines(opened))
        page_head.dim(AGREEMENT_NOTE)
    with right:
        st.header("Last run against the baselines", anchor=False)
        run = latest_finished_run(opened.database)
        if run is None and "train" in counts.jobs:
            page_head.empty("No run yet", "The first training is under way; its results will stand here.")
            return
        if run is None:
            page_head.empty(
                "No run yet",
                "Train once to see the fusion model beside majority and logistic regression.",
                "telltale train",
            )
            return
        rows, chance, best = forest_rows(run, "balanced_accuracy")
        interval_rows(rows, title="balanced accuracy", chance=chance, best=best)
        other = other_labels_sentence(run, opened.workspace.settings.taxonomy)
        page_head.dim(f"Run {run.id}. {' '.join([*([other] if other else []), *sentences_below(run)])}")


def _strip(counts: LoopCounts, step: NextStep) -> None:
    cells = []
    for stage in stages(counts):
        of = f" <small>of {stage.of:,}</small>" if stage.of > stage.done else ""
        kind = "tt-stage tt-now" if stage.name == step.stage else "tt-stage"
        cells.append(
            f'<div class="{kind}"><div class="tt-name">{escaped(stage.name)}</div>'
            f'<div class="tt-count">{stage.done:,}{of}</div><div class="tt-note">{escaped(stage.note)}</div>'
            f'<div class="tt-meter"><span style="width:{stage.share:.0%}"></span></div></div>'
        )
    st.html(f'<div class="tt-strip">{"".join(cells)}</div>')


show()
