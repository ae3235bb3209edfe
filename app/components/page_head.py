"""The head of a page, empty states and small texts. All values are escaped, because some are written by models."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from app.components.outside_text import escaped
from core.taxonomy import Taxonomy

_STYLE = Path(__file__).with_name("style.css")


def style() -> None:
    """Adds our style sheet; call it once per page."""
    st.html(_STYLE)


def head(title: str, about: str, *, simulated: bool) -> None:
    """Title, one line about the page, and a badge where simulated clips are shown."""
    badge = '<span class="tt-simulated">simulated data</span>' if simulated else ""
    st.html(f'<div class="tt-head"><h1>{escaped(title)}</h1><p>{escaped(about)}</p>{badge}</div>')


def empty(title: str, sentence: str, command: str | None = None) -> None:
    """An empty state: what to do where there is nothing to show; `command` is the exact command line."""
    code = f"<code>{escaped(command)}</code>" if command else ""
    st.html(f'<div class="tt-empty"><h2>{escaped(title)}</h2><p>{escaped(sentence)}</p>{code}</div>')


def facts(pairs: Mapping[str, str]) -> None:
    """A list of names and values."""
    rows = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in pairs.items())
    st.html(f'<dl class="tt-facts">{rows}</dl>')


def table(
    header: Sequence[str], rows: Sequence[Sequence[object]], *, emphasized: int | None = None, words: bool = False
) -> None:
    """A small table as text that can be copied; the first column is a name, the others are figures, or text with
    `words`.
    """
    head_cells = "".join(f"<th>{escaped(name)}</th>" for name in header)
    lines = []
    for number, row in enumerate(rows):
        cells = "".join(f"<td>{escaped(cell)}</td>" for cell in row)
        lines.append(f"<tr class='tt-emphasized'>{cells}</tr>" if number == emphasized else f"<tr>{cells}</tr>")
    kind = "tt-table tt-words" if words else "tt-table"
    whole = f'<table class="{kind}"><thead><tr>{head_cells}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
    st.html(f'<div class="tt-scroll">{whole}</div>')


def log(lines: list[str]) -> None:
    """The last lines of a log."""
    st.html(f'<pre class="tt-log">{escaped(chr(10).join(lines))}</pre>')


def dim(sentence: str) -> None:
    """A muted remark."""
    st.html(f'<span class="tt-dim">{escaped(sentence)}</span>')


def note(sentence: str) -> None:
    """A remark that a check has passed."""
    st.html(f'<span class="tt-note-good">{escaped(sentence)}</span>')


def label_chip(name: str | None, taxonomy: Taxonomy) -> str:
    """A label in its color, as HTML; a dash for None."""
    if name is None:
        return '<span class="tt-dim">—</span>'
    if name not in taxonomy:
        return f'<span class="tt-dim">{escaped(name)}</span>'
    label = taxonomy[name]
    return f'<span class="tt-label" style="--chip:{label.color}">{escaped(label.title)}</span>'
