"""The switch that shows answers before they were judged."""

import streamlit as st

_KEY = "spoil"


def spoiler_switch() -> bool:
    """Off unless somebody turns it on; kept for the session."""
    return st.toggle(
        "Show answers before judging",
        key=_KEY,
        persist_state="session",
        help="Labels and predictions of clips that you have not judged stay hidden, since a label that was seen "
        "pulls one's own towards it. The audit slice stays hidden always.",
    )
