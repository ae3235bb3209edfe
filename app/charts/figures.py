"""Charts: the taxonomy's colors for labels, those of the palette for the rest.

Every function takes plain values and returns a plotly figure; none of them touches the database or Streamlit.
"""

import html
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas  # noqa: F401  # plotly looks into it where it is loaded; half loaded by another session's thread, it breaks
import plotly.graph_objects as go

from app.charts.palette import FONT, Palette
from app.queries.plotted_values import CalibrationPoint, Interval
from core.taxonomy import Taxonomy
from core.types.clips import LabelSource

_SYMBOLS = {
    "pose": "circle",
    "image": "square",
    "text": "diamond",
    "fusion": "triangle-up",
}  # told apart without colors
_HATCHES = ("", "/", ".", "x", "-", "|", "+", "\\", "/")  # as many as a taxonomy may have labels
CHECK_HATCHES = {"contradicted": "/", "not_measurable": "."}
_LEGIBLE = 0.07  # share of a bar that its figure fits into
_FEW = 8  # counts up to which an axis shows every whole number


def label_balance(counts: Mapping[tuple[str, LabelSource], int], taxonomy: Taxonomy, *, palette: Palette) -> go.Figure:
    """Stacked bars, one a source; `counts` maps (label, source) to clips."""
    sources = [source for source in reversed(LabelSource) if any(key[1] == source for key in counts)]
    widest = max((sum(n for (_, owner), n in counts.items() if owner == source) for source in sources), default=0)
    figure = empty_figure(
        palette,
        height_px=84 + 42 * max(1, len(sources)),
        x_axis={"title": "clips", "rangemode": "tozero", "dtick": 1 if widest <= _FEW else None, "tickformat": "d"},
        barmode="stack",
        bargap=0.4,
        legend=legend_above(),
    )
    for label, hatch in zip(taxonomy, _HATCHES, strict=False):
        values = [counts.get((label.name, source), 0) for source in sources]
        figure.add_bar(
            y=[source.value.capitalize() for source in sources],
            x=values,
            name=label.title,
            orientation="h",
            marker={"color": label.color, "line": {"color": palette.paper, "width": 1.5}, "pattern": _pattern(hatch)},
            text=[str(value) if value else "" for value in values],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            hovertemplate="%{y}: %{x} " + label.title + "<extra></extra>",
        )
    return figure


def forest(
    rows: Sequence[Interval], *, title: str, chance: float | None, best: float | None, palette: Palette
) -> go.Figure:
    """Values with intervals, one a line, against chance and, on a cohort, the best that is possible."""
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
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [row.high - row.value for row in ordered],
            "arrayminus": [row.value - row.low for row in ordered],
            "thickness": 2,
            "width": 0,
            "color": palette.interval,
        },
        customdata=[(row.low, row.high) for row in ordered],
        mode="markers",
        marker={
            "size": 11,
            "color": [palette.accent if row.emphasised else palette.muted for row in ordered],
            "symbol": ["diamond" if row.emphasised else "circle" for row in ordered],
        },
        hovertemplate="%{y}: %{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<extra></extra>",
    )
    return figure


