"""The switch that shows labelers' and models' answers before a clip is judged."""

import streamlit as st

_KEY = "spoil"


def is_spoiled() -> bool:
    """Whether the switch has been turned on in this session."""
    return bool(st.session_state.get(_KEY, False))


def spoiler_switch() -> bool:
    """The switch; off at first, and kept for the session."""
    return st.toggle(
        "Show answers before judging",
        key=_KEY,
        persist_state="session",
        help="Labels and predictions of clips that you have not judged stay hidden, since a label that was seen "
        "pulls one's own towards it. What you see of a clip is stored with your later answer, which is then not called "
        "blind. Without a reviewer chosen, and on the reliability sample, they stay hidden always.",
    )
