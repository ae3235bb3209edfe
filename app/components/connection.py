"""What a page says while its server does not answer.

Streamlit then opens a dialog over the page, makes everything below it dead, and opens it again with each try: it would lie
over "Not saved" and the buttons of Review. It is closed as soon as it opens, and a line of our own says the same where it
covers nothing (`tt-connection` in style.css).
"""

from functools import lru_cache
from typing import Any

import streamlit as st

_SENTENCE = "The server does not answer. This page goes on by itself once it does."
# Streamlit names the state of its connection on its outermost element; the dialog is known by its title.
_WATCH = """
const TITLE = "Connection error";

export default function ({ parentElement, data }) {
  const page = parentElement.ownerDocument;
  if (page.querySelector(".tt-connection")) return;
  const line = page.createElement("div");
  line.className = "tt-connection";
  line.setAttribute("role", "status");
  page.body.append(line);
  const app = page.querySelector(".stApp");
  const tell = () => {
    const gone = app.dataset.testConnectionState !== "CONNECTED";
    if (gone === Boolean(line.textContent)) return;
    line.style.colorScheme = getComputedStyle(app).colorScheme; // the body, which the line hangs on, has none
    line.textContent = gone ? data.sentence : "";
  };
  new MutationObserver(tell).observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] });
  new MutationObserver(() => {
    for (const dialog of page.querySelectorAll('[data-testid="stDialog"]'))
      if (dialog.querySelector("h2")?.textContent === TITLE) dialog.querySelector('button[aria-label="Close"]')?.click();
  }).observe(page.body, { childList: true });
}
"""


@lru_cache(maxsize=1)
def _watcher() -> Any:
    return st.components.v2.component("telltale.connection", html="<span hidden></span>", js=_WATCH)


def watch_connection() -> None:
    """Mounts the invisible component; call it once per page."""
    _watcher()(key="connection", data={"sentence": _SENTENCE})
