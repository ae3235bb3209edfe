"""Clips, their subjects, gold labels and current labels."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Unpack

import sqlalchemy as sa

from core.errors import InputError
from core.types.clips import COHORT_TRUTH, Clip, ClipState, CurrentLabel, LabelSource, NewClip, Split
from core.types.decisions import DecisionKind
from db import transcripts
from db.clip_filters import Narrowing, in_order_of_states, narrowed
from db.labels_today import label_today
from db.row_mapping import batches, inserted_id, one
from db.tables import (
    clip_states,
    clips,
    counters,
    decisions,
    gold_labels,
    now_utc,
    subjects,
)

_CLIP = (
    sa.select(
        clips,
        subjects.c.name.label("subject"),
        label_today(gold_labels.c.label).label("gold_label"),
        clip_states.c.state,
    )
    .join(subjects, subjects.c.id == clips.c.subject_id)
    .join(clip_states, clip_states.c.clip_id == clips.c.id)
    .outerjoin(gold_labels, gold_labels.c.clip_id == clips.c.id)
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts over the workspace, from counters that triggers maintain.

    `by_label` maps (label, source) to clips; `decisions` counts all rows of the log by kind, including undone ones.
    """

    clips: int
    by_state: dict[ClipState, int]
    by_split: dict[Split, int]
    by_label: dict[tuple[str, LabelSource], int]
    decisions: dict[str, int]
    conflicts: int


def add(connection: sa.Connection, clip: NewClip) -> Clip:
    """Stores a clip with its subject and gold label. Raises InputError if its name or video (by digest) already exists."""
    twin = connection.execute(
        sa.select(clips.c.name).where(sa.or_(clips.c.name == clip.name, clips.c.digest == clip.digest)).limit(1)
    ).scalar_one_or_none()
    if twin == clip.name:
        raise InputError(f"The clip {clip.name} is in the workspace already.")
    if twin is not None:
        raise InputError(f"The clip {clip.name} is the same file as {twin}, which is in the workspace already.")
    subject_id = connection.execute(
        sa.select(subjects.c.id).where(subjects.c.name == clip.subject)
    ).scalar_one_or_none()
    if subject_id is None:
        subject_id = inserted_id(connection.execute(sa.insert(subjects).values(name=clip.subject)))
    clip_id = inserted_id(
        connection.execute(
            sa.insert(clips).values(
                name=clip.name,
                subject_id=subject_id,
                split=clip.split.value,
                video_path=clip.video_path,
                digest=clip.digest,
                duration_s=clip.duration_s,
                frame_count=clip.frame_count,
                frame_rate_numerator=clip.frame_rate.numerator,
                frame_rate_denominator=clip.frame_rate.denominator,
                width_px=clip.width_px,
                height_px=clip.height_px,
                transcript=clip.transcript,
                reliability_sample=clip.reliability_sample,
                simulated=clip.simulated,
                simulated_truth=clip.simulated_truth,
                created_at=now_utc(),
            )
        )
    )
    if clip.transcript is not None:
        transcripts.store(connection, clip_id, ())
    if clip.gold_label is not None:
        connection.execute(sa.insert(gold_labels).values(clip_id=clip_id, label=clip.gold_label))
    return get(connection, clip_id)


def get(connection: sa.Connection, clip_id: int) -> Clip:
    """One clip. Raises NotFoundError."""
    return _clip(one(connection, _CLIP.where(clips.c.id == clip_id), f"clip {clip_id}"))


def by_name(connection: sa.Connection, name: str) -> Clip | None:
    """The clip of that name, if any."""
    row = connection.execute(_CLIP.where(clips.c.name == name)).mappings().one_or_none()
    return None if row is None else _clip(row)


def many(connection: sa.Connection, clip_ids: Iterable[int]) -> list[Clip]:
    """The clips of these ids that exist, in order of id."""
    found = [
        _clip(row)
        for part in batches(sorted(set(clip_ids)))
        for row in connection.execute(_CLIP.where(clips.c.id.in_(part)).order_by(clips.c.id)).mappings()
    ]
    return sorted(found, key=lambda clip: clip.id)


def all_ids(connection: sa.Connection, split: Split | None = None) -> list[int]:
    """Ids of all clips, or of one split, ascending."""
    query = sa.select(clips.c.id).order_by(clips.c.id)
    if split is not None:
        query = query.where(clips.c.split == split.value)
    return list(connection.execute(query).scalars())


def page(
    connection: sa.Connection, *, after_id: int = 0, limit: int = 50, **narrowing: Unpack[Narrowing]
) -> list[Clip]:
    """Up to `limit` clips after `after_id`, by id."""
    query = _narrowed(connection.dialect.name, _CLIP, after_id, narrowing).limit(limit)
    return [_clip(row) for row in connection.execute(query).mappings()]


def ids(connection: sa.Connection, *, limit: int, **narrowing: Unpack[Narrowing]) -> list[int]:
    """Ids of the first `limit` clips that pass the filters."""
    query = _narrowed(connection.dialect.name, _CLIP.with_only_columns(clips.c.id), 0, narrowing).limit(limit)
    return list(connection.execute(query).scalars())


def _narrowed(dialect: str, query: sa.Select[Any], after_id: int, by: Narrowing) -> sa.Select[Any]:
    # Ordered by the id of the filtered table, so that the index delivers the order without a sort.
    key = clip_states.c.clip_id if in_order_of_states(by) else clips.c.id
    return narrowed(dialect, query, by).where(key > after_id).order_by(key)


