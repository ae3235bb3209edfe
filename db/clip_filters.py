"""Filters of lists of clips, and the totals over what they keep."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa

from core.types.assignments import Purpose
from core.types.clips import ClipState, Dispute, LabelSource, Split
from core.types.decisions import DecisionKind
from core.types.features import FeatureKind
from db import assignments, practice_answers
from db.row_mapping import count_where
from db.search import clips_with, rationales_with
from db.tables import assignments as assigned
from db.tables import clip_cues, clip_states, clips, decisions, features, pseudo_labels, reviewers, subjects

_JUDGING = (
    DecisionKind.BLIND,
    DecisionKind.ACCEPT,
    DecisionKind.CORRECT,
    DecisionKind.UNCLEAR,
    DecisionKind.ADJUDICATE,
)


class Narrowing(TypedDict, total=False):
    """Filters of a list of clips; None means no filter.

    `search` searches names, subjects and transcripts, `said` rationales; `judged_by` is a reviewer's name, `labeler` the id of
    one that answered; `lacks` keeps clips without a feature file of that kind, `among` some clip ids. By `said`, `cue` and
    `label`, no clip is found whose answers the reader may not see: `reader` is a reviewer's id, None for somebody unknown, and
    `all_open` says that they may see all but those of the reliability sample and of their double coding and practice. By
    `label` alone and without the key `reader`, clips are found for nobody to see.
    """

    state: ClipState | None
    label: str | None
    source: LabelSource | None
    split: Split | None
    subject: str | None
    judged_by: str | None
    labeler: int | None
    cue: str | None
    dispute: Dispute | None
    search: str | None
    said: str | None
    lacks: FeatureKind | None
    among: Collection[int] | None
    reader: int | None
    all_open: bool


@dataclass(frozen=True, slots=True)
class ClipTotals:
    """Totals over the clips that filters keep.

    `by_label` counts those whose label the reader may see, None for those without a label, and `disputed` those of them
    on which reviewers differ, under no label; `open_clips` is their sum.
    `sampled` are of the reliability sample, whose labels no list shows, `test` of the test split, and `unjudged` are the
    others whose label is hidden.
    """

    clips: int
    by_label: dict[str | None, int]
    sampled: int
    test: int
    unjudged: int
    disputed: int = 0

    @property
    def open_clips(self) -> int:
        """Clips whose label the reader may see, whether there is one or not."""
        return sum(self.by_label.values()) + self.disputed


def narrowed(dialect: str, query: sa.Select[Any], by: Narrowing) -> sa.Select[Any]:
    """The query, which selects from clips and clip_states, with the filters as conditions."""
    driven = in_order_of_states(by)
    for column, value in (
        (clip_states.c.state, by.get("state")),
        (clip_states.c.label, by.get("label")),
        (clip_states.c.source, by.get("source")),
        (clip_states.c.split if driven else clips.c.split, by.get("split")),
    ):
        if value is not None:
            query = query.where(column == str(value))
    conditions = [*_by_people_and_cues(by), *_by_words(dialect, by)]
    if by.get("label") is not None and ("reader" in by or "all_open" in by):
        conditions.append(_label_may_be_told(by))  # to be listed by its label would give it out
    if (lacks := by.get("lacks")) is not None:
        here = (features.c.clip_id == clips.c.id) & (features.c.kind == lacks.value)
        conditions.append(~sa.select(sa.literal(1)).where(here).exists())
    if (among := by.get("among")) is not None:
        conditions.append(clips.c.id.in_(list(among)))
    return query.where(*conditions)


def in_order_of_states(by: Narrowing) -> bool:
    """Whether an index of clip_states gives the filtered clips in order, so that nothing is sorted."""
    return any(by.get(name) is not None for name in ("state", "label", "source", "dispute"))


def totals(connection: sa.Connection, labels: Sequence[str], **by: Unpack[Narrowing]) -> ClipTotals:
    """Totals by label. Reads every clip that the filters keep."""
    unsampled = clips.c.reliability_sample == sa.false()
    all_open = by.get("all_open", False)
    numbers = {
        "clips": sa.func.count(),
        "sampled": count_where(sa.not_(unsampled)),
        "test": count_where(clip_states.c.split == Split.TEST.value, unsampled),
    }
    settled = clip_states.c.disputed == sa.false()
    of_labels = {f"label_{n}": count_where(clip_states.c.label == name, settled) for n, name in enumerate(labels)}
    of_labels["none"] = count_where(clip_states.c.label.is_(None), settled)
    of_labels["disputed"] = count_where(sa.not_(settled))
    found = _aggregate(connection, by, numbers)
    found |= _aggregate(
        connection, by, of_labels, unsampled, is_open_early(by.get("reader") or 0) if all_open else may_be_read(by)
    )
    by_label: dict[str | None, int] = {name: found[f"label_{n}"] for n, name in enumerate(labels)}
    by_label[None] = found["none"]
    told = sum(by_label.values()) + found["disputed"]
    hidden = found["clips"] - found["sampled"] - told - (0 if all_open else found["test"])
    return ClipTotals(found["clips"], by_label, found["sampled"], found["test"], max(0, hidden), found["disputed"])


def _aggregate(
    connection: sa.Connection,
    by: Narrowing,
    columns: dict[str, sa.ColumnElement[int]],
    *conditions: sa.ColumnElement[bool],
) -> dict[str, int]:
    both = clips.join(clip_states, clip_states.c.clip_id == clips.c.id)
    labeled: list[sa.ColumnElement[Any]] = [column.label(name) for name, column in columns.items()]
    query: sa.Select[Any] = sa.select(*labeled).select_from(both)
    query = narrowed(connection.dialect.name, query, by).where(*conditions)
    return {name: int(n) for name, n in connection.execute(query).mappings().one().items()}


def may_be_read(by: Narrowing) -> sa.ColumnElement[bool]:
    """Clips whose rationale and cues the reader may see: judged by them, or with `all_open` those of `is_open_early`."""
    reader = by.get("reader") or 0
    judged = clips.c.id.in_(judged_by(reader))
    return sa.or_(judged, is_open_early(reader)) if by.get("all_open", False) else judged


def _label_may_be_told(by: Narrowing) -> sa.ColumnElement[bool]:
    return is_open_early(by.get("reader") or 0) if by.get("all_open", False) else may_be_read(by)


def is_open_early(reader_id: int) -> sa.ColumnElement[bool]:
    """Clips outside the reliability sample that do not wait for the reader's own answer as double coding or practice."""
    wanted = assignments.waiting(Purpose.DOUBLE_CODING).where(assigned.c.coder_id == reader_id)
    practiced = practice_answers.is_to_answer(clips.c.id, reader_id)
    return sa.and_(clips.c.reliability_sample == sa.false(), clips.c.id.not_in(wanted), ~practiced)


