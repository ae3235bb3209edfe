"""Shows charts on a page."""

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_CONFIG = {"displayModeBar": False, "responsive": True}


def chart(figure: go.Figure, *, key: str, place: DeltaGenerator | None = None) -> None:
    """Shows a figure with its own colors, in the column `place` or at the current position."""
    (place or st).plotly_chart(figure, theme=None, config=_CONFIG, key=key)
