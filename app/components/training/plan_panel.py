"""The training data of the next run: its rows, the leak check, and each clip in or out."""

from collections import Counter

import streamlit as st

from app.components import page_head
from app.components.reviewer_choice import current_reviewer
from app.components.spoiler_switch import is_spoiled
from app.components.training.clip_table import clip_table
from app.opened_workspace import OpenedWorkspace
from app.queries.frequent_labels import frequent_labels
from app.queries.hidden_answers import blindness, keep_told, seen_in
from app.queries.training_plan import (
    PLANNED_AT_ONCE,
    ClipInclusion,
    TrainingInput,
    clip_inclusions,
    source_table,
    subject_shares,
    training_input,
)
from core.types.clips import LabelSource
from core.types.decisions import Seen
from training.data.curate import NO_LABEL


def show_plan(opened: OpenedWorkspace, clips: int) -> TrainingInput | None:
    """The plan and its leak check; behind a button where there are so many clips that the page would be slow."""
    if clips > PLANNED_AT_ONCE and not st.toggle("Check what goes in"):
        page_head.dim(f"{clips:,} clips: the plan and its leak check take a while.")
        return None
    found = training_input(opened)
    if not found.rows:
        why = found.sentence if set(found.left_out) - {NO_LABEL} else "No clip outside the test split has a label."
        page_head.empty("Nothing to train on", why, _label_command(opened))
        return found
    clips_of: Counter[str] = Counter()
    for one in found.sources:
        clips_of.update(one.by_label)
    shown, others = frequent_labels(opened.workspace.settings.taxonomy, clips_of)
    page_head.table(*source_table(found.sources, shown, others))
    if any(one.disputed for one in found.sources):
        page_head.dim(
            "On a disputed clip reviewers differ: each of their labels is trained by its share, as a soft label."
        )
    page_head.dim(found.sentence)
    if not found.problems:
        page_head.note("Leak check passed: nobody is on both sides, and every kind of feature has one producer.")
    return found


def _seen(one: ClipInclusion) -> Seen:
    """A clip that is left out for what an answer says, without a source: by its pseudo-label."""
    return seen_in(LabelSource(one.source)) if one.source else Seen.RATIONALE


def show_inclusions(opened: OpenedWorkspace, given: TrainingInput) -> None:
    """Each clip with the reason why it is in or out, and each subject.

    Labels of clips that this reviewer has not judged are hidden.
    """
    import pandas as pd

    found = clip_inclusions(opened, given.planned)
    shown = found[:PLANNED_AT_ONCE]
    titles = {label.name: label.title for label in opened.workspace.settings.taxonomy}
    reviewer = current_reviewer(opened)
    blind = blindness(opened, [one.clip for one in shown], reviewer, spoil=is_spoiled())

    def said(one: ClipInclusion, told: str) -> str:
        return blind.text(one.clip.id, told, _seen(one)) if one.reveals_label and told else told

    rows = [
        {
            "clip": one.clip.name,
            "subject": one.clip.subject,
            "in": one.reason is None,
            "label": "" if one.label is None else blind.text(one.clip.id, one.label_in_words(titles), _seen(one)),
            "source": one.source or "",
            "weight": "" if one.weight is None else said(one, f"{one.weight:.2f}"),
            "why out": said(one, one.reason or ""),
        }
        for one in shown
    ]
    keep_told(opened.database, reviewer, blind.told)
    by_clip, by_subject = st.tabs(["By clip", "By subject"])
    with by_clip:
        clip_table(rows, [one.clip.id for one in shown], "inclusions", queue="unreviewed")
        if len(found) > len(shown):
            page_head.dim(f"The first {len(shown):,} of {len(found):,} clips.")
    with by_subject:
        st.dataframe(pd.DataFrame(subject_shares(found)), hide_index=True, height=320)


def _label_command(opened: OpenedWorkspace) -> str:
    return f"telltale label --labeler cues --workspace {opened.workspace.root}"
