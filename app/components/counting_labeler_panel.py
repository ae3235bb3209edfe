"""The labeler that counts: which one it is, what another would change, and the log of choices."""

from collections.abc import Sequence

import streamlit as st

from app.components import page_head
from app.components.outside_text import as_text
from app.components.reviewer_choice import current_reviewer
from app.opened_workspace import OpenedWorkspace
from app.queries.counting_labeler import CountingFacts, counting_facts, effect_sentence, make_count
from app.queries.labelers import LabelerFacts
from core.errors import TelltaleError


def counting_labeler(opened: OpenedWorkspace, found: Sequence[LabelerFacts]) -> None:
    """The sentence, and where several have answered, the choice with what it would change."""
    facts = counting_facts(opened)
    page_head.dim(facts.sentence)
    offered = {one.labeler.id or 0: one.name for one in found if one.labeler.id != facts.counting_id}
    if len(found) > 1 and offered:
        with st.expander("Let another labeler count"):
            _choice(opened, offered)
            _log(facts)


def _choice(opened: OpenedWorkspace, offered: dict[int, str]) -> None:
    chosen = st.selectbox(
        "Labeler that counts", list(offered), format_func=offered.__getitem__, key="counting", width=330
    )
    page_head.dim(effect_sentence(opened, chosen))
    if st.button(f"Let {as_text(offered[chosen])} count", key="make-count"):
        try:
            make_count(opened, current_reviewer(opened), chosen)
        except TelltaleError as error:
            st.error(as_text(error))
        else:
            st.rerun()


def _log(facts: CountingFacts) -> None:
    for line in facts.log:
        st.text(line)
