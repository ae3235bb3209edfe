"""The reliability diagram of a confidence."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.charts.figures import empty_figure, interval_bars, legend_above
from app.charts.palette import Palette
from app.queries.plotted_values import CalibrationPoint


def reliability_diagram(
    points: Sequence[CalibrationPoint], curve: Sequence[tuple[float, float]] = (), *, palette: Palette
) -> go.Figure:
    """Share of right labels by confidence, with interval and count, and the diagonal; `curve` is the fitted
    calibration.
    """
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
        error_y=interval_bars(
            [point.low for point in points],
            [point.right for point in points],
            [point.high for point in points],
            palette,
        ),
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
