"""The labels, edited as a draft: what a change would do to what was judged is shown before it can be saved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from app.components import page_head
from app.components.outside_text import as_text, escaped
from app.components.reviewer_choice import current_reviewer
from app.components.settings.taxonomy_questions import questions
from app.opened_workspace import OpenedWorkspace
from app.queries.color_contrast import Colored, alike, color_for_another, faint
from app.queries.settings_changes import FileState, may_change
from app.queries.taxonomy_editing import COUNTED, HEADER, Drafting, change_lines, draft_of, drafting, dry_run, save
from app.queries.taxonomy_findings import findings
from core.errors import TelltaleError
from core.settings.loader import SETTINGS_FILE
from core.settings.writer import overriding_variable
from core.taxonomy import KEYS, MOST_LABELS, Label, Taxonomy
from core.taxonomy_changes import DraftLabel

_DRAFT: Final = "taxonomy-draft"
_MOST_AT_ONCE = 24  # labels with fields on one page


def taxonomy_panel(opened: OpenedWorkspace, state: FileState) -> None:
    """The labels as fields, the questions that a change raises, what it would do, and the log of changes."""
    taxonomy = opened.workspace.settings.taxonomy
    found = findings(opened)
    for sentence in found:
        st.warning(as_text(sentence))
    variable = overriding_variable("taxonomy.labels")
    if variable is not None:
        page_head.dim(
            f"The labels are set by the variable {variable}, which counts before {SETTINGS_FILE}; change them there."
        )
    by_hand = "taxonomy.labels" in state.changed
    if by_hand:
        page_head.dim(f"{SETTINGS_FILE} has other labels than these: go by the file first, above.")
    allowed = may_change(opened, current_reviewer(opened))
    if not allowed:
        page_head.dim("Labels are changed by a lead; without a lead, by any reviewer who is named in the sidebar.")
    if not allowed or state.problem or variable is not None or by_hand:
        _warn_of_colors(taxonomy)
        for place in _places(draft_of(taxonomy)):
            _to_read(taxonomy.labels[place], taxonomy)
        _log(opened)
        return
    draft = _draft(taxonomy)
    wanted = _places(draft.labels)
    fields = [
        _fields(draft.labels, place, draft.number, taxonomy) if place in wanted else (one, "")
        for place, one in enumerate(draft.labels)
    ]
    edited = [label for label, _ in fields]
    st.session_state[_DRAFT] = replace(draft, labels=tuple(edited))
    _warn_of_colors(edited)
    for place, (_, pressed) in enumerate(fields):
        if pressed:
            _go_on(_moved(edited, place, pressed))
    if st.button("Add a label", icon=":material/add:", disabled=len(edited) >= MOST_LABELS):
        _go_on([*edited, _new(edited)])
    if edited != draft_of(taxonomy) or found:
        # Counted only where it is wanted: it reads every label.
        _change(opened, edited, drafting(opened), state)
    _log(opened)


def _warn_of_colors(labels: Iterable[Colored]) -> None:
    """Of the draft where there is one, so that a color is warned of before it is saved."""
    shown = tuple(labels)
    for sentence in [*(pair.sentence for pair in alike(shown)), *faint(shown)]:
        st.warning(as_text(sentence))


def _to_read(label: Label, taxonomy: Taxonomy) -> None:
    with st.container(border=True):
        chip = page_head.label_chip(label.name, taxonomy)
        st.html(f"{chip} &nbsp; <span class='tt-dim'>{_key(label)}</span>")
        st.markdown(as_text(label.description or "No description."))
        page_head.dim(_stored(label.name, taxonomy))


def _key(label: Label) -> str:
    return f"key {escaped(label.key)}" if label.key else "typed in Review"


def _stored(name: str | None, taxonomy: Taxonomy) -> str:
    """How the label is stored, and what the cue labeler argues for it with."""
    if name is None:
        return "New: its stored name comes from the title."
    weights = sorted(taxonomy[name].cue_weights.items(), key=lambda item: -item[1])
    spoken = ", ".join(f"{cue} ({weight:+.1f})" for cue, weight in weights)
    return f"Stored as {name}." + (f" The cue labeler argues for it with: {spoken}." if spoken else "")


def _log(opened: OpenedWorkspace) -> None:
    lines = change_lines(opened)
    if lines:
        with st.expander("Changes so far"):
            for line in lines:
                st.text(line)


@dataclass(frozen=True, slots=True)
class _Draft:
    """Labels as edited so far. `begun_on`: the labels of then; a draft begun on others is void. `number`: of the drafts, for the
    fields' keys."""

    begun_on: tuple[DraftLabel, ...]
    labels: tuple[DraftLabel, ...]
    number: int


