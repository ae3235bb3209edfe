"""The Library: all clips, with filters, and the details of the chosen one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.components import page_head
from app.components.bulk_accept_panel import bulk_accept
from app.components.embedding_map_panel import embedding_map
from app.components.library_filters import library_filters
from app.components.links import open_page
from app.components.outside_text import as_text, escaped
from app.components.reviewer_choice import current_reviewer
from app.components.spoiler_switch import is_spoiled
from app.components.thumbnails import thumbnail_url
from app.jobs.processes import start_job
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.calibrated_scores import score_of_answer
from app.queries.clip_filters import Filters, Reader, totals
from app.queries.counted import counted
from app.queries.detected_people import people_of_clip
from app.queries.hidden_answers import Blindness, blindness, keep_told, seen_in
from app.queries.hidden_reasons import hidden_reasons
from app.queries.library import ClipDetail, ClipRow, detail_of_clip, in_words, page_of_clips
from app.queries.saved_filters import SavedFilter
from app.queries.selected_run import selection
from app.queries.telling_filters import keep_told_by_filters
from core.taxonomy import Taxonomy
from core.types.clips import Clip, Split
from core.types.cues import CueMeasurement
from core.types.decisions import Reviewer, Seen
from core.types.features import FeatureKind
from core.types.pseudo_labels import Claim
from db import interviewees, workspace_counts

if TYPE_CHECKING:
    import pandas as pd

# Fits the width of a laptop with full labels.
_WIDTHS_PX = {
    **{"clip": 64, "subject": 52, "state": 70, "label": 96, "by": 56, "pseudo-label": 96, "run says": 96},
    **{"split": 42, "length": 54},
}
_SHOWN = "library-filters"  # session key: the filters that the stack of pages belongs to
_STACK = "library-pages"  # session key: for each page before this one, the id after which it began


def show() -> None:
    opened = opened_workspace()
    with opened.database.read() as connection:
        simulated = workspace_counts.any_simulated(connection)
    page_head.head("Library", "Every clip and what is known of it", simulated=simulated)
    reviewer = current_reviewer(opened)
    filters, reader, saved = library_filters(opened, reviewer, _rewind)
    if st.session_state.get(_SHOWN, filters) != filters:
        _rewind()
    st.session_state[_SHOWN] = filters
    stack: list[int] = st.session_state.setdefault(_STACK, [0])
    embedding_map(opened, reviewer, spoil=is_spoiled())
    bulk_accept(opened, None if filters.among is None else frozenset(filters.among), reader)
    rows, following = page_of_clips(opened, filters, stack[-1], reader=reader)
    keep_told_by_filters(opened, filters, reader, reviewer, [row.clip.id for row in rows])
    _totals(opened, filters, reader, saved)
    if not rows:
        if filters == Filters():
            page_head.empty(
                "No clip yet", "Import a folder of videos.", f"telltale import DIR --workspace {opened.workspace.root}"
            )
        else:
            page_head.empty(
                "No clip fits these filters",
                "Widen or clear them. Searches want every word; the last one may be a beginning.",
            )
        return
    blind = blindness(opened, [row.clip for row in rows], reviewer, spoil=is_spoiled())
    frame = _frame(opened, rows, blind)
    keep_told(opened.database, reviewer, blind.told)
    left, right = st.columns([8, 3], gap="medium")
    with left:
        chosen = _table(frame, rows)
        _pager(stack, following, rows)
    with right:
        _detail(opened, detail_of_clip(opened, chosen), reviewer, chosen.clip.id in blind.hidden)


def _totals(opened: OpenedWorkspace, filters: Filters, reader: Reader, saved: SavedFilter | None) -> None:
    """How many clips are listed, and why some of what is known of them is not."""
    numbers = totals(opened, filters, reader)
    if not numbers.clips:
        return
    selected = selection(opened.database, opened.workspace.settings.taxonomy.names)
    left_out = saved is not None and saved.label is not None and filters.label is None
    told = hidden_reasons(numbers.found, filters, reader, selected=selected, left_out=left_out)
    reasons = f'<p class="tt-dim">{escaped(" ".join(told))}</p>' if told else ""
    st.html(f'<div class="tt-totals"><p>{escaped(numbers.sentence(_titles(opened)))}</p>{reasons}</div>')


def _titles(opened: OpenedWorkspace) -> dict[str, str]:
    return {label.name: label.title for label in opened.workspace.settings.taxonomy}


def _rewind() -> None:
    st.session_state[_STACK] = [0]


def _frame(opened: OpenedWorkspace, rows: list[ClipRow], blind: Blindness) -> "pd.DataFrame":
    import pandas as pd

    titles = _titles(opened)

    def told(row: ClipRow, label: str | None, seen: Seen) -> str:
        return blind.text(row.clip.id, titles[label], seen) if label else "—"

    def current(row: ClipRow) -> str:
        if row.current is None:
            return "—"
        if row.current.disputed:
            return blind.text(row.clip.id, "disputed", Seen.ANSWERS)
        return told(row, row.current.label, seen_in(row.current.source))

    return pd.DataFrame(
        {
            "frame": [thumbnail_url(opened, row.clip) for row in rows],
            "clip": [row.clip.name for row in rows],
            "subject": [row.clip.subject for row in rows],
            "state": [row.clip.state.value for row in rows],
            "label": [current(row) for row in rows],
            "by": [row.current.source.value if row.current else "—" for row in rows],
            "pseudo-label": [
                told(row, row.pseudo.answer.label if row.pseudo else None, Seen.RATIONALE) for row in rows
            ],
            "run says": [told(row, row.predicted.label if row.predicted else None, Seen.RUN) for row in rows],
            "split": [row.clip.split.value for row in rows],
            "length": [f"{row.clip.duration_s:.1f} s" for row in rows],
        }
    )


def _table(frame: "pd.DataFrame", rows: list[ClipRow]) -> ClipRow:
    event = st.dataframe(
        frame,
        hide_index=True,
        height=min(640, 40 + 44 * len(rows)),
        row_height=44,
        on_select="rerun",
        selection_mode="single-row",
        key=f"library-table-{rows[0].clip.id}",
        column_config={
            "frame": st.column_config.ImageColumn(width=48),
            **{name: st.column_config.TextColumn(width=width) for name, width in _WIDTHS_PX.items()},
        },
    )
    picked = event["selection"]["rows"]
    return rows[picked[0] if picked and picked[0] < len(rows) else 0]


def _pager(stack: list[int], following: int | None, rows: list[ClipRow]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Previous", disabled=len(stack) == 1, icon=":material/chevron_left:"):
            stack.pop()
            st.rerun()
        if st.button("Next", disabled=following is None, icon=":material/chevron_right:"):
            stack.append(following or 0)
            st.rerun()
        page_head.dim(f"Page {len(stack)}, {len(rows)} {'clip' if len(rows) == 1 else 'clips'}")


def _detail(opened: OpenedWorkspace, detail: ClipDetail, reviewer: Reviewer | None, hidden: bool) -> None:
    row, taxonomy = detail.row, opened.workspace.settings.taxonomy
    clip = row.clip
    if reviewer and not hidden and any(row.reviewer_id != reviewer.id for row, _ in detail.history):
        keep_told(opened.database, reviewer, {Seen.ANSWERS: [clip.id]})
    st.header(as_text(clip.name), anchor=False)
    url = thumbnail_url(opened, clip)
    if url:
        kind = "tt-thumb" if clip.video_path else "tt-thumb tt-whole"
        st.html(f'<img class="{kind}" src="{escaped(url)}" alt="A frame of {escaped(clip.name)}">')
    if st.button("Open in Review", type="primary", width="stretch", icon=":material/play_circle:"):
        open_page("review", clip=str(clip.id))
    if hidden:
        page_head.dim(_why_hidden(clip, reviewer))
    else:
        _labels(opened, row, taxonomy)
    if not hidden and row.current and row.current.conflict:
        st.warning(as_text(f"The reviewer says {row.current.label}, the import's gold label {clip.gold_label}."))
    page_head.facts(
        {
            "Subject": clip.subject,
            "Video": f"{_picture_in_words(clip)}, {clip.duration_s:.1f} s",
            "Frames": f"{clip.frame_count:,} at {float(clip.frame_rate):.4g} a second",
            "Split": f"{clip.split.value}{', reliability sample (always judged blind)' if clip.reliability_sample else ''}",
            "Cues": _cues_in_words(detail.cues),
            "Claims": _claims_in_words(detail.claims),
            "Origin": "simulated" if clip.simulated else "imported",
        }
    )
    _features(detail)
    _people(opened, clip)
    if hidden:
        return
    st.markdown("**Decisions**")
    if not detail.history:
        page_head.dim("Nobody has judged this clip yet.")
        return
    taxonomy = opened.workspace.settings.taxonomy
    items = "".join(
        f"<li>{escaped(who)} {escaped(in_words(decision, taxonomy))}"
        f'<div class="tt-when">{decision.created_at:%Y-%m-%d %H:%M}'
        f"{', ' + escaped(decision.note) if decision.note else ''}</div></li>"
        for decision, who in detail.history
    )
    st.html(f'<ul class="tt-history">{items}</ul>')


def _picture_in_words(clip: Clip) -> str:
    return f"{clip.width_px} × {clip.height_px}" if clip.video_path else "none, key points alone"


def _cues_in_words(measured: CueMeasurement | None) -> str:
    if measured is None:
        return "not measured yet"
    why = measured.not_measurable
    return f"none can be measured: {why}" if why else f"{len(measured.cues)} measured"


def _claims_in_words(claims: Sequence[Claim]) -> str:
    return f"{len(claims)}, of which {sum(one.kept for one in claims)} kept by reflection" if claims else "none"


def _why_hidden(clip: Clip, reviewer: Reviewer | None) -> str:
    if clip.reliability_sample:
        return "Of the reliability sample: its labels stay hidden here, so that nobody meets them before judging."
    if reviewer is None:
        return "Its labels are hidden until you choose who you are in the sidebar."
    if clip.split is Split.TEST:
        return "Of the test split: its label is hidden, because nobody judges it and runs are scored on it."
    return "Its labels are hidden until you have judged it."


def _features(detail: ClipDetail) -> None:
    st.markdown("**Features**")
    page_head.facts(
        {
            title: f"{record.producer.name}, {record.created_at:%Y-%m-%d %H:%M}" if record else "none yet"
            for title, record in ((kind.value.capitalize(), detail.features.get(kind)) for kind in FeatureKind)
        }
    )


def _people(opened: OpenedWorkspace, clip: Clip) -> None:
    """The choice of the interviewee among the detected people, where there is more than one."""
    found = people_of_clip(opened, clip)
    if found is None or (len(found.people) < 2 and not found.picked):
        return
    st.markdown("**Who is interviewed**")
    for number, person in enumerate(found.people):
        with st.container(horizontal=True, vertical_alignment="center", key=f"person-{clip.id}-{number}"):
            st.html(f'<img class="tt-person" src="{person.portrait}" alt="Person {number + 1}">', width=76)
            with st.container():
                page_head.dim(person.words)
                settled = person.picked or (person.chosen and not found.picked)
                label = "Taken as the interviewee" if settled else "This is the interviewee"
                if st.button(label, key=f"pick-{clip.id}-{number}", disabled=settled):
                    with opened.database.write() as connection:
                        interviewees.pick(connection, clip.id, person.point)
                    st.rerun()
    with st.container(horizontal=True):
        if found.picked and st.button(
            "Leave it to the rule", help="Who is in view longest and largest, or has the key points"
        ):
            with opened.database.write() as connection:
                interviewees.forget(connection, clip.id)
            st.rerun()
        if found.stale and st.button("Perceive this clip again", type="primary"):
            start_job(opened.workspace, opened.database, "perceive", {"clip_ids": [clip.id]})
            st.toast("Its boxes and portraits are being made again.")
    if found.stale:
        page_head.dim("The choice changed since this clip was perceived.")
    if found.answers_on_others:
        made = counted(found.answers_on_others, "pseudo-label was", "pseudo-labels were")
        page_head.dim(f"{made} made on another person. Label again with --other-person, or on Pseudo-labels.")


def _labels(opened: OpenedWorkspace, row: ClipRow, taxonomy: Taxonomy) -> None:
    current = page_head.label_chip(row.current.label if row.current else None, taxonomy)
    pseudo = page_head.label_chip(row.pseudo.answer.label if row.pseudo else None, taxonomy)
    predicted = page_head.label_chip(row.predicted.label if row.predicted else None, taxonomy)
    by = f" {row.current.source.value}" if row.current else ""
    if row.current and row.current.disputed:
        current, by = "disputed", f", the newest answer is {current}"
    said = (
        f" {escaped(row.pseudo.labeler.name)}, {score_of_answer(opened.database, row.pseudo).sentence}"
        if row.pseudo
        else ""
    )
    sure = f" {max(row.predicted.probabilities):.0%}" if row.predicted else ""
    st.html(
        f'<dl class="tt-facts"><dt>Label</dt><dd>{current}{by}</dd><dt>Pseudo-label</dt><dd>{pseudo}{said}</dd>'
        f"<dt>Run says</dt><dd>{predicted}{sure}</dd></dl>"
    )


show()
