"""Disputes between reviewers: the clip is watched, then what others said is read, then it is settled; what was settled."""

from collections.abc import Mapping

import streamlit as st

from app.components import page_head
from app.components.links import open_page
from app.components.outside_text import as_text, escaped
from app.components.watched_video import watched_video
from app.opened_workspace import OpenedWorkspace
from app.queries.adjudication import Answer, Dispute, Settlement, adjudicate, disputes, reveal, settled, take_back
from app.queries.confidence_words import CONFIDENCE_WORDS
from app.queries.reviewers import may_lead
from core.errors import DecisionError
from core.types.decisions import LEAD, Reviewer

_TOLD = "adjudication-told"  # session key: to whom, the sentence on what was just done, and the decision that can be taken back


def adjudication_panel(opened: OpenedWorkspace, known: list[Reviewer], reviewer: Reviewer | None) -> None:
    """The whole panel; only who may adjudicate sees disputes, and others see what was settled of their own clips."""
    st.header("Adjudicate", anchor=False)
    titles = {one.name: one.title for one in opened.workspace.settings.taxonomy}
    if reviewer is None:
        page_head.dim("Choose who you are in the sidebar.")
        return
    past = settled(opened, reviewer)
    _tell(opened, past, reviewer)
    if may_lead(known, reviewer):
        _disputes(opened, reviewer, titles)
    else:
        leads = [one.name for one in known if one.role == LEAD]
        page_head.dim(f"Disputes are settled by {' or '.join(leads)}.")
    _settled(opened, past, reviewer, titles)


def _disputes(opened: OpenedWorkspace, reviewer: Reviewer, titles: Mapping[str, str]) -> None:
    found = {one.clip.id: one for one in disputes(opened, reviewer)}
    if not found:
        page_head.note("No clip on which people differ waits for a decision.")
        return
    page_head.dim(
        "Watch the clip first: what others said pulls the own view towards it, and is shown after that. The label given here "
        "counts before everybody's; the answers stay in the log."
    )
    chosen = st.selectbox(
        f"Disputed clip ({len(found)})",
        list(found),
        format_func=lambda clip_id: f"{found[clip_id].clip.name}: {' and '.join(found[clip_id].people)} differ",
        width=420,
    )
    _dispute(opened, found[chosen], reviewer, titles)


def _dispute(opened: OpenedWorkspace, dispute: Dispute, reviewer: Reviewer, titles: Mapping[str, str]) -> None:
    clip = dispute.clip
    with st.container(border=True):
        left, right = st.columns([4, 5], gap="medium")
        with left:
            if clip.video_path is None:
                page_head.dim("There is no video of this clip; Review draws its key points.")
                watched = False
            else:
                watched = watched_video(opened, clip)
        with right:
            st.markdown(f"**{as_text(clip.name)}**")
            if st.button("Open in Review", key=f"watch-it-{clip.id}", icon=":material/play_circle:"):
                open_page("review", queue="people-differ", clip=str(clip.id))
            if dispute.answers is None:
                _closed(opened, dispute, reviewer, watched=watched)
            else:
                _answers(dispute.answers, titles)
        if dispute.answers is not None:
            _form(opened, dispute, reviewer, titles)


def _closed(opened: OpenedWorkspace, dispute: Dispute, reviewer: Reviewer, *, watched: bool) -> None:
    clip = dispute.clip
    ready = watched or dispute.judged or clip.video_path is None
    page_head.dim(
        "Form your own view; then their answers can be shown. It is kept that you have seen them."
        if ready
        else "What they said is hidden until you have watched the clip, or judged it in Review."
    )
    if st.button("Show their answers", key=f"reveal-{clip.id}", type="primary", disabled=not ready):
        try:
            reveal(opened, reviewer, clip, watched=watched)
        except DecisionError as error:
            st.error(as_text(error))
            return
        st.rerun()


def _answers(answers: tuple[Answer, ...], titles: Mapping[str, str]) -> None:
    page_head.table(
        ["who", "label", "before the reveal", "confidence", "note"],
        [
            [
                one.reviewer,
                titles.get(one.label, one.label),
                titles.get(one.blind_label or "", "—"),
                CONFIDENCE_WORDS.get(one.rater_confidence or 0, "—"),
                one.note or "—",
            ]
            for one in answers
        ],
        words=True,
    )


def _form(opened: OpenedWorkspace, dispute: Dispute, reviewer: Reviewer, titles: Mapping[str, str]) -> None:
    with st.form(f"adjudicate-{dispute.clip.id}", border=False):
        labels, why, settle = st.columns([4, 5, 1.4], vertical_alignment="bottom")
        label = labels.radio(
            "Label", list(titles), format_func=lambda name: as_text(titles[name]), horizontal=True, index=None
        )
        note = why.text_input("Why", max_chars=2000)
        pressed = settle.form_submit_button("Settle", type="primary", width="stretch")
    if not pressed:
        return
    if label is None:
        st.error("Choose a label first.")
        return
    try:
        made = adjudicate(opened, reviewer, dispute.clip, label, note)
    except DecisionError as error:
        st.error(as_text(error))
        return
    st.session_state[_TOLD] = (reviewer.id, f"{made.clip.name}: {made.sentence(titles)}", made.decision_id)
    st.rerun()


def _tell(opened: OpenedWorkspace, past: list[Settlement], reviewer: Reviewer) -> None:
    """What was just done stays on the page until the next settling, with the step back beside it."""
    told_to, sentence, decision_id = st.session_state.get(_TOLD, (None, "", None))
    if told_to != reviewer.id:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        page_head.note(sentence)
        one = next((one for one in past if one.decision_id == decision_id and one.own), None)
        if one is not None and st.button("Take it back", key="take-back-last", icon=":material/undo:"):
            _take_back(opened, reviewer, one)


def _settled(opened: OpenedWorkspace, past: list[Settlement], reviewer: Reviewer, titles: Mapping[str, str]) -> None:
    if not past:
        return
    st.markdown(f"**Settled so far ({len(past):,})**")
    for one in past:
        with st.container(horizontal=True, vertical_alignment="center", key=f"settled-{one.decision_id}"):
            why = f" “{escaped(one.note)}”" if one.note else ""
            st.html(
                f'<div class="tt-settled"><a href="/review?clip={one.clip.id}" target="_self">{escaped(one.clip.name)}</a> '
                f'{escaped(one.sentence(titles))}{why} <span class="tt-when">{one.at:%Y-%m-%d %H:%M}</span></div>'
            )
            if one.own and st.button("Take back", key=f"take-back-{one.decision_id}", icon=":material/undo:"):
                _take_back(opened, reviewer, one)


def _take_back(opened: OpenedWorkspace, reviewer: Reviewer, one: Settlement) -> None:
    try:
        take_back(opened, reviewer, one)
    except DecisionError as error:
        st.error(as_text(error))
        return
    st.session_state[_TOLD] = (reviewer.id, f"{one.clip.name}: taken back; it is open to be settled again.", None)
    st.rerun()