def curves(points: Sequence[Mapping[str, Any]], metric: str, *, palette: Palette) -> go.Figure:
    """Mean over folds of a metric by epoch, one line a modality, stage 1 dotted, thin lines a fold.

    `points` are those of `curves.jsonl`; the final model's (fold -1) has nothing held out and is left out.
    """
    figure = empty_figure(
        palette,
        height_px=270,
        x_axis={"title": "epoch", "tickformat": "d"},
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
            of_fold = sorted((p for p in own if int(p["fold"]) == fold), key=lambda p: int(p["epoch"]))
            figure.add_scatter(
                x=[p["epoch"] for p in of_fold],
                y=[p[metric] for p in of_fold],
                mode="lines",
                line={"color": color, "width": 1},
                opacity=0.3,
                showlegend=False,
                hoverinfo="skip",
            )
        epochs = sorted({int(p["epoch"]) for p in own})
        means = [_mean([float(p[metric]) for p in own if int(p["epoch"]) == epoch]) for epoch in epochs]
        figure.add_scatter(
            x=epochs,
            y=means,
            name=f"{modality}, stage {stage}",
            mode="lines+markers",
            marker={"size": 7, "symbol": _SYMBOLS.get(modality, "circle"), "maxdisplayed": 8},
            line={"color": color, "width": 2.5, "dash": "solid" if stage == 2 else "dot"},
            hovertemplate=f"{modality}, stage {stage}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
        )
    return figure


def confusion(matrix: Sequence[Sequence[float]], titles: Sequence[str], *, palette: Palette) -> go.Figure:
    """Rows: the trusted label; columns: what the model said; each cell a count, shaded by its share of the row."""
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


def confidence_histogram(
    counts: Mapping[str, Sequence[int]], edges: Sequence[float], taxonomy: Taxonomy, *, palette: Palette
) -> go.Figure:
    """Pseudo-labels by confidence; `counts` maps a label to its number in each bin between `edges`."""
    highest = max((sum(bin_) for bin_ in zip(*counts.values(), strict=True)), default=0)
    counted = {"rangemode": "tozero", "dtick": 1 if highest <= _FEW else None, "tickformat": "d"}
    figure = empty_figure(
        palette,
        height_px=250,
        x_axis={"title": "confidence", "range": [edges[0], edges[-1]], "tickformat": ".1f"},
        y_axis={"title": "pseudo-labels", **counted},
        barmode="stack",
        legend=legend_above(),
    )
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    for label, hatch in zip(taxonomy, _HATCHES, strict=False):
        figure.add_bar(
            x=middles,
            y=list(counts.get(label.name, [0] * len(middles))),
            width=[(high - low) * 0.94 for low, high in pairwise(edges)],
            name=label.title,
            marker={"color": label.color, "pattern": _pattern(hatch)},
            hovertemplate=label.title + ": %{y} at about %{x:.2f}<extra></extra>",
        )
    return figure


def claim_checks(shares: Mapping[str, Mapping[str, int]], *, palette: Palette, row_px: int = 44) -> go.Figure:
    """One bar a name: what the key points say of its claims; `shares` maps a labeler or a cue to {check: claims}.

    Without a legend: the palette's colors are told once, for all such charts of a page.
    """
    figure = empty_figure(
        palette,
        height_px=66 + row_px * max(1, len(shares)),
        top_px=4,
        x_axis={"title": "share of claims", "range": [0, 1], "tickformat": ".0%"},
        y_axis={"ticksuffix": "  ", "autorange": "reversed", "dtick": 1},
        barmode="stack",
        bargap=0.4 if row_px > 30 else 0.22,
        showlegend=False,
    )
    names = [plain(name) for name in shares]
    totals = [sum(counts.values()) or 1 for counts in shares.values()]
    for check, color in palette.support.items():
        numbers = [counts.get(check, 0) for counts in shares.values()]
        parts = [number / total for number, total in zip(numbers, totals, strict=True)]
        figure.add_bar(
            y=names,
            x=parts,
            customdata=numbers,
            orientation="h",
            name=check.replace("_", " "),
            marker={
                "color": color,
                "line": {"color": palette.paper, "width": 1.5},
                "pattern": _pattern(CHECK_HATCHES.get(check, "")),
            },
            text=[f"{part:.0%}" if part >= _LEGIBLE else "" for part in parts],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            insidetextfont={"color": palette.on_support[check], "size": 11},
            hovertemplate="%{y}: %{customdata} claims (%{x:.0%}) " + check.replace("_", " ") + "<extra></extra>",
        )
    return figure


def reliability_diagram(
    points: Sequence[CalibrationPoint], curve: Sequence[tuple[float, float]] = (), *, palette: Palette
) -> go.Figure:
    """Share right by confidence with its interval and number, against the diagonal; `curve` is a fitted calibration."""
    figure = empty_figure(
        palette,
        height_px=250,
        x_axis={"title": "confidence", "range": [0, 1.05], "dtick": 0.2, "tickformat": ".1f"},
        y_axis={"title": "share right", "range": [-0.03, 1.03], "dtick": 0.25, "tickformat": ".0%"},
        showlegend=bool(curve),
        legend=legend_above(),
    )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": palette.muted, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )
    if curve:
        figure.add_scatter(
            x=[x for x, _ in curve],
            y=[y for _, y in curve],
            mode="lines",
            name="calibrated",
            line={"color": palette.reference, "width": 1.5},
            hovertemplate="confidence %{x:.2f} is calibrated to %{y:.2f}<extra></extra>",
        )
    figure.add_scatter(
        x=[point.confidence for point in points],
        y=[point.right for point in points],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [point.high - point.right for point in points],
            "arrayminus": [point.right - point.low for point in points],
            "thickness": 2,
            "width": 0,
            "color": palette.interval,
        },
        customdata=[(point.n, point.low, point.high) for point in points],
        mode="markers+text",
        text=[f" {point.n}" for point in points],
        textposition="middle right",
        textfont={"size": 11, "color": palette.muted},
        marker={"size": 10, "color": palette.accent},
        name="share right, with the number of clips",
        hovertemplate=(
            "confidence %{x:.2f}: right in %{y:.0%} [%{customdata[1]:.0%}, %{customdata[2]:.0%}] "
            "of %{customdata[0]}<extra></extra>"
        ),
    )
    return figure


def plain(text: str) -> str:
    """Text that plotly, which reads some markup, shows as it is."""
    return html.escape(text, quote=False)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _pattern(shape: str) -> dict[str, Any]:
    """Marks a bar beside its color; dark and thin, so that a figure on it stays legible."""
    return {"shape": shape, "fillmode": "overlay", "fgcolor": "#000000", "fgopacity": 0.22, "size": 7, "solidity": 0.18}


def legend_above() -> dict[str, Any]:
    return {
        "orientation": "h",
        "x": 0,
        "y": 1.02,
        "xanchor": "left",
        "yanchor": "bottom",
        "traceorder": "normal",
        "title": None,
        "font": {"size": 12},
        "itemwidth": 30,
    }


def empty_figure(
    palette: Palette,
    *,
    height_px: int,
    top_px: int = 30,
    x_axis: Mapping[str, Any] | None = None,
    y_axis: Mapping[str, Any] | None = None,
    **layout: Any,
) -> go.Figure:
    """A figure without marks, with what all have in common: size, font, grid, the palette's colors.

    The axes and the rest of the layout are plotly's, an axis' `title` a text. All is told at once, since telling a figure that
    is there already takes plotly ten times as long, and a page has several figures.
    """
    return go.Figure(
        layout={
            "height": height_px,
            "margin": {"l": 8, "r": 26, "t": top_px, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 13, "color": palette.ink},
            "hoverlabel": {
                "bgcolor": palette.paper,
                "bordercolor": palette.grid,
                "font": {"family": FONT, "color": palette.ink},
            },
            "xaxis": _axis(palette, **(x_axis or {})),
            "yaxis": _axis(palette, **(y_axis or {})),
            **layout,
        }
    )


def _axis(palette: Palette, title: str | None = None, **given: Any) -> dict[str, Any]:
    return {
        "gridcolor": palette.grid,
        "zeroline": False,
        "linecolor": palette.grid,
        "title": {"text": title, "font": {"size": 12, "color": palette.muted}, "standoff": 10},
        "automargin": True,
        **given,
    }
