"""Clips assigned to coders: how far each is, assigning more, double coding, and what was assigned."""

import secrets
from collections.abc import Callable

import streamlit as st

from app.components import annotated_table, page_head
from app.components.annotated_table import Figure
from app.components.outside_text import as_text
from app.opened_workspace import OpenedWorkspace
from app.queries.assignments import (
    NOT_A_LEAD,
    AssignmentFacts,
    CoderRow,
    Order,
    assign_clips,
    assignment_facts,
    fitting,
    in_words,
    sources,
    take_back,
)
from app.queries.counted import counted
from app.queries.double_coding import DoubleCodingFacts, double_code, double_coding_facts
from app.queries.reviewers import may_lead
from core.errors import TelltaleError
from core.types.assignments import Batch
from core.types.decisions import Reviewer

_RULE = (
    "A coder meets assigned clips in Review under “Assigned to me”, before all others. Until they are judged they are kept for "
    "their coders: the open queues of everybody else leave them out, and so do saved filters. Opened by a link they can be "
    "judged by anybody."
)
_DOUBLE = (
    "Draws clips at random for a second judgment, blind and independent of the first: one coder has judged them blind, or "
    "nobody has and two coders get them. The second coder sees no answer before giving one, also in an assisted study, and is "
    "not told which clips these are: people code more carefully where they know that they are checked. The reliability sample "
    "is left out, because it comes to everybody anyway."
)
_PRESSED = "assignment-press-{}"
_TOLD = "assignment-told"


def assignments_panel(opened: OpenedWorkspace, known: list[Reviewer], reviewer: Reviewer | None) -> None:
    """The whole panel; only who may adjudicate assigns."""
    facts = assignment_facts(opened)
    st.header("How far each coder is", anchor=False)
    if facts.coders:
        _progress(facts)
    else:
        page_head.dim("No clip is assigned to anybody. Everybody judges from the open queues.")
    page_head.dim(_RULE)
    if told := st.session_state.pop(_TOLD, ""):
        page_head.note(told)
    if not may_lead(known, reviewer) or reviewer is None:
        page_head.dim(NOT_A_LEAD)
        return
    _assign(opened, known, reviewer)
    _double_code(opened, known, reviewer)
    _log(opened, facts, reviewer)


def _progress(facts: AssignmentFacts) -> None:
    annotated_table.figures(
        ["Coder", "Assigned", "Judged", "Unclear", "Skipped", "Left", "Seconds per clip"],
        [_row(one) for one in facts.coders],
    )
    page_head.dim(
        "Seconds per clip: median from opening the clip to the last word on it. Skipped ones wait in “Skipped by me”."
    )


def _row(one: CoderRow) -> list[Figure]:
    found = one.progress
    seconds = found.seconds_per_clip
    return [
        Figure(one.name, f"{1 - found.left / found.assigned:.0%} gone through"),
        *(Figure.number(n) for n in (found.assigned, found.judged, found.unclear, found.skipped, found.left)),
        Figure("—", none=True) if seconds is None else Figure(f"{seconds:.1f}"),
    ]


def _assign(opened: OpenedWorkspace, known: list[Reviewer], reviewer: Reviewer) -> None:
    st.header("Assign clips", anchor=False)
    names = {one.id: one.name for one in known}
    titles = sources(opened)
    left, middle, right = st.columns([4, 2, 4], vertical_alignment="bottom")
    source = left.selectbox(
        "From", list(titles), format_func=titles.__getitem__, help="A filter is kept under a name in the Library."
    )
    number = middle.number_input(
        "At random", min_value=1, value=None, step=1, placeholder="all of them", key="assign-number"
    )
    coders = right.multiselect(
        "Coders", list(names), format_func=names.__getitem__, placeholder="Name one or several", key="assign-coders"
    )
    share, sample, press = st.columns([4, 4, 2], vertical_alignment="center")
    everybody = share.radio(
        "Each clip goes to",
        [False, True],
        format_func=lambda all_of_them: "each of them" if all_of_them else "one of them, dealt in turn",
        horizontal=True,
    )
    sampled = sample.checkbox("with the reliability sample", help="It comes to everybody in a queue of its own anyway.")
    order = Order(tuple(coders), source, number, everybody, sampled)
    try:
        found = fitting(opened, reviewer, order)
    except TelltaleError as error:
        st.error(as_text(error))
        return
    page_head.dim(
        f"{counted(found, 'clip fits', 'clips fit')}. Clips that a coder has judged or skipped are not given to that coder."
    )
    if press.button("Assign", type="primary", width="stretch", disabled=not coders or not found, key="assign"):
        _pressed("assign", names, "Assigned", lambda token: assign_clips(opened, reviewer, order, token))


def _double_code(opened: OpenedWorkspace, known: list[Reviewer], reviewer: Reviewer) -> None:
    st.header("Double-code clips at random", anchor=False)
    page_head.dim(_DOUBLE)
    if len(known) < 2:
        page_head.dim("Double coding needs two coders; add the second one in the sidebar.")
        return
    facts = double_coding_facts(opened)
    names = {one.id: one.name for one in known}
    amount, who, press = st.columns([2, 4, 2], vertical_alignment="bottom")
    number = amount.number_input(
        "Clips", min_value=1, value=min(10, max(1, facts.judged_once)), step=1, key="double-number"
    )
    coder = who.selectbox(
        "Second coder",
        [None, *names],
        format_func=lambda one: "any other coder, dealt in turn" if one is None else names[one],
        key="double-coder",
    )
    page_head.dim(_takes(facts))
    nothing = not facts.judged_once + facts.unjudged
    if press.button(
        f"Double-code {counted(number, 'clip', 'clips')}", type="primary", width="stretch", disabled=nothing
    ):
        _pressed(
            "double",
            names,
            f"Of {counted(number, 'clip', 'clips')} asked for, assigned for double coding",
            lambda token: double_code(opened, reviewer, number, coder, token),
        )


def _takes(facts: DoubleCodingFacts) -> str:
    return (
        f"Judged blind by one coder alone: {counted(facts.judged_once, 'clip', 'clips')}; by nobody: "
        f"{facts.unjudged:,}. Drawn for double coding so far: {facts.drawn:,}."
    )


def _pressed(form: str, names: dict[int, str], verb: str, assign: Callable[[str], Batch]) -> None:
    """The token stays the same until the press has succeeded, so that a second press has no effect."""
    key = _PRESSED.format(form)
    token = st.session_state.setdefault(key, secrets.token_hex(16))
    try:
        made = assign(token)
    except TelltaleError as error:
        st.error(as_text(error))
        return
    del st.session_state[key]
    st.session_state[_TOLD] = f"{verb}: {in_words(made, names)}."
    st.rerun()


def _log(opened: OpenedWorkspace, facts: AssignmentFacts, reviewer: Reviewer) -> None:
    if not facts.log:
        return
    st.header("What was assigned", anchor=False)
    for one in facts.log:
        words, back = st.columns([6, 1], vertical_alignment="center")
        words.text(one.sentence)
        if one.waiting and back.button(
            f"Take back {one.waiting:,}", key=f"withdraw-{one.id}", width="stretch", help="What is judged stays."
        ):
            _take_back(opened, reviewer, one.id)


def _take_back(opened: OpenedWorkspace, reviewer: Reviewer, batch_id: int) -> None:
    try:
        taken = take_back(opened, reviewer, batch_id)
    except TelltaleError as error:
        st.error(as_text(error))
        return
    st.session_state[_TOLD] = f"Taken back: {counted(taken, 'clip', 'clips')}."
    st.rerun()
