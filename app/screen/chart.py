"""Puts charts on a page, in the colours of the theme that it is seen in."""

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.palette import DARK, LIGHT, Palette

_CONFIG = {"displayModeBar": False, "responsive": True}


def palette() -> Palette:
    """That of the theme in this browser, which runs the page again when it changes; light before it has told."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def chart(figure: go.Figure, *, key: str, place: DeltaGenerator | None = None) -> None:
    """`place`: a column; else where the page is. The figure has its colours already, so Streamlit adds none."""
    (place or st).plotly_chart(figure, theme=None, config=_CONFIG, key=key)
