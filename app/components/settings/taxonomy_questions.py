"""What only a person can say of changed labels: whether a new title means the same class, and what becomes of clips."""

from collections.abc import Sequence

import streamlit as st

from app.components.outside_text import as_text
from app.queries.taxonomy_editing import Drafting, retitled_with_uses
from core.taxonomy import Taxonomy
from core.taxonomy_changes import DraftLabel, stored_names

_SAME, _ANOTHER = "The same class under a better name", "Another class"
_QUEUE = "Back to the queue: judge them again"


def questions(
    taxonomy: Taxonomy, draft: Sequence[DraftLabel], known: Drafting
) -> tuple[frozenset[str], dict[str, str | None], bool]:
    """Names whose new title means another class; what the clips of names that go become; whether a question is open."""
    another: set[str] = set()
    open_question = False
    for name, one in retitled_with_uses(taxonomy, draft, known.uses).items():
        answer = st.radio(
            as_text(f"{taxonomy.title(name)} is to be called {one.title.strip() or '…'}. It is"),
            (_SAME, _ANOTHER),
            index=None,
            horizontal=True,
            key=f"meant-{name}-{one.title}",
        )
        open_question |= answer is None
        if answer == _ANOTHER:
            another.add(name)
    names = stored_names(draft, another, known.ever_used)
    titles = {name: one.title.strip() for one, name in zip(draft, names, strict=True)}
    gone = [name for name in (*taxonomy.names, *known.unknown) if name not in titles]
    become: dict[str, str | None] = {}
    for name in gone:
        used = known.uses.get(name)
        if used is None or not used.any:
            become[name] = None
            continue
        picked = st.selectbox(
            as_text(f"What was judged or labeled as {taxonomy.title(name)} becomes"),
            ["", *names],
            index=None,
            format_func=lambda one: titles[one] if one else _QUEUE,
            placeholder="Say what becomes of it",
            key=f"becomes-{name}-{'-'.join(names)}",
            width=480,
        )
        open_question |= picked is None
        become[name] = picked or None
    return frozenset(another), become, open_question
