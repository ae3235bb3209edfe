"""Practice before coding: what the study asks for, how far each coder is, and the clips with their known answers."""

import secrets
from collections.abc import Callable
from functools import partial

import streamlit as st

from app.components import annotated_table, page_head
from app.components.annotated_table import Figure
from app.components.outside_text import as_text
from app.opened_workspace import OpenedWorkspace
from app.queries.counted import counted
from app.queries.practice import (
    MOST_OFFERED,
    NOT_A_LEAD,
    CoderPractice,
    MarkedClip,
    let_begin,
    mark_clips,
    marked_clips,
    offered_clips,
    practice_of_coders,
    unmark,
)
from app.queries.reviewers import may_lead
from app.queries.settings_changes import change_review, file_state
from core.errors import TelltaleError
from core.types.decisions import Reviewer

_RULE = (
    "A new coder judges practice clips first, blind, and after each answer sees whether it was right, the known label, the "
    "explanation and then the rationale. Practice answers are kept apart: they are no labels, no agreement is computed from "
    "them, and nothing is trained on them. Leads, and who has judged clips of this study before, are not asked for practice."
)
_CLIPS = (
    "Clips of the training split with a gold or adjudicated label, outside the reliability sample. While a clip is marked it "
    "comes up in no other queue. Who marks a clip, or has answered it, knows its label, and later answers say so."
)
_PRESSED = "practice-press"
_TOLD = "practice-told"


def practice_panel(opened: OpenedWorkspace, known: list[Reviewer], reviewer: Reviewer | None) -> None:
    """The whole panel; only who may adjudicate changes anything."""
    st.header("Practice before coding", anchor=False)
    page_head.dim(_RULE)
    if told := st.session_state.pop(_TOLD, ""):
        page_head.note(told)
    leads = reviewer if may_lead(known, reviewer) else None
    _asked(opened, leads)
    coders = practice_of_coders(opened)
    _coders(coders)
    if leads is not None:
        _let_begin(opened, leads, coders)
    st.header("Practice clips", anchor=False)
    page_head.dim(_CLIPS)
    if leads is None:
        page_head.dim(NOT_A_LEAD)
        return
    _marked(opened, leads)
    _mark(opened, leads)


def _asked(opened: OpenedWorkspace, reviewer: Reviewer | None) -> None:
    review = opened.workspace.settings.review
    if reviewer is None:
        if review.practice_clips:
            page_head.dim(
                f"This study asks for {counted(review.practice_clips, 'practice clip', 'practice clips')}, "
                f"{review.practice_pass_share:.0%} of them right."
            )
        return
    with st.form("practice-settings", border=False):
        number, share, save = st.columns([3, 3, 2], vertical_alignment="bottom")
        clips = number.number_input(
            "Practice clips that a new coder answers first",
            min_value=0,
            max_value=200,
            value=review.practice_clips,
            step=1,
            help="0: practice is offered and not asked for.",
        )
        right = share.number_input(
            "Right answers to pass, %",
            min_value=0,
            max_value=100,
            value=round(100 * review.practice_pass_share),
            step=5,
        )
        saved = save.form_submit_button("Save", width="stretch")
    if saved:
        changes = {"practice_clips": clips, "practice_pass_share": right / 100}
        _do(
            lambda: change_review(opened, reviewer, changes, read=file_state(opened).version),
            "Saved; it holds at once.",
        )


def _coders(coders: list[CoderPractice]) -> None:
    annotated_table.figures(
        ["Coder", "Practice", "Right", "Answered", "Left"],
        [
            [
                Figure(one.reviewer.name, one.reviewer.role),
                Figure(one.state, none=not one.record.rights and not one.waits),
                Figure(f"{one.right} of {one.of}")
                if one.of and (one.record.asked or one.record.rights)
                else Figure("—", none=True),
                Figure.number(len(one.record.rights)),
                Figure.number(one.record.left),
            ]
            for one in coders
        ],
    )
    page_head.dim(
        "Right: among the last answers of the number asked for, so that who goes on practicing can still pass. Left: practice "
        "clips that this coder can still answer."
    )


def _let_begin(opened: OpenedWorkspace, reviewer: Reviewer, coders: list[CoderPractice]) -> None:
    waiting = [one.reviewer for one in coders if one.waits and one.reviewer.id != reviewer.id]
    if not waiting:
        return
    with st.container(horizontal=True):
        for one in waiting:
            if st.button(
                f"Let {as_text(one.name)} begin", key=f"release-{one.id}", help="Without having passed; it is kept."
            ):
                _do(partial(let_begin, opened, reviewer, one.id), f"{one.name} may begin.")


def _marked(opened: OpenedWorkspace, reviewer: Reviewer) -> None:
    marked = marked_clips(opened, reviewer)
    if not marked:
        page_head.dim("No clip is marked for practice yet.")
    asked = opened.workspace.settings.review.practice_clips
    if 0 < len(marked) < asked:
        st.warning(
            f"The study asks for {asked:d} practice clips, and {counted(len(marked), 'is', 'are')} marked; coders answer these."
        )
    titles = {one.name: one.title for one in opened.workspace.settings.taxonomy}
    for one in marked:
        words, away = st.columns([6, 1], vertical_alignment="center")
        words.text(_in_words(one, titles))
        if away.button("Take away", key=f"unmark-{one.id}", width="stretch", help="Answers stay."):
            _do(partial(unmark, opened, reviewer, one.id), f"{one.clip_name} is no practice clip any more.")


def _in_words(one: MarkedClip, titles: dict[str, str]) -> str:
    answered = f"{one.right} of {one.answers} right" if one.answers else "not answered yet"
    if one.known is None:
        return f"{one.clip_name}: known label hidden until you have answered it; {answered}"
    label = titles.get(one.known.known_label, one.known.known_label)
    why = f". {one.known.explanation}" if one.known.explanation else ""
    return f"{one.clip_name}: {label} ({one.known.known_from.value}); {answered}{why}"


def _mark(opened: OpenedWorkspace, reviewer: Reviewer) -> None:
    offered = {one.clip_id: f"{one.clip_name} ({one.known_from.value})" for one in offered_clips(opened)}
    if not offered:
        page_head.dim("No other clip has a gold or adjudicated label and is free.")
        return
    with st.form("mark-practice", border=False, clear_on_submit=True):
        which, why, press = st.columns([4, 5, 2], vertical_alignment="bottom")
        chosen = which.multiselect(
            "Clips",
            list(offered),
            format_func=offered.__getitem__,
            placeholder="Choose one or several",
            key="practice-clips",
            help=f"The first {MOST_OFFERED} that can be marked. Their labels show once they are.",
        )
        explanation = why.text_input(
            "Why the label is right", max_chars=2000, placeholder="optional; shown after the answer"
        )
        pressed = press.form_submit_button("Mark for practice", type="primary", width="stretch", key="mark")
    if pressed:
        if not chosen:
            st.error("Choose a clip first.")
            return
        token = st.session_state.setdefault(_PRESSED, secrets.token_hex(16))
        _do(
            lambda: mark_clips(opened, reviewer, chosen, explanation, token),
            f"Marked for practice: {counted(len(chosen), 'clip', 'clips')}.",
        )


def _do(change: Callable[[], object], told: str) -> None:
    try:
        change()
    except TelltaleError as error:
        st.error(as_text(error))
        return
    st.session_state.pop(_PRESSED, None)
    st.session_state[_TOLD] = told
    st.rerun()
