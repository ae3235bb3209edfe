"""The two charts of the Overview as plain HTML: the first page needs no chart library, which is most of what a browser
loads and runs for one. All values are escaped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from app.components.outside_text import escaped
from app.components.page_head import label_chip
from app.queries.frequent_labels import frequent_labels
from app.queries.plotted_values import Interval
from core.taxonomy import Taxonomy
from core.types.clips import LabelSource

_OTHERS = "#7a8583"
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of each bar: one label, or the rare ones together."""

    title: str
    color: str
    names: tuple[str, ...]


def label_bars(counts: Mapping[tuple[str, LabelSource], int], taxonomy: Taxonomy) -> None:
    """One bar for each source of labels, divided by label; `counts` maps (label, source) to clips."""
    sources = [source for source in LabelSource if any(owner == source for _, owner in counts)]
    widest = max(sum(n for (_, owner), n in counts.items() if owner == source) for source in sources)
    of_label = {label.name: sum(counts.get((label.name, source), 0) for source in sources) for label in taxonomy}
    shown, others = frequent_labels(taxonomy, of_label)
    parts = [_Part(label.title, label.color, (label.name,)) for label in shown]
    if others:
        parts.append(_Part(f"{len(others):,} other labels", _OTHERS, tuple(label.name for label in others)))
    rows = "".join(_bar(source, counts, parts, widest) for source in sources)
    legend = " ".join(label_chip(label.name, taxonomy) for label in shown)
    if others:
        legend += f' <span class="tt-dim">and {len(others):,} more labels</span>'
    st.html(f'<div class="tt-legend">{legend}</div><div class="tt-bars">{rows}</div>')


def interval_rows(rows: Sequence[Interval], *, title: str, chance: float | None, best: float | None) -> None:
    """A forest plot: values 0..1 with intervals, in figures too, and lines for chance and the best possible value."""
    lines = [(name, value) for name, value in (("chance", chance), ("best", best)) if value is not None]
    marks = "".join(f'<i class="tt-{name}" style="left:{value:.2%}"></i>' for name, value in lines)
    drawn = "".join(_interval(row, marks) for row in rows)
    ticks = "".join(f'<span style="left:{tick:.0%}">{tick:g}</span>' for tick in _TICKS)
    named = {"chance": "chance", "best": "best possible"}
    said = " ".join(f'<span class="tt-line tt-{name}">{named[name]} {value:.2f}</span>' for name, value in lines)
    st.html(
        f'<div class="tt-forest">{drawn}'
        f'<div></div><div class="tt-ticks">{ticks}</div><div></div></div>'
        f'<div class="tt-legend tt-dim"><span>{escaped(title)}</span>{said}</div>'
    )


def _bar(
    source: LabelSource, counts: Mapping[tuple[str, LabelSource], int], parts: Sequence[_Part], widest: int
) -> str:
    cells = "".join(
        f'<span class="tt-hatch-{number}" style="--chip:{part.color};width:{n / widest:.2%}"'
        f' title="{escaped(f"{n} {part.title}")}"><b>{n:,}</b></span>'
        for number, part in enumerate(parts)
        if (n := sum(counts.get((name, source), 0) for name in part.names))
    )
    return f'<div class="tt-bar-name">{escaped(source.value.capitalize())}</div><div class="tt-bar">{cells}</div>'


def _interval(row: Interval, marks: str) -> str:
    kind = " tt-emphasized" if row.emphasized else ""
    figures = f"{row.value:.2f} <small>[{row.low:.2f}, {row.high:.2f}]</small>"
    return (
        f'<div class="tt-name{kind}">{escaped(row.name)}</div>'
        f'<div class="tt-track">{marks}<u style="left:{row.low:.2%};width:{row.high - row.low:.2%}"></u>'
        f'<em class="{kind.strip()}" style="left:{row.value:.2%}"></em></div><div class="tt-figures{kind}">{figures}</div>'
    )