def set_video(connection: sa.Connection, clip_id: int, video_path: str) -> None:
    """Sets the path of a clip's video, after it was rendered or moved."""
    connection.execute(sa.update(clips).where(clips.c.id == clip_id).values(video_path=video_path))


def set_gold_label(connection: sa.Connection, clip_id: int, label: str) -> None:
    """Adds or replaces a clip's gold label; what people decided stays, and may be in conflict with it now."""
    connection.execute(sa.delete(gold_labels).where(gold_labels.c.clip_id == clip_id))
    connection.execute(sa.insert(gold_labels).values(clip_id=clip_id, label=label))


def set_transcript(connection: sa.Connection, clip_id: int, transcript: str) -> None:
    """Adds or replaces a clip's transcript and deletes the old one's segments (db.transcripts.store adds new ones)."""
    connection.execute(sa.update(clips).where(clips.c.id == clip_id).values(transcript=transcript))
    transcripts.store(connection, clip_id, ())


def labels(connection: sa.Connection, clip_ids: Iterable[int] | None = None) -> dict[int, CurrentLabel]:
    """The current label by clip id; clips without one are left out."""
    query = sa.select(clip_states, is_unwatched().label("unwatched")).where(clip_states.c.label.is_not(None))
    if clip_ids is None:
        rows = list(connection.execute(query).mappings())
    else:
        rows = [
            row
            for part in batches(set(clip_ids))
            for row in connection.execute(query.where(clip_states.c.clip_id.in_(part))).mappings()
        ]
    return {
        row["clip_id"]: CurrentLabel(
            row["clip_id"],
            row["label"],
            LabelSource(row["source"]),
            bool(row["conflict"]),
            disputed=bool(row["disputed"]),
            unwatched=bool(row["unwatched"]),
        )
        for row in rows
    }


def trusted_labels(connection: sa.Connection, clip_ids: Iterable[int]) -> dict[int, CurrentLabel]:
    """By clip id, the labels that may score: adjudicated, human and gold; gold too where a bulk accept counts instead."""
    current = labels(connection, clip_ids)
    unwatched = [clip_id for clip_id, label in current.items() if label.unwatched]
    gold = {one.id: one.gold_label for one in many(connection, unwatched)}
    return {clip_id: label for clip_id, label in current.items() if label.trusted} | {
        clip_id: CurrentLabel(clip_id, label, LabelSource.GOLD, conflict=False)
        for clip_id, label in gold.items()
        if label is not None
    }


def is_unwatched() -> sa.ColumnElement[bool]:
    """Whether the label that counts for the clip in hand, a row of `clip_states`, was accepted in bulk."""
    return sa.exists().where(
        decisions.c.id == clip_states.c.decision_id, decisions.c.kind == DecisionKind.BULK_ACCEPT.value
    )


def simulated_truths(connection: sa.Connection) -> dict[int, str]:
    """True labels of simulated clips by clip id; for simulated labelers and scoring, never for training."""
    truth = label_today(clips.c.simulated_truth)
    query = sa.select(clips.c.id, truth.label("truth")).where(truth.is_not(None))
    return {row.id: row.truth for row in connection.execute(query)}


def test_labels(connection: sa.Connection) -> dict[int, tuple[str, str]]:
    """By clip id, label and source of the test clips that can be scored: gold as imported, else a cohort's truth."""
    gold, truth = label_today(gold_labels.c.label), label_today(clips.c.simulated_truth)
    query = (
        sa.select(clips.c.id, gold.label("label"), truth.label("truth"))
        .outerjoin(gold_labels, gold_labels.c.clip_id == clips.c.id)
        .where(clips.c.split == Split.TEST.value)
        .where(gold.is_not(None) | truth.is_not(None))
    )
    return {
        row.id: (row.truth, COHORT_TRUTH) if row.label is None else (row.label, LabelSource.GOLD.value)
        for row in connection.execute(query)
    }


def counts(connection: sa.Connection) -> Counts:
    """All counters; the cost does not depend on the number of clips."""
    values = {row.name: row.n for row in connection.execute(sa.select(counters)) if row.n}
    by_label: dict[tuple[str, LabelSource], int] = {}
    for name, n in values.items():
        if name.startswith("label:"):
            _, source, label = name.split(":", 2)
            by_label[label, LabelSource(source)] = n
    by_split = {split: values.get(f"split:{split.value}", 0) for split in Split}
    return Counts(
        clips=sum(by_split.values()),
        by_state={state: values.get(f"state:{state.value}", 0) for state in ClipState},
        by_split=by_split,
        by_label=by_label,
        decisions={name.removeprefix("decision:"): n for name, n in values.items() if name.startswith("decision:")},
        conflicts=values.get("conflict", 0),
    )


def _clip(row: sa.RowMapping) -> Clip:
    values: dict[str, Any] = {
        name: row[name]
        for name in (
            "id",
            "name",
            "subject_id",
            "subject",
            "video_path",
            "digest",
            "duration_s",
            "frame_count",
            "width_px",
            "height_px",
            "transcript",
            "gold_label",
            "created_at",
        )
    }
    return Clip(
        **values,
        split=Split(row["split"]),
        frame_rate=Fraction(row["frame_rate_numerator"], row["frame_rate_denominator"]),
        simulated=bool(row["simulated"]),
        reliability_sample=bool(row["reliability_sample"]),
        state=ClipState(row["state"]),
    )
