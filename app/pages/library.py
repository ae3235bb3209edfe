"""Every clip: filters, a page of rows, and all that is known of the chosen one."""

import html

import streamlit as st

from app.facts.library import ClipDetail, ClipRow, Filters, detail_of_clip, page_of_clips, told
from app.screen import page
from app.screen.links import open_page
from app.screen.thumbnails import thumbnail_url
from app.services import Services, services
from core.records import ClipState, LabelSource, Split
from db import overview

_STACK = "library-pages"  # ids after which the pages before this one began


def show() -> None:
    opened = services()
    with opened.database.read() as connection:
        simulated = overview.any_simulated(connection)
    page.head("Library", "Every clip and what is known of it", simulated=simulated)
    filters = _filters(opened)
    stack: list[int] = st.session_state.setdefault(_STACK, [0])
    rows, following = page_of_clips(opened, filters, stack[-1])
    if not rows:
        if filters == Filters():
            page.empty(
                "No clip yet", "Import a folder of videos.", f"telltale import DIR --workspace {opened.workspace.root}"
            )
        else:
            page.empty("No clip fits these filters", "Widen or clear them.")
        return
    left, right = st.columns([8, 3], gap="medium")
    with left:
        chosen = _table(opened, rows)
        _pager(stack, following, rows)
    with right:
        _detail(opened, detail_of_clip(opened, chosen))


def _filters(opened: Services) -> Filters:
    taxonomy = opened.workspace.settings.taxonomy
    titles = {label.name: label.title for label in taxonomy}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            "Search", placeholder="name, transcript or rationale", key="library-search", width=260, on_change=_rewind
        )
        state = st.selectbox(
            "State",
            list(ClipState),
            index=None,
            placeholder="any",
            on_change=_rewind,
            width=130,
            key="library-state",
            format_func=str,
        )
        label = st.selectbox(
            "Label",
            list(titles),
            index=None,
            placeholder="any",
            on_change=_rewind,
            width=170,
            key="library-label",
            format_func=titles.__getitem__,
        )
        source = st.selectbox(
            "Source",
            list(LabelSource),
            index=None,
            placeholder="any",
            on_change=_rewind,
            width=140,
            key="library-source",
            format_func=str,
        )
        split = st.selectbox(
            "Split",
            list(Split),
            index=None,
            placeholder="any",
            on_change=_rewind,
            width=110,
            key="library-split",
            format_func=str,
        )
        subject = st.text_input("Subject", placeholder="exact", key="library-subject", width=120, on_change=_rewind)
    return Filters(
        state=state,
        label=label,
        source=source,
        split=split,
        subject=subject.strip() or None,
        search=search.strip() or None,
    )


def _rewind() -> None:
    st.session_state[_STACK] = [0]


def _table(opened: Services, rows: list[ClipRow]) -> ClipRow:
    import pandas as pd

    taxonomy = opened.workspace.settings.taxonomy
    title = {label.name: label.title for label in taxonomy}
    frame = pd.DataFrame(
        {
            "": [thumbnail_url(opened, row.clip) for row in rows],
            "clip": [row.clip.name for row in rows],
            "subject": [row.clip.subject for row in rows],
            "state": [row.clip.state.value for row in rows],
            "label": [title.get(row.current.label) if row.current else None for row in rows],
            "by": [row.current.source.value if row.current else None for row in rows],
            "pseudo-label": [title.get(row.pseudo.answer.label) if row.pseudo else None for row in rows],
            "run says": [title.get(row.predicted.label) if row.predicted else None for row in rows],
            "split": [row.clip.split.value for row in rows],
            "length": [f"{row.clip.duration_s:.1f} s" for row in rows],
        }
    )
    event = st.dataframe(
        frame,
        hide_index=True,
        height=min(640, 40 + 44 * len(rows)),
        row_height=44,
        on_select="rerun",
        selection_mode="single-row",
        key=f"library-table-{rows[0].clip.id}",
        column_config={"": st.column_config.ImageColumn(width=56)},
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
        page.dim(f"Page {len(stack)}, {len(rows)} clips")


def _detail(opened: Services, detail: ClipDetail) -> None:
    row, taxonomy = detail.row, opened.workspace.settings.taxonomy
    clip = row.clip
    st.subheader(clip.name, anchor=False)
    url = thumbnail_url(opened, clip)
    if url:
        st.html(f'<img class="tt-thumb" src="{html.escape(url)}" alt="A frame of {html.escape(clip.name)}">')
    if st.button("Open in Review", type="primary", width="stretch", icon=":material/play_circle:"):
        open_page("review", clip=str(clip.id))
    current = page.label_chip(row.current.label if row.current else None, taxonomy)
    pseudo = page.label_chip(row.pseudo.answer.label if row.pseudo else None, taxonomy)
    predicted = page.label_chip(row.predicted.label if row.predicted else None, taxonomy)
    by = f" by {row.current.source.value}" if row.current else ""
    said = f" {row.pseudo.answer.confidence:.0%} sure ({html.escape(row.pseudo.labeler.name)})" if row.pseudo else ""
    sure = f" {max(row.predicted.probabilities):.0%} sure" if row.predicted else ""
    st.html(
        f'<dl class="tt-facts"><dt>Label</dt><dd>{current}{by}</dd><dt>Pseudo-label</dt><dd>{pseudo}{said}</dd>'
        f"<dt>Run says</dt><dd>{predicted}{sure}</dd></dl>"
    )
    if row.current and row.current.conflict:
        st.warning(f"The reviewer says {row.current.label}, the import's gold label {clip.gold_label}.")
    page.facts(
        {
            "Subject": clip.subject,
            "Video": f"{clip.width_px} × {clip.height_px}, {clip.duration_s:.1f} s",
            "Frames": f"{clip.frame_count:,} at {float(clip.frame_rate):.4g} a second",
            "Split": f"{clip.split.value}{', audit slice (always judged blind)' if clip.audit else ''}",
            "Features": ", ".join(f"{kind} ({record.producer.name})" for kind, record in detail.features.items())
            or "none",
            "Cues": f"{len(detail.cues.cues)} measured" if detail.cues else "not measured yet",
            "Claims": f"{len(detail.claims)}, of which {sum(claim.kept for claim in detail.claims)} kept by reflection",
            "Origin": "simulated" if clip.simulated else "imported",
        }
    )
    st.markdown("**Decisions**")
    if not detail.history:
        page.dim("Nobody has judged this clip yet.")
        return
    items = "".join(
        f'<li>{html.escape(who)} {html.escape(told(decision))}<div class="tt-when">{decision.created_at:%Y-%m-%d %H:%M}'
        f"{', ' + html.escape(decision.note) if decision.note else ''}</div></li>"
        for decision, who in detail.history
    )
    st.html(f'<ul class="tt-history">{items}</ul>')


show()
