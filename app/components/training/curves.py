"""The training curves of a run."""

from typing import Any

import streamlit as st

from app.charts.model_scores import curves
from app.components.show_chart import chart
from app.components.theme import palette


def show_curves(points: list[dict[str, Any]], key: str) -> None:
    """Accuracy and loss on the training batches side by side; `key` is the prefix of the charts' keys."""
    left, right = st.columns(2)
    chart(curves(points, "train_accuracy", palette=palette()), key=f"{key}score", place=left)
    chart(curves(points, "train_loss", palette=palette()), key=f"{key}loss", place=right)
