"""Chart of the claim check: how many claims the key points support or contradict."""

from collections.abc import Mapping

import plotly.graph_objects as go

from app.charts.figures import empty_figure, hatched, plain
from app.charts.palette import Palette

_CHECK_HATCHES = {"contradicted": "/", "not_measurable": "."}
_LEGIBLE = 0.07  # least share of a bar that has room for its number


def claim_checks(shares: Mapping[str, Mapping[str, int]], *, palette: Palette, row_px: int = 44) -> go.Figure:
    """One bar per name; `shares` maps a labeler or a cue to {check: number of claims}.

    Without a legend, because one legend serves all such charts of a page.
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
                "pattern": hatched(_CHECK_HATCHES.get(check, "")),
            },
            text=[f"{part:.0%}" if part >= _LEGIBLE else "" for part in parts],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            insidetextfont={"color": palette.on_support[check], "size": 11},
            hovertemplate="%{y}: %{customdata} claims (%{x:.0%}) " + check.replace("_", " ") + "<extra></extra>",
        )
    return figure
