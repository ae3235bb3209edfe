"""The five settings that change most often from run to run."""

from typing import Any, Final, get_args

import streamlit as st

from app.components import page_head
from app.queries.training_settings import difference_sentence
from core.settings.loader import SETTINGS_FILE
from core.settings.training import TrainingSettings

_TITLES = {"mlp": "PoseMLP", "stgcn": "ST-GCN"}
_KEPT: Final = "session"  # keeps the values while another page is shown
_FIELDS = TrainingSettings.model_fields


def choose_settings(settings: TrainingSettings, *, disabled: bool) -> dict[str, Any]:
    """Widgets with the workspace's values; returns the chosen ones by name."""
    read = st.segmented_control(
        "Modalities",
        _choices("modalities"),
        default=list(settings.modalities),
        selection_mode="multi",
        format_func=str.capitalize,
        disabled=disabled,
        help=_hint("modalities"),
        key="run-modalities",
        persist_state=_KEPT,
    )
    chosen: dict[str, Any] = {"modalities": tuple(read)}
    left, right = st.columns(2)
    with left:
        chosen["keypoint_model"] = _choice("Key-point model", settings, "keypoint_model", disabled)
        chosen["pseudo_weight"] = st.number_input(
            "Pseudo-label weight",
            0.0,
            1.0,
            settings.pseudo_weight,
            0.1,
            "%g",
            "run-pseudo-weight",
            _hint("pseudo_weight"),
            disabled=disabled,
            persist_state=_KEPT,
        )
    with right:
        chosen["fusion_method"] = _choice("Fusion method", settings, "fusion_method", disabled)
        chosen["seed"] = st.number_input(
            "Seed",
            0,
            value=settings.seed,
            key="run-seed",
            help=_hint("seed"),
            disabled=disabled,
            persist_state=_KEPT,
        )
    return chosen


def show_other_settings(settings: TrainingSettings) -> None:
    """Where the other settings are, and which of them differ from their defaults."""
    page_head.dim(
        f"All other settings stand in {SETTINGS_FILE}, which every run reads anew; "
        "docs/reference/settings.md explains each."
    )
    different = difference_sentence(settings)
    if different:
        page_head.dim(different)


def _choice(title: str, settings: TrainingSettings, name: str, disabled: bool) -> str:
    choices = _choices(name)
    return st.selectbox(
        title,
        choices,
        choices.index(getattr(settings, name)),
        lambda value: _TITLES.get(value, value.capitalize()),
        f"run-{name}",
        _hint(name),
        disabled=disabled,
        persist_state=_KEPT,
    )


def _choices(name: str) -> list[str]:
    """The allowed values of a choice, or of a tuple of choices."""
    allowed = get_args(_FIELDS[name].annotation)
    return list(get_args(allowed[0]) or allowed)


def _hint(name: str) -> str | None:
    return _FIELDS[name].description
