"""Chart of evaluations: score against number of decisions."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from app.charts.figures import empty_figure, legend_above
from app.charts.palette import Palette

_BAND = 0.07  # opacity of an interval; three of them overlap
_SYMBOLS = {"uncertain": "circle", "passes disagree": "diamond", "random": "square"}


def decision_curves(
    points: Sequence[Mapping[str, Any]],
    *,
    levels: Mapping[str, float],
    flat_at: Mapping[str, int | None],
    palette: Palette,
) -> go.Figure:
    """Balanced accuracy by number of decisions, one line per queue, with `levels` (name to score) as horizontal
    lines.

    `points` are those of training.protocols.annotation_conditions. A ring marks where a queue's curve is flat
    (`flat_at`).
    """
    figure = empty_figure(
        palette,
        height_px=330,
        top_px=44,
        x_axis={"title": "human decisions", "rangemode": "tozero", "tickformat": "d"},
        y_axis={"title": "balanced accuracy", "tickformat": ".2f"},
        legend=legend_above(),
    )
    colors = {
        "uncertain": palette.accent,
        "passes disagree": palette.support["contradicted"],
        "random": palette.muted,
    }
    for (name, value), color in zip(levels.items(), (palette.reference, palette.ink, palette.muted), strict=False):
        figure.add_hline(
            y=value,
            line={"color": color, "width": 1.5, "dash": "dot"},
            annotation={"text": f"{name} {value:.2f}", "font": {"size": 11, "color": color}, "showarrow": False},
            annotation_position="top right",
        )
    by_queue = {
        queue: [point for point in points if point["queue"] == queue and point["balanced_accuracy"]]
        for queue in dict.fromkeys(str(point["queue"]) for point in points)
    }
    for queue, own in by_queue.items():  # bands first, so that they are below all lines
        figure.add_scatter(
            x=[point["decisions"] for point in own] + [point["decisions"] for point in reversed(own)],
            y=[point["balanced_accuracy"]["high"] for point in own]
            + [point["balanced_accuracy"]["low"] for point in reversed(own)],
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=colors.get(queue, palette.ink),
            opacity=_BAND,
            showlegend=False,
            hoverinfo="skip",
        )
    for queue, own in by_queue.items():
        color, symbol = colors.get(queue, palette.ink), _SYMBOLS.get(queue, "circle")
        figure.add_scatter(
            x=[point["decisions"] for point in own],
            y=[point["balanced_accuracy"]["value"] for point in own],
            customdata=[
                (point["hours"] * 60, point["balanced_accuracy"]["low"], point["balanced_accuracy"]["high"])
                for point in own
            ],
            name=queue,
            mode="lines+markers",
            line={"color": color, "width": 2.5},
            marker={"size": 8, "symbol": symbol, "color": color},
            hovertemplate=f"{queue}: %{{x}} decisions (%{{customdata[0]:.0f}} min), %{{y:.3f}} "
            "[%{customdata[1]:.3f}, %{customdata[2]:.3f}]<extra></extra>",
        )
        stops = [point for point in own if point["decisions"] == flat_at.get(queue)]
        figure.add_scatter(
            x=[point["decisions"] for point in stops],
            y=[point["balanced_accuracy"]["value"] for point in stops],
            mode="markers",
            marker={"size": 17, "symbol": "circle-open", "color": color, "line": {"width": 2}},
            showlegend=False,
            hovertemplate=f"{queue}: flat at %{{x}} decisions<extra></extra>",
        )
    return figure
