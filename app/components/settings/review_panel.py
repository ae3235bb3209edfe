"""The settings of reviewing: mode, judgments per clip, reliability sample, repeats, leases; changed with their effect first."""

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from app.components import page_head
from app.components.outside_text import as_text
from app.components.reviewer_choice import current_reviewer
from app.opened_workspace import OpenedWorkspace
from app.queries.counted import counted
from app.queries.review_effects import effects
from app.queries.settings_changes import FileState, change_review, may_change
from core.errors import TelltaleError
from core.settings.loader import SETTINGS_FILE
from core.settings.review import ReviewSettings
from core.settings.writer import overriding_variable
from core.types.decisions import ReviewMode

_TRADE_OFF = (
    ("A reviewer sees", "the clip; the rationale once label and confidence are saved", "label and rationale at once"),
    ("Costs", "one more answer a clip", "nothing more; in the studies known, people were no faster for it"),
    ("Labels", "are each person's own; moving to the model's afterwards is counted", "drift towards the model's"),
    ("The model's accuracy", "is measured against people who had not seen it", "comes out too high"),
    ("Reliability sample", "blind", "blind all the same, and alone gives the reported agreement"),
)
_MODES = {ReviewMode.BLIND: "Blind first", ReviewMode.ASSISTED: "Assisted"}
_FIELDS = ReviewSettings.model_fields
_ROUND: Final = "settings-round"  # counts what was saved and discarded, so that the fields start anew


def review_panel(opened: OpenedWorkspace, state: FileState) -> None:
    """The table of the two modes, the fields, what a change does, and its button."""
    st.header("Blind or assisted", anchor=False)
    page_head.table(("", "Blind first", "Assisted"), _TRADE_OFF, words=True)
    allowed = may_change(opened, current_reviewer(opened)) and not state.problem
    now = opened.workspace.settings.review
    chosen = _fields(now, f"{state.version[:12]}-{st.session_state.get(_ROUND, 0)}", allowed=allowed)
    if not allowed:
        page_head.dim("These are changed by a lead; without a lead, by any reviewer who is named in the sidebar.")
    changes = {name: value for name, value in chosen.items() if value != getattr(now, name)}
    if changes:
        _what_it_does(opened, changes, state)


def _fields(now: ReviewSettings, part: str, *, allowed: bool) -> dict[str, Any]:
    """The fields with the values in force; returns the chosen ones by name."""

    def field(widget: Callable[..., Any], label: str, name: str, **more: Any) -> Any:
        variable = overriding_variable(f"review.{name}")
        hint = str(_FIELDS[name].description)
        if variable is not None:
            hint = f"Set by the variable {variable}, which counts before {SETTINGS_FILE}; change it there. {hint}"
        return widget(label, help=hint, disabled=not allowed or variable is not None, key=f"{name}-{part}", **more)

    def share(label: str, name: str) -> float:
        value: float = getattr(now, name)
        percent: float = field(
            st.number_input,
            label,
            name,
            value=round(100 * value, 4),
            min_value=0.0,
            max_value=100.0,
            step=1.0,
            format="%g",
        )
        return value if percent == round(100 * value, 4) else round(percent / 100, 6)

    modes = list(_MODES)
    chosen: dict[str, Any] = {}
    chosen["mode"] = field(
        st.radio, "Mode", "mode", options=modes, index=modes.index(now.mode), format_func=_MODES.get, horizontal=True
    )
    left, middle, right = st.columns(3)
    with left:
        chosen["judgments_per_clip"] = field(
            st.number_input,
            "Judgments per clip",
            "judgments_per_clip",
            value=now.judgments_per_clip,
            min_value=1,
            max_value=20,
        )
        chosen["reliability_fraction"] = share("Reliability sample, % of the clips", "reliability_fraction")
    with middle:
        chosen["repeat_share"] = share("Judged twice by one reviewer, %", "repeat_share")
        chosen["repeat_after_days"] = field(
            st.number_input,
            "Days before the second judgment",
            "repeat_after_days",
            value=float(now.repeat_after_days),
            min_value=0.0,
            max_value=3650.0,
            step=1.0,
            format="%g",
        )
    with right:
        chosen["lease_minutes"] = field(
            st.number_input,
            "Minutes that an opened clip is kept",
            "lease_minutes",
            value=float(now.lease_minutes),
            min_value=min(0.5, float(now.lease_minutes)),
            max_value=1440.0,
            step=1.0,
            format="%g",
        )
    return chosen


def _what_it_does(opened: OpenedWorkspace, changes: dict[str, Any], state: FileState) -> None:
    with st.container(border=True):
        st.markdown("**What this changes**")
        for sentence in effects(opened, changes):
            st.markdown(f"- {as_text(sentence)}")
        page_head.dim(f"It holds at once, for every page and reviewer, and is written to {SETTINGS_FILE}.")
        with st.container(horizontal=True):
            if st.button("Save", type="primary"):
                _save(opened, changes, state)
            if st.button("Discard"):
                _start_anew()


def _save(opened: OpenedWorkspace, changes: dict[str, Any], state: FileState) -> None:
    try:
        drawn = change_review(opened, current_reviewer(opened), changes, read=state.version)
    except TelltaleError as error:
        st.error(as_text(error))
        return
    more = f" {counted(drawn, 'clip', 'clips')} more in the reliability sample." if drawn else ""
    st.toast(f"Saved.{as_text(more)}")
    _start_anew()


def _start_anew() -> None:
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()
