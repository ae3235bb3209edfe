"""Every setting of the next training run, one click below the button."""

from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components import page_head
from app.queries.training_settings import SettingField, changes_of, problem_with, setting_fields
from core.settings.training import TrainingSettings

_COLUMNS = 4
_KEY = "run-setting-"
_KEPT: Final = "session"  # also while they are not drawn


def choose_settings(settings: TrainingSettings) -> tuple[dict[str, Any], bool]:
    """Draws them; returns what differs from the workspace's, by dotted name, and whether a run may be started so."""
    fields = setting_fields(settings)
    changes = changes_of(fields, _chosen(fields))
    title = "All settings of the next run" + (f" ({len(changes)} changed)" if changes else "")
    box = st.expander(title, key="run-settings", on_change="rerun")  # drawn once it is open: they are many
    if box.open:
        with box:
            changes = changes_of(fields, _drawn(settings, fields))
    problem = problem_with(settings, changes)
    if problem:
        box.error(problem)
    return changes, not problem


def _chosen(fields: list[SettingField]) -> dict[str, Any]:
    return {one.name: st.session_state.get(_KEY + one.name, one.usual) for one in fields}


def _drawn(settings: TrainingSettings, fields: list[SettingField]) -> dict[str, Any]:
    told, back = st.columns([4, 1], vertical_alignment="center")
    with told:
        page_head.dim(
            "They begin as in telltale.toml, and a change is for the next run alone; the run keeps what it had."
        )
    unchanged = not changes_of(fields, _chosen(fields))
    back.button("Back to defaults", disabled=unchanged, on_click=_forget, args=(fields,), width="stretch")
    chosen = {}
    for start in range(0, len(fields), _COLUMNS):
        for column, one in zip(st.columns(_COLUMNS), fields[start : start + _COLUMNS], strict=False):
            chosen[one.name] = _widget(column, one)
            if chosen[one.name] == one.usual:
                continue
            problem = problem_with(settings, {one.name: chosen[one.name]})
            with column:
                page_head.dim(problem or f"changed; else {_shown(one.usual)}")
    return chosen


def _widget(place: DeltaGenerator, one: SettingField) -> Any:
    key, hint = _KEY + one.name, one.hint or None
    if one.kind in ("choice", "flag"):
        choices = one.choices or (True, False)
        at = choices.index(one.usual)
        return place.selectbox(one.title, choices, at, _shown, key, hint, persist_state=_KEPT)
    if one.kind == "whole":
        least, most = _whole(one.low), _whole(one.high)
        value = int(one.usual)
        return place.number_input(one.title, least, most, value=value, step=1, key=key, help=hint, persist_state=_KEPT)
    low, high, usual = _broken(one.low), _broken(one.high), float(one.usual)
    step = _step(usual)
    return place.number_input(one.title, low, high, usual, step, "%g", key, hint, persist_state=_KEPT)


def _step(value: float) -> float:
    """A tenth of what it is, for the buttons beside it."""
    return abs(value) / 10 or 0.1


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _broken(bound: float | None) -> float | None:
    return None if bound is None else float(bound)


def _shown(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _forget(fields: list[SettingField]) -> None:
    for one in fields:
        st.session_state.pop(_KEY + one.name, None)
