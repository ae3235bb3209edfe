"""The switch that shows answers before they were judged."""

import streamlit as st

_KEY = "spoil"


def is_spoiled() -> bool:
    """Whether the switch, wherever on the page it is, has been turned on in this session."""
    return bool(st.session_state.get(_KEY, False))


def spoiler_switch() -> bool:
    """Off unless somebody turns it on; kept for the session."""
    return st.toggle(
        "Show answers before judging",
        key=_KEY,
        persist_state="session",
        help="Labels and predictions of clips that you have not judged stay hidden, since a label that was seen "
        "pulls one's own towards it. The reliability sample stays hidden always.",
    )
