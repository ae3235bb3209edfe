"""The filters of the Library, all of them kept in the page's address, so that a list can be sent as a link."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeVar

import streamlit as st

from app.components.embedding_map_panel import picked
from app.components.saved_filters_panel import choose_saved, keep_filters
from app.components.spoiler_switch import spoiler_switch
from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import DISPUTES, Choices, Filters, Reader, choices
from app.queries.hidden_answers import shown_early
from app.queries.saved_filters import SavedFilter
from core.pose.cues.catalog import cue_title
from core.types.clips import ClipState, Dispute, LabelSource, Split
from core.types.decisions import Reviewer
from core.types.features import FeatureKind

Option = TypeVar("Option", bound=str)
Counted = TypeVar("Counted", str, int, Dispute)
_LINK: Literal["query-params"] = "query-params"


def library_filters(
    opened: OpenedWorkspace, reviewer: Reviewer | None, on_change: Callable[[], None]
) -> tuple[Filters, Reader, SavedFilter | None]:
    """Draws the filters; returns those that count, who reads the list, and the saved filter among them."""
    there = choices(opened)
    titles = {label.name: label.title for label in opened.workspace.settings.taxonomy}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search, said = _words(on_change)
        subject = _counted("Subject", there.subjects, str, on_change, width=150)
        judged_by = _counted("Judged by", there.reviewers, str, on_change, width=140)
        cue = _counted("Cue", there.cues, cue_title, on_change, width=190)
        labeler = _labeler(there, on_change)
        dispute = _counted("Disputed", there.disputes, DISPUTES.__getitem__, on_change, width=180)
        state = _choice("State", list(ClipState), on_change, width=125)
        source = _choice("Source", list(LabelSource), on_change, width=130)
        split = _choice("Split", list(Split), on_change, width=95)
        lacks = _choice("Lacks", list(FeatureKind), on_change, width=120)
        reader = Reader(reviewer.id if reviewer else None, shown_early(opened, reviewer, spoil=spoiler_switch()))
        # Filtering by label would tell hidden labels.
        label = _choice("Label", list(titles), on_change, width=170, titles=titles) if reader.all_open else None
        typed = Filters(
            state=state,
            label=label,
            source=source,
            split=split,
            subject=subject,
            search=search or None,
            said=said or None,
            lacks=lacks,
            judged_by=judged_by,
            labeler=labeler,
            cue=cue,
            dispute=dispute,
            among=picked(),
        )
        filters, chosen = choose_saved(opened, typed, all_open=reader.all_open)
        keep_filters(opened, filters, chosen, reviewer)
    return filters, reader, chosen


def _words(on_change: Callable[[], None]) -> tuple[str, str]:
    search = st.text_input(
        "Search",
        placeholder="name, subject or words said",
        key="library-search",
        width=190,
        on_change=on_change,
        bind=_LINK,
    )
    said = st.text_input(
        "In rationales",
        placeholder="reasons and claims",
        key="library-said",
        width=170,
        on_change=on_change,
        bind=_LINK,
        help="Looks in clips that you have judged; in others only where answers are shown before judging.",
    )
    return search, said


def _labeler(there: Choices, on_change: Callable[[], None]) -> int | None:
    return _counted("Labeler", there.labelers, there.labeler_names.__getitem__, on_change, width=190)


def _counted(
    name: str,
    numbers: Mapping[Counted, int],
    titled: Callable[[Counted], str],
    on_change: Callable[[], None],
    *,
    width: int,
) -> Counted | None:
    """A select box of options with their numbers of clips.

    Kept in the address by hand: Streamlit would put the shown text there, whose number changes.
    """
    key = f"library-{name.lower().replace(' ', '-')}"
    _from_address(key, numbers)
    chosen: Counted | None = st.selectbox(
        name,
        list(numbers),
        index=None,
        placeholder="any" if numbers else "none yet",
        format_func=lambda option: f"{titled(option)} ({numbers[option]:,})",
        key=key,
        width=width,
        disabled=not numbers,
        on_change=on_change,
    )
    if chosen is not None:
        st.query_params[key] = str(chosen)
    elif key in st.query_params:
        del st.query_params[key]
    return chosen


def _from_address(key: str, options: Iterable[Counted]) -> None:
    if key not in st.session_state:
        asked = st.query_params.get(key)
        st.session_state[key] = next((option for option in options if str(option) == asked), None)
    elif st.session_state[key] not in options:  # gone since, as a labeler whose answers were imported anew
        st.session_state[key] = None


def _choice(
    name: str,
    options: list[Option],
    on_change: Callable[[], None],
    *,
    width: int,
    titles: Mapping[str, str] | None = None,
) -> Option | None:
    return st.selectbox(
        name,
        options,
        index=None,
        placeholder="any",
        format_func=lambda option: titles[option] if titles else str(option),
        key=f"library-{name.lower()}",
        width=width,
        on_change=on_change,
        bind=_LINK,
    )
