"""Puts charts on a page."""

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_CONFIG = {"displayModeBar": False, "responsive": True}


def chart(figure: go.Figure, *, key: str, place: DeltaGenerator | None = None) -> None:
    """`place`: a column; else where the page is. The figure has its colors already, so Streamlit adds none."""
    (place or st).plotly_chart(figure, theme=None, config=_CONFIG, key=key)