def judged_by(reviewer_id: int | sa.ScalarSelect[int]) -> sa.Select[tuple[int]]:
    """Ids of the clips that this reviewer has judged, without those taken back; a bulk accept looks at no clip."""
    undoing = decisions.alias("undoing")
    return sa.select(decisions.c.clip_id).where(
        decisions.c.reviewer_id == reviewer_id,
        decisions.c.kind.in_([kind.value for kind in _JUDGING]),
        ~sa.exists().where(undoing.c.undoes_id == decisions.c.id),
    )


def _id_of(reviewer: str) -> sa.ScalarSelect[int]:
    return sa.select(reviewers.c.id).where(reviewers.c.name == reviewer).scalar_subquery()


def _by_people_and_cues(by: Narrowing) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if (subject := by.get("subject")) is not None:
        named = sa.select(subjects.c.id).where(subjects.c.name == subject).scalar_subquery()
        conditions.append(clips.c.subject_id == named)
    if (reviewer := by.get("judged_by")) is not None:
        conditions.append(clips.c.id.in_(judged_by(_id_of(reviewer))))
    if (labeler := by.get("labeler")) is not None:
        conditions.append(
            clips.c.id.in_(sa.select(pseudo_labels.c.clip_id).where(pseudo_labels.c.labeler_id == labeler))
        )
    if (cue := by.get("cue")) is not None:
        conditions += [clips.c.id.in_(sa.select(clip_cues.c.clip_id).where(clip_cues.c.cue == cue)), may_be_read(by)]
    if (dispute := by.get("dispute")) is not None:
        conditions.append(_IN_DISPUTE[dispute])
    return conditions


_IN_DISPUTE = {
    Dispute.REVIEWERS: clip_states.c.disputed == sa.true(),
    Dispute.GOLD: clip_states.c.conflict == sa.true(),
}


def _by_words(dialect: str, by: Narrowing) -> list[sa.ColumnElement[bool]]:
    conditions = []
    if search := by.get("search"):
        conditions.append(clips_with(dialect, search))
    if said := by.get("said"):
        conditions += [rationales_with(dialect, said), may_be_read(by)]
    return conditions


def clips_by_subject(connection: sa.Connection) -> dict[str, int]:
    """The number of clips of each subject, by name."""
    query = (
        sa.select(subjects.c.name, sa.func.count().label("n"))
        .join(clips, clips.c.subject_id == subjects.c.id)
        .group_by(subjects.c.id, subjects.c.name)
    )
    return {row.name: row.n for row in connection.execute(query)}


def clips_by_labeler(connection: sa.Connection) -> dict[int, int]:
    """The number of clips that each labeler has answered, by its id."""
    query = sa.select(pseudo_labels.c.labeler_id, sa.func.count(pseudo_labels.c.clip_id.distinct()).label("n"))
    return {row.labeler_id: row.n for row in connection.execute(query.group_by(pseudo_labels.c.labeler_id))}


def clips_by_reviewer(connection: sa.Connection, names: Sequence[str]) -> dict[str, int]:
    """The number of clips that each of these reviewers has judged, by name."""
    found = {}
    for name in names:
        judged = judged_by(_id_of(name)).subquery()
        query = sa.select(sa.func.count(judged.c.clip_id.distinct()))
        found[name] = int(connection.execute(query).scalar_one())
    return found


def clips_in_dispute(connection: sa.Connection) -> dict[Dispute, int]:
    """The number of clips in each kind of dispute."""
    return {
        kind: int(connection.execute(sa.select(sa.func.count()).select_from(clip_states).where(condition)).scalar_one())
        for kind, condition in _IN_DISPUTE.items()
    }
