"""The theme of this browser, and a rerun when it changes: Streamlit restyles its own at once, but not the charts of a run."""

from functools import lru_cache
from typing import Any

import streamlit as st

from app.charts.palette import DARK, LIGHT, Palette

# Streamlit gives its outermost element another class when the theme changes. What the run before was drawn in, the
# component knows; it asks for a run where that is no longer so, and never when it is mounted.
_WATCH = """
const watched = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  const app = parentElement.ownerDocument.querySelector(".stApp");
  const state = watched.get(parentElement) ?? { drawn: null };
  watched.set(parentElement, state);
  state.drawn = data.drawn;
  const watch = new MutationObserver(() => {
    const now = getComputedStyle(app).colorScheme;
    if (!state.drawn || now === state.drawn) return;
    state.drawn = now;
    setTriggerValue("changed", now);
  });
  watch.observe(app, { attributes: true, attributeFilter: ["class"] });
  return () => watch.disconnect();
}
"""


@lru_cache(maxsize=1)
def _watcher() -> Any:
    return st.components.v2.component("telltale.theme", html="<span hidden></span>", js=_WATCH)


def watch_theme() -> None:
    """Once a page, where it takes no room."""
    _watcher()(key="theme", data={"drawn": st.context.theme.type}, on_changed_change=lambda: None)


def palette() -> Palette:
    """That of the theme in this browser; light before it has told."""
    return DARK if st.context.theme.type == "dark" else LIGHT