def _draft(taxonomy: Taxonomy) -> _Draft:
    """The draft begun on the present labels, else a new one."""
    now = tuple(draft_of(taxonomy))
    found: _Draft | None = st.session_state.get(_DRAFT)
    if found is not None and found.begun_on == now and found.labels:
        return found
    return _Draft(now, now, 1 if found is None else found.number + 1)


def _go_on(labels: Sequence[DraftLabel]) -> None:
    """Draws the page anew with these labels; none: with the present ones."""
    draft: _Draft = st.session_state[_DRAFT]
    st.session_state[_DRAFT] = _Draft(draft.begun_on, tuple(labels), draft.number + 1)
    st.rerun()


def _new(labels: Sequence[DraftLabel]) -> DraftLabel:
    """A label with a color that is told apart from the others', and a key that none of them has, while there is one."""
    key = next((one for one in KEYS if one not in {label.key for label in labels}), "")
    return DraftLabel(None, "", color_for_another(labels), key)


def _fields(draft: Sequence[DraftLabel], place: int, number: int, taxonomy: Taxonomy) -> tuple[DraftLabel, str]:
    """The fields of one label; returns it as they say, and the button that was pressed (`_tools`)."""
    one, part = draft[place], f"{number}-{place}"
    with st.container(border=True):
        color, title, key, tools = st.columns([1, 6, 2, 4], vertical_alignment="bottom")
        chosen = replace(
            one,
            color=color.color_picker("Color", one.color, key=f"color-{part}"),
            title=title.text_input("Title", one.title, max_chars=60, key=f"title-{part}"),
            key=key.text_input("Key", one.key, max_chars=1, key=f"key-{part}"),
            description=st.text_area(
                "What it means, for reviewers and models",
                one.description,
                height=68,
                key=f"description-{part}",
            ),
        )
        with tools.container(horizontal=True, horizontal_alignment="right", gap="small"):
            pressed = _tools(draft, place, part)
        page_head.dim(_stored(one.name, taxonomy))
    return chosen, pressed


def _tools(draft: Sequence[DraftLabel], place: int, part: str) -> str:
    """The buttons of one label; returns the pressed one: up, down, remove or nothing."""
    title = draft[place].title or "the new label"
    first, last = place == 0, place == len(draft) - 1
    for name, icon, words, rests in (
        ("up", "arrow_upward", f"Move {title} up", first),
        ("down", "arrow_downward", f"Move {title} down", last),
        ("remove", "delete", f"Remove {title}", len(draft) <= 2),
    ):
        if st.button("", icon=f":material/{icon}:", help=words, key=f"{name}-{part}", disabled=rests):
            return name
    return ""


def _places(labels: Sequence[DraftLabel]) -> Sequence[int]:
    """Which labels have fields on the page: all of few, of many the one that is chosen."""
    if len(labels) <= _MOST_AT_ONCE:
        return range(len(labels))
    last = len(labels) - 1  # one that was just added
    place = st.selectbox(
        f"Which of the {len(labels):,} labels",
        range(len(labels)),
        index=last if labels[last].name is None else 0,
        format_func=lambda place: labels[place].title or "the new label",
        key=f"label-of-{len(labels)}",
    )
    return (place,)


def _moved(labels: Sequence[DraftLabel], place: int, pressed: str) -> list[DraftLabel]:
    moved = list(labels)
    label = moved.pop(place)
    if pressed != "remove":
        moved.insert(place + (-1 if pressed == "up" else 1), label)
    return moved


def _change(opened: OpenedWorkspace, edited: Sequence[DraftLabel], known: Drafting, state: FileState) -> None:
    """The questions, the dry run and the buttons."""
    with st.container(border=True):
        st.subheader("What this changes", anchor=False)
        another, become, open_question = questions(known.before, edited, known)
        try:
            shown = dry_run(opened, edited, another=another, become=become, known=known)
        except TelltaleError as error:
            st.error(as_text(error))
            shown = None
        if shown is not None and not open_question:
            page_head.table(HEADER, shown.lines)
            page_head.dim(COUNTED)
            for sentence in shown.sentences:
                st.markdown(f"- {as_text(sentence)}")
        with st.container(horizontal=True):
            if st.button("Save these labels", type="primary", disabled=shown is None or open_question) and shown:
                try:
                    save(opened, current_reviewer(opened), shown, read=state.version)
                except TelltaleError as error:
                    st.error(as_text(error))
                else:
                    st.toast("The labels are saved.")
                    _go_on(())
            if st.button("Discard the draft"):
                _go_on(())
