"""The theme of this browser. Streamlit restyles its widgets when it changes, but charts need a rerun."""

from functools import lru_cache
from typing import Any

import streamlit as st

from app.charts.palette import DARK, LIGHT, Palette

# Streamlit changes a class of its outermost element with the theme. The component compares it with the theme of the last
# run and asks for a rerun when they differ, but never when it is mounted.
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
    """Mounts the invisible component that watches the theme; call it once per page."""
    _watcher()(key="theme", data={"drawn": st.context.theme.type}, on_changed_change=lambda: None)


def palette() -> Palette:
    """The palette of this browser's theme; the light one before the browser has reported it."""
    return DARK if st.context.theme.type == "dark" else LIGHT
