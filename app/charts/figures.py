"""What all charts share.

Every chart function takes plain values and returns a plotly figure; none uses the database or Streamlit.
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas  # noqa: F401  # loaded here because plotly fails while another thread is still importing it
import plotly.graph_objects as go

from app.charts.palette import FONT, Palette
from core.printable import printable


def empty_figure(
    palette: Palette,
    *,
    height_px: int,
    top_px: int = 30,
    x_axis: Mapping[str, Any] | None = None,
    y_axis: Mapping[str, Any] | None = None,
    **layout: Any,
) -> go.Figure:
    """A figure without marks, with the common size, font, grid and colors.

    Axes and layout are given as plotly's keywords. All are set at once, because changing an existing figure is ten
    times as slow.
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


def interval_bars(
    lows: Sequence[float], values: Sequence[float], highs: Sequence[float], palette: Palette
) -> dict[str, Any]:
    """plotly's error bars from `lows` to `highs`."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - value for high, value in zip(highs, values, strict=True)],
        "arrayminus": [value - low for value, low in zip(values, lows, strict=True)],
        "thickness": 2,
        "width": 0,
        "color": palette.interval,
    }


def hatched(shape: str) -> dict[str, Any]:
    """A pattern that tells bars apart without color, thin enough to keep a number on it legible."""
    return {"shape": shape, "fillmode": "overlay", "fgcolor": "#000000", "fgopacity": 0.22, "size": 7, "solidity": 0.18}


def plain(text: str) -> str:
    """The text with plotly's markup escaped."""
    return html.escape(printable(text), quote=False)
