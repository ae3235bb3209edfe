"""The bulk accept of the Library: preview, reason, accept without viewing, and undo."""

import secrets
from typing import Any

import streamlit as st

from app.components import page_head
from app.components.job_panel import follow_job, is_under_way, newest_job, show_job
from app.components.outside_text import as_text
from app.components.reviewer_choice import current_reviewer
from app.jobs.kinds.bulk_accepts import rule_as_json
from app.jobs.processes import start_job
from app.jobs.undo_bulk_accept import take_back
from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Reader
from app.queries.counted import counted
from app.queries.hidden_answers import keep_told
from app.queries.reviewers import may_lead
from core.errors import InputError, TelltaleError
from core.types.decisions import Reviewer, Seen
from core.types.jobs import JobState
from db import bulk_accepts, reviewers
from db.bulk_accepts import Bulk, BulkPreview, BulkRule

_PRESSED = "bulk-accept"
_LEAST_TOLD = 5


def bulk_accept(opened: OpenedWorkspace, among: frozenset[int] | None, reader: Reader) -> None:
    """An expander, closed at first, because reviewing is better than accepting. `among`: clips selected on the map.

    By label, and how many there are of each, is told to a `reader` alone to whom answers are open before judging.
    """
    with st.expander(
        "Accept pseudo-labels in bulk", icon=":material/done_all:", on_change="rerun", key="bulk-open"
    ) as shown:
        if not shown.open:
            return
        page_head.dim(
            "Takes the labeler's word for clips that nobody has watched. Such labels weigh less in training and give way "
            "to any judgment by looking, and no run is scored by them. Clips with a gold label, practice clips and the "
            "reliability sample are never touched."
        )
        reviewer = current_reviewer(opened)
        with opened.database.read() as connection:
            known = reviewers.all(connection)
            made = bulk_accepts.newest(connection, 5)
        if reviewer is None or (len(known) > 1 and not may_lead(known, reviewer)):
            page_head.dim("Choose who you are in the sidebar; where there are several people, a lead accepts in bulk.")
            return
        _under_way(opened)
        _new(opened, reviewer, among, all_open=reader.all_open)
        _made(opened, made, reviewer, {one.id: one.name for one in known})


def _new(opened: OpenedWorkspace, reviewer: Reviewer, among: frozenset[int] | None, *, all_open: bool) -> None:
    titles = {one.name: one.title for one in opened.workspace.settings.taxonomy}
    if not all_open:
        page_head.dim(
            "By label only where answers are shown before judging: the numbers would tell labels of clips that you have not "
            "judged."
        )
    *for_label, sure, subject, checks = st.columns([3] * all_open + [3, 2, 4], vertical_alignment="bottom")
    rule = BulkRule(
        label=for_label[0].selectbox(
            "Label", list(titles), index=None, placeholder="any", format_func=titles.__getitem__, key="bulk-label"
        )
        if for_label
        else None,
        min_confidence=sure.slider("Least confidence", 0.0, 1.0, 0.9, 0.01, key="bulk-confidence"),
        subject=subject.text_input("Subject", placeholder="any", key="bulk-subject").strip() or None,
        contradicted_too=checks.checkbox("with contradicted claims too"),
        needing_review_too=checks.checkbox("also where the label needs review"),
        among=among,
    )
    with opened.database.read() as connection:
        found = bulk_accepts.preview(connection, rule, reader_id=reviewer.id, all_open=all_open)
    if rule.label is not None or _counts_by_label(found):
        keep_told(opened.database, reviewer, {Seen.RATIONALE: found.told})
    _told(found, titles)
    if not found.accepted:
        return
    with st.form("bulk", border=False):
        reason = st.text_input("Reason", max_chars=2000, placeholder="why these may be taken unviewed")
        if not st.form_submit_button(f"Accept {len(found.accepted):,} unviewed", type="primary"):
            return
    if rule.label is not None:  # the list shows which clips were accepted
        keep_told(opened.database, reviewer, {Seen.RATIONALE: found.accepted.keys()})
    # The token stays the same until the accept has succeeded, so a second press has no effect.
    token = st.session_state.setdefault(_PRESSED, secrets.token_hex(16))
    try:
        if len(found.accepted) > bulk_accepts.MOST_CLIPS:
            asked = {"rule": rule_as_json(rule), "reviewer_id": reviewer.id, "reason": reason, "token": token}
            _start(opened, "bulk accept", asked, reason)
            del st.session_state[_PRESSED]
            st.rerun()
        with opened.database.write() as connection:
            bulk_accepts.accept(
                connection,
                reviewer.id,
                found.accepted,
                reason=reason,
                mode=opened.workspace.settings.review.mode,
                token=token,
            )
    except TelltaleError as error:
        st.error(as_text(error))
        return
    del st.session_state[_PRESSED]
    st.rerun()


def _start(opened: OpenedWorkspace, kind: str, arguments: dict[str, Any], reason: str) -> None:
    """Starts the job. Raises InputError first, for what would make the job fail."""
    if not reason.strip():
        raise InputError("A bulk accept needs a reason, which is kept with every one of its decisions.")
    start_job(opened.workspace, opened.database, kind, arguments)


def _under_way(opened: OpenedWorkspace) -> None:
    """Shows the job of a large bulk accept until it ends, then redraws the page."""
    jobs = [newest_job(opened, kind) for kind in ("bulk accept", "bulk take back")]
    newest = max((job for job in jobs if job is not None), key=lambda job: job.id, default=None)
    if newest is None or newest.state is JobState.SUCCEEDED:
        return
    follow_job(opened, newest.kind, lambda job: show_job(opened, job), under_way=is_under_way(newest))


def _counts_by_label(found: BulkPreview) -> bool:
    """Whether numbers by label are shown; of a few clips they would tell too much."""
    return len(found.accepted) >= _LEAST_TOLD


def _told(found: BulkPreview, titles: dict[str, str]) -> None:
    told = sorted(found.by_label.items()) if _counts_by_label(found) else []
    if not found.accepted and not found.left_out:
        page_head.dim("Nothing is left to accept: every clip that a labeler has answered has been judged or accepted.")
        return
    counts = ", ".join(f"{number:,} {titles.get(name, name)}" for name, number in told)
    would = counted(len(found.accepted), "clip", "clips")
    st.markdown(f"**{as_text(would)} would be accepted**{as_text(f': {counts}' if counts else '')}.")
    if found.left_out:
        page_head.dim(
            "Left out: " + "; ".join(f"{number:,} {why}" for why, number in sorted(found.left_out.items())) + "."
        )


def _made(opened: OpenedWorkspace, made: list[Bulk], reviewer: Reviewer, names: dict[int, str]) -> None:
    for one in made:
        words, back = st.columns([6, 1], vertical_alignment="center")
        state = f"{one.standing:,} not taken back" if one.standing else "all taken back"
        number = counted(one.clips, "clip", "clips")
        words.text(
            f"{one.created_at:%Y-%m-%d %H:%M}  {names[one.reviewer_id]} accepted {number}, {state}: {one.reason}"
        )
        own = one.reviewer_id == reviewer.id and one.standing > 0
        if own and back.button("Take back", key=f"bulk-{one.id}", width="stretch"):
            _take_back(opened, one, reviewer)


def _take_back(opened: OpenedWorkspace, one: Bulk, reviewer: Reviewer) -> None:
    try:
        take_back(opened.workspace, opened.database, one.id, reviewer.id)
    except TelltaleError as error:
        st.error(as_text(error))
        return
    st.rerun()
