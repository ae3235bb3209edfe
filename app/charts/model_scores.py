"""Charts of model scores: forest plot, confusion matrix, training curves."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import plotly.graph_objects as go

from app.charts.figures import empty_figure, interval_bars, legend_above
from app.charts.palette import Palette
from app.queries.plotted_values import Interval

_SYMBOLS = {
    "pose": "circle",
    "image": "square",
    "text": "diamond",
    "fusion": "triangle-up",
}  # distinguishes the lines without color


def forest(
    rows: Sequence[Interval], *, title: str, chance: float | None, best: float | None, palette: Palette
) -> go.Figure:
    """A forest plot: values with intervals, with lines for chance and for the best possible value of a simulated
    cohort.
    """
    ordered = list(reversed(rows))
    figure = empty_figure(
        palette,
        height_px=96 + 34 * max(1, len(rows)),
        top_px=34,
        x_axis={"title": title, "range": [0, 1.02], "dtick": 0.25, "tickformat": ".2f"},
        y_axis={"range": [-0.6, len(rows) - 0.4], "ticksuffix": "  "},
        showlegend=False,
    )
    for value, name, color in ((chance, "chance", palette.muted), (best, "best possible", palette.reference)):
        if value is not None:
            figure.add_vline(
                x=value,
                line={"color": color, "width": 1.5, "dash": "dot"},
                annotation={
                    "text": f"{name} {value:.2f}",
                    "font": {"size": 11, "color": color},
                    "yanchor": "bottom",
                    "showarrow": False,
                },
                annotation_position="top",
            )
    figure.add_scatter(
        x=[row.value for row in ordered],
        y=[row.name for row in ordered],
        error_x=interval_bars(
            [row.low for row in ordered], [row.value for row in ordered], [row.high for row in ordered], palette
        ),
        customdata=[(row.low, row.high) for row in ordered],
        mode="markers",
        marker={
            "size": 11,
            "color": [palette.accent if row.emphasized else palette.muted for row in ordered],
            "symbol": ["diamond" if row.emphasized else "circle" for row in ordered],
        },
        hovertemplate="%{y}: %{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<extra></extra>",
    )
    return figure


def confusion(matrix: Sequence[Sequence[float]], titles: Sequence[str], *, palette: Palette) -> go.Figure:
    """A confusion matrix: rows are true labels, columns predicted ones; cells show counts, shaded by the share of
    the row.
    """
    shares = [[value / sum(row) if sum(row) else 0.0 for value in row] for row in matrix]
    figure = empty_figure(
        palette,
        height_px=90 + 70 * max(2, len(titles)),
        x_axis={"title": "the model said", "showgrid": False, "side": "bottom"},
        y_axis={"title": "trusted label", "autorange": "reversed", "showgrid": False, "ticksuffix": "  "},
    )
    figure.add_heatmap(
        z=shares,
        x=list(titles),
        y=list(titles),
        zmin=0,
        zmax=1,
        colorscale=[[0, palette.cell[0]], [1, palette.cell[1]]],
        showscale=False,
        xgap=3,
        ygap=3,
        text=[
            [f"{value:g}<br>{share:.0%}" for value, share in zip(*pair, strict=True)]
            for pair in zip(matrix, shares, strict=True)
        ],
        texttemplate="%{text}",
        textfont={"color": palette.ink, "size": 14},
        hovertemplate="trusted %{y}, said %{x}: %{text}<extra></extra>",
    )
    return figure


def curves(points: Sequence[Mapping[str, Any]], metric: str, *, palette: Palette) -> go.Figure:
    """A metric by step, averaged over folds, one line per modality; stage 1 is dotted, thin lines are single folds.

    `points` are those of `curves.jsonl`; the final model (fold -1) and those of model selection are left out.
    """
    figure = empty_figure(
        palette,
        height_px=270,
        x_axis={"title": "step", "tickformat": "d"},
        y_axis={"title": metric.replace("_", " ")},
        legend=legend_above(),
    )
    points = [point for point in points if int(point["fold"]) >= 0]
    for stage, modality in sorted({(int(p["stage"]), str(p["modality"])) for p in points}):
        own = [
            p for p in points if int(p["stage"]) == stage and p["modality"] == modality and p.get(metric) is not None
        ]
        color = palette.modalities.get(modality, palette.muted)
        for fold in sorted({int(p["fold"]) for p in own}):
            of_fold = sorted((p for p in own if int(p["fold"]) == fold), key=lambda p: int(p["step"]))
            figure.add_scatter(
                x=[p["step"] for p in of_fold],
                y=[p[metric] for p in of_fold],
                mode="lines",
                line={"color": color, "width": 1},
                opacity=0.3,
                showlegend=False,
                hoverinfo="skip",
            )
        steps = sorted({int(p["step"]) for p in own})
        means = [fmean(float(p[metric]) for p in own if int(p["step"]) == step) for step in steps]
        figure.add_scatter(
            x=steps,
            y=means,
            name=f"{modality}, stage {stage}",
            mode="lines+markers",
            marker={"size": 7, "symbol": _SYMBOLS.get(modality, "circle"), "maxdisplayed": 8},
            line={"color": color, "width": 2.5, "dash": "solid" if stage == 2 else "dot"},
            hovertemplate=f"{modality}, stage {stage}, step %{{x}}: %{{y:.3f}}<extra></extra>",
        )
    return figure
