"""Chart of the claims of several labelers on one time axis."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import plotly.graph_objects as go

from app.charts.figures import empty_figure, plain
from app.charts.palette import Palette

_LETTER = 0.0068  # width of a letter as a share of the timeline's width


@dataclass(frozen=True, slots=True)
class Span:
    """A bar from `start_s` to `end_s` in a lane; `hollow` for a claim that reflection dropped. Texts are plain text."""

    lane: int
    start_s: float
    end_s: float
    title: str
    text: str
    color: str
    hollow: bool = False


def claim_timeline(lanes: Sequence[str], spans: Sequence[Span], duration_s: float, *, palette: Palette) -> go.Figure:
    """One lane per labeler with its claims as bars; overlapping bars are put on separate lines."""
    lines, tops = _lines(spans, len(lanes), duration_s)
    figure = empty_figure(
        palette,
        height_px=70 + 26 * tops[-1],
        top_px=8,
        x_axis={"title": "seconds", "range": [-0.01 * duration_s, duration_s * 1.01]},
        y_axis={
            "tickvals": [(low + high - 1) / 2 for low, high in pairwise(tops)],
            "ticktext": ["<br>".join(textwrap.wrap(plain(name), 22)) for name in lanes],
            "range": [tops[-1] - 0.4, -0.6],
            "showgrid": False,
            "ticksuffix": "  ",
        },
        barmode="overlay",
    )
    shortest_s = duration_s * 0.004  # so that a very short span is visible
    for hollow in (False, True):
        own = [(span, line) for span, line in zip(spans, lines, strict=True) if span.hollow is hollow]
        figure.add_bar(
            y=[line for _, line in own],
            base=[span.start_s for span, _ in own],
            x=[max(shortest_s, span.end_s - span.start_s) for span, _ in own],
            orientation="h",
            width=0.62,
            marker={
                "color": [palette.paper if hollow else span.color for span, _ in own],
                "line": {"color": [span.color for span, _ in own], "width": 1.5},
                "pattern": {"shape": "/" if hollow else "", "fgcolor": [span.color for span, _ in own], "size": 5},
            },
            customdata=[_folded(span.text) for span, _ in own],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    for side in ("right", "left"):
        own = [
            (span, line)
            for span, line in zip(spans, lines, strict=True)
            if (side == "left") is _written_left(span, duration_s)
        ]
        figure.add_scatter(
            x=[max(span.end_s, span.start_s + shortest_s) if side == "right" else span.start_s for span, _ in own],
            y=[line for _, line in own],
            mode="text",
            text=[f" {plain(span.title)} " for span, _ in own],
            textposition=f"middle {side}",
            textfont={"size": 11, "color": [palette.muted if span.hollow else palette.ink for span, _ in own]},
            hoverinfo="skip",
            showlegend=False,
        )
    for top in tops[1:-1]:
        figure.add_hline(y=top - 0.5, line={"color": palette.grid, "width": 1})
    return figure


def _lines(spans: Sequence[Span], lanes: int, duration_s: float) -> tuple[list[int], list[int]]:
    """(line of each span, first line of each lane and, last, the total number of lines)."""
    found = [0] * len(spans)
    tops = [0]
    for lane in range(lanes):
        ends: list[float] = []
        for number, span in sorted(enumerate(spans), key=lambda pair: pair[1].start_s):
            if span.lane != lane:
                continue
            letters_s = (len(span.title) + 2) * _LETTER * duration_s
            left = _written_left(span, duration_s)
            begin, end = (span.start_s - letters_s, span.end_s) if left else (span.start_s, span.end_s + letters_s)
            line = next((line for line, taken in enumerate(ends) if taken <= begin), len(ends))
            ends[line : line + 1] = [end]
            found[number] = tops[-1] + line
        tops.append(tops[-1] + max(1, len(ends)))
    return found, tops


def _written_left(span: Span, duration_s: float) -> bool:
    """Whether the title is written to the left of the bar, because on the right it would run out of the chart."""
    return span.end_s + (len(span.title) + 2) * _LETTER * duration_s > duration_s


def _folded(text: str) -> str:
    return "<br>".join(plain(line) for part in text.splitlines() for line in textwrap.wrap(part, 64) or [""])
