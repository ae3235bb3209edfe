"""A table of clips that links to Review."""

from typing import Any

import streamlit as st

from app.components import page_head
from app.components.links import open_page

_DISPUTED_PX = 310  # fits the shares of two labels


def clip_table(rows: list[dict[str, Any]], clip_ids: list[int], key: str, queue: str = "run-differs") -> None:
    """A table of clips; selecting a row opens the clip in Review."""
    import pandas as pd

    event = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=min(320, 38 + 36 * len(rows)),
        on_select="rerun",
        selection_mode="single-row",
        key=f"clips-{key}",
        column_config={
            "confidence": st.column_config.ProgressColumn(min_value=0, max_value=1, format="%.2f"),
            "label": st.column_config.TextColumn(width=_DISPUTED_PX if _has_disputed(rows) else None),
            "why out": st.column_config.TextColumn(width="large"),
            **dict.fromkeys(("in", "weight"), st.column_config.Column(width="small")),
        },
    )
    page_head.dim("Choose a row to open the clip in Review.")
    picked = event["selection"]["rows"]
    if picked:
        open_page("review", queue=queue, clip=str(clip_ids[picked[0]]))


def _has_disputed(rows: list[dict[str, Any]]) -> bool:
    return any(str(row.get("label", "")).startswith("disputed") for row in rows)
