"""Compares two runs on the Train page."""

from collections.abc import Sequence

import streamlit as st

from app.charts.model_scores import confusion
from app.charts.reliability import reliability_diagram
from app.components import page_head
from app.components.outside_text import as_text
from app.components.show_chart import chart
from app.components.theme import palette
from app.opened_workspace import OpenedWorkspace
from app.queries.proportions import DOUBT_SENTENCE
from app.queries.run_comparison import SideBySide, side_by_side
from core.types.runs import Run

_SUBJECTS = 12


def compare_runs(opened: OpenedWorkspace, run: Run, others: Sequence[Run]) -> SideBySide | None:
    """The choice of another run and the comparison; returns it, or None where there is no other run."""
    if not others:
        return None
    title, chooser = st.columns([3, 2], vertical_alignment="bottom")
    title.header("Side by side", anchor=False)
    numbers = [one.id for one in others]
    flipped = run.metrics.get("flips") or {}
    usual = numbers.index(flipped["against_run"]) if flipped.get("against_run") in numbers else 0
    picked = chooser.selectbox(
        "Compare with", numbers, usual, format_func=lambda number: f"Against run {number}", label_visibility="collapsed"
    )
    found = side_by_side(opened.database, others[numbers.index(picked)], run, opened.workspace.settings.taxonomy)
    names = [f"run {found.first.id}", f"run {found.second.id}"]
    page_head.dim(" ".join(found.changed))
    left, right = st.columns(2, gap="large")
    with left:
        if found.metrics:
            page_head.table(["of the fusion model", *names], found.metrics)
        if found.difference_sentence:
            page_head.dim(found.difference_sentence)
    with right:
        if found.settings:
            page_head.table(["setting", *names], found.settings)
        else:
            page_head.dim("Both were trained with the same settings, by the same code.")
    titles = [opened.workspace.settings.taxonomy.title(name) for name in run.metrics["labels"]]
    for number, column in enumerate(st.columns(2, gap="large") if found.n else ()):
        with column:
            st.markdown(f"**{as_text(names[number].capitalize())}**")
            chart(confusion(found.confusions[number], titles, palette=palette()), key=f"beside-confusion-{number}")
            chart(reliability_diagram(found.points[number], palette=palette()), key=f"beside-reliability-{number}")
    if found.n:
        page_head.dim(f"Bars of right by confidence: 95 %, over subjects. {DOUBT_SENTENCE}")
    _subjects(found, names)
    return found


def _subjects(found: SideBySide, names: Sequence[str]) -> None:
    changed = [one for one in found.subjects if one.first_right != one.second_right]
    if not found.subjects:
        return
    page_head.dim(f"{len(changed)} of {len(found.subjects)} subjects have more or fewer clips right than before.")
    if changed:
        with st.expander("By subject"):
            page_head.table(
                ["subject", "clips", *(f"right in {name}" for name in names)],
                [[one.subject, one.n, one.first_right, one.second_right] for one in changed[:_SUBJECTS]],
            )
            if len(changed) > _SUBJECTS:
                page_head.dim(f"The {_SUBJECTS} that changed most, of {len(changed)}.")
