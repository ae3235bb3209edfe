"""Charts of how many pseudo-labels have each label, in the taxonomy's colors."""

from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise
from typing import Any

import plotly.graph_objects as go

from app.charts.figures import empty_figure, hatched, legend_above
from app.charts.palette import Palette
from core.taxonomy import Taxonomy

_HATCHES = ("", "/", ".", "x", "-", "|", "+", "\\", "/")  # beside the colors, for eyes that tell few of them
_FEW = 8  # up to this count the axis has a tick at every whole number


def confidence_histogram(
    counts: Mapping[str, Sequence[int]], edges: Sequence[float], taxonomy: Taxonomy, *, palette: Palette
) -> go.Figure:
    """Pseudo-labels by confidence; `counts` maps a label to the number in each bin between `edges`."""
    highest = max((sum(bin_) for bin_ in zip(*counts.values(), strict=True)), default=0)
    figure = empty_figure(
        palette,
        height_px=250,
        x_axis={"title": "confidence", "range": [edges[0], edges[-1]], "tickformat": ".1f"},
        y_axis=_counted("pseudo-labels", highest),
        barmode="stack",
        legend=legend_above(),
    )
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    for label, hatch in zip(taxonomy, cycle(_HATCHES), strict=False):
        figure.add_bar(
            x=middles,
            y=list(counts.get(label.name, [0] * len(middles))),
            width=[(high - low) * 0.94 for low, high in pairwise(edges)],
            name=label.title,
            marker={"color": label.color, "pattern": hatched(hatch)},
            hovertemplate=label.title + ": %{y} at about %{x:.2f}<extra></extra>",
        )
    return figure


def _counted(title: str, highest: int) -> dict[str, Any]:
    """An axis of counts from 0, with ticks at whole numbers where they are few."""
    return {"title": title, "rangemode": "tozero", "dtick": 1 if highest <= _FEW else None, "tickformat": "d"}
