"""The embedding map of the Library: color it, select clips with the lasso, then list, review or accept them."""

from datetime import UTC, datetime
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from app.charts.figures import plain
from app.charts.palette import FONT
from app.components import page_head
from app.components.job_panel import follow_job, is_under_way, newest_job, show_job
from app.components.links import open_page
from app.components.outside_text import as_text
from app.components.theme import palette
from app.jobs.processes import start_job
from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Filters
from app.queries.embedding_map import COLORINGS, NO_LABEL, ShownMap, shown_map
from app.queries.hidden_answers import HIDDEN
from app.queries.saved_filters import save
from core.errors import InputError, TelltaleError
from core.taxonomy import Taxonomy
from core.types.decisions import Reviewer
from core.types.features import FeatureKind

_CHART = "library-map"
_TITLES = {FeatureKind.IMAGE: "image", FeatureKind.KEYPOINTS: "pose (key points)", FeatureKind.TEXT: "text"}
_COLORS = ("#1B7F79", "#C4512D", "#2F6690", "#A87B1E", "#7A4E8A", "#4C8C4A", "#B5477A", "#5B6C9E", "#8A6D5A")
_QUIET = {HIDDEN: "#8FA09D", NO_LABEL: "#B9C4C2", "other subjects": "#B9C4C2"}
_HEIGHT_PX = 420


def picked() -> tuple[int, ...] | None:
    """The ids of the clips in the current lasso or box selection; None without a selection."""
    event: Any = st.session_state.get(_CHART)
    if not event:
        return None
    ids = {int(point["customdata"][0]) for point in event["selection"]["points"]}
    return tuple(sorted(ids)) or None


def embedding_map(opened: OpenedWorkspace, reviewer: Reviewer | None, *, spoil: bool) -> None:
    """An expander, closed at first; the selection lasts while it is open."""
    with st.expander("Map of embeddings", icon=":material/scatter_plot:", on_change="rerun", key="map-open") as shown:
        if not shown.open:
            return
        left, right, make = st.columns([3, 3, 2], vertical_alignment="bottom")
        kind = left.selectbox("Features", list(_TITLES), format_func=_TITLES.__getitem__, key="map-kind")
        by = right.selectbox("Color", COLORINGS, key="map-color")
        job = newest_job(opened, "map")
        found = shown_map(opened, kind, by, reviewer, spoil=spoil)
        word = "Make the map" if found is None else "Make it anew"
        if make.button(word, disabled=is_under_way(job), width="stretch", type="secondary" if found else "primary"):
            try:
                start_job(opened.workspace, opened.database, "map", {"kind": kind.value})
            except TelltaleError as error:
                st.error(as_text(error))
            else:
                st.rerun()
        if job is not None and (is_under_way(job) or found is None):
            follow_job(opened, "map", lambda newest: show_job(opened, newest), under_way=is_under_way(job))
        if found is None:
            page_head.dim(
                f"There is no map of {_TITLES[kind]} features yet. Making one takes a job of seconds to a few minutes; "
                "clips get their features by telltale perceive."
            )
            return
        _chart(found, opened.workspace.settings.taxonomy)
        _selection(opened, reviewer)


def _chart(found: ShownMap, taxonomy: Taxonomy) -> None:
    titles = {label.name: label.title for label in taxonomy}
    own = {label.name: label.color for label in taxonomy} | _QUIET
    colors = palette()
    figure = go.Figure(
        layout={
            "dragmode": "lasso",
            "height": _HEIGHT_PX,
            "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(127,127,127,0.06)",
            "font": {"family": FONT, "size": 12, "color": colors.ink},
            "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "font": {"color": colors.ink}},
            "newselection": {"line": {"color": colors.ink}},
            "showlegend": True,
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": colors.muted, "activecolor": colors.ink},
            "xaxis": {"visible": False},
            "yaxis": {"visible": False},
        }
    )
    for number, group in enumerate(sorted({point.group for point in found.points})):
        points = [point for point in found.points if point.group == group]
        figure.add_scatter(
            x=[point.x for point in points],
            y=[point.y for point in points],
            customdata=[(point.clip_id,) for point in points],
            text=[f"{plain(point.name)}, {plain(point.subject)}" for point in points],
            name=plain(titles.get(group, group)),
            mode="markers",
            marker={
                "size": 9 if len(found.points) < 500 else 6,
                "color": own.get(group, _COLORS[number % len(_COLORS)]),
                "symbol": number % 8,  # distinguishes groups without color
                "line": {"color": colors.paper, "width": 0.7},
            },
            hovertemplate="%{text}<extra>%{fullData.name}</extra>",
        )
    shown = {
        "displayModeBar": True,
        "responsive": True,
        "displaylogo": False,
        "modeBarButtons": [["lasso2d", "select2d", "pan2d", "resetScale2d"]],
    }
    st.plotly_chart(
        figure,
        theme=None,
        config=shown,
        key=_CHART,
        on_select="rerun",
        selection_mode=("box", "lasso"),
    )
    made, drawn = found.made, len(found.points)
    lot = f", {drawn:,} of {made.of:,} drawn by lot" if made.of > drawn + len(made.left_out) else ""
    page_head.dim(
        f"{made.method}; features of {made.producer}{lot}; made {made.made_at:%Y-%m-%d %H:%M}. Near means alike; "
        "axes and far distances mean nothing."
    )
    if made.left_out:
        st.warning(f"{len(made.left_out):,} clips are missing from the map. The first: {as_text(made.left_out[0])}")
    if found.newer:
        page_head.dim(f"{found.newer:,} clips have got such features since; make it anew to see them.")


def _selection(opened: OpenedWorkspace, reviewer: Reviewer | None) -> None:
    ids = picked()
    if ids is None:
        page_head.dim("Draw round some clips: the list below, bulk accept and Review then take just these.")
        return
    st.markdown(
        f"**{len(ids):,} {'clip' if len(ids) == 1 else 'clips'} picked out**: the list and bulk accept below take just these."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Save the selection as",
            value=f"Map {datetime.now(UTC):%Y-%m-%d %H.%M}",
            key="map-name",
            max_chars=80,
            width=220,
        )
        if st.button("Review these", icon=":material/play_circle:", type="primary", key="map-review"):
            try:
                kept = save(opened.workspace, name, Filters(among=ids), reviewer.name if reviewer else "")
            except InputError as error:
                st.error(as_text(error))
                return
            open_page("review", queue=kept.queue)
