"""Curated (training) sets: rule, rows and digest; triggers make them immutable."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from core.types.clips import LabelSource
from core.types.runs import CuratedRow, CuratedSet
from db import clips, judgments
from db.labels_today import label_today
from db.row_mapping import one
from db.tables import clip_states, curated_rows, curated_sets, gold_labels, now_utc
from db.tables import clips as clip_rows


def digest_of(rule: Mapping[str, Any], rows: Iterable[CuratedRow]) -> str:
    """SHA-256 over the rule and the rows in order of clip id, as canonical JSON."""
    ordered = sorted(rows, key=lambda row: row.clip_id)
    content = {
        "rule": rule,
        "rows": [_as_list(row) for row in ordered],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _as_list(row: CuratedRow) -> list[Any]:
    """The row as it enters the digest; soft labels only if there are any, so that digests of older sets stay valid."""
    plain: list[Any] = [row.clip_id, row.subject_id, row.label, row.source.value, row.weight]
    return [*plain, [list(share) for share in row.soft_labels]] if row.soft_labels else plain


def store(connection: sa.Connection, name: str, rule: Mapping[str, Any], rows: Iterable[CuratedRow]) -> CuratedSet:
    """Stores an immutable set, with the labels that the test split has now (`CuratedSet.test_labels`).

    A name may be used again; it then refers to the newest set.
    """
    ordered = sorted(rows, key=lambda row: row.clip_id)
    # The rows are inserted first: once the set's own row exists, a trigger refuses more rows.
    set_id = connection.execute(sa.select(sa.func.coalesce(sa.func.max(curated_sets.c.id), 0) + 1)).scalar_one()
    if ordered:
        connection.execute(
            sa.insert(curated_rows),
            [
                {
                    "curated_set_id": set_id,
                    "clip_id": row.clip_id,
                    "subject_id": row.subject_id,
                    "label": row.label,
                    "source": row.source.value,
                    "weight": row.weight,
                    "soft_labels": [list(share) for share in row.soft_labels] or None,
                }
                for row in ordered
            ],
        )
    values = {
        "name": name,
        "rule": dict(rule),
        "digest": digest_of(rule, ordered),
        "created_at": now_utc(),
        "test_labels": {str(clip_id): label for clip_id, label in clips.test_labels(connection).items()},
    }
    connection.execute(sa.insert(curated_sets).values(id=set_id, **values))
    return get(connection, set_id)


def get(connection: sa.Connection, set_id: int) -> CuratedSet:
    """One set with its rows. Raises NotFoundError."""
    query = sa.select(curated_sets).where(curated_sets.c.id == set_id)
    return _curated_set(connection, one(connection, query, f"curated set {set_id}"))


def by_name(connection: sa.Connection, name: str) -> CuratedSet | None:
    """The newest set of that name."""
    query = sa.select(curated_sets).where(curated_sets.c.name == name).order_by(curated_sets.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _curated_set(connection, row)


def holds(connection: sa.Connection, set_id: int, *, clip_id: int | None = None, subject_id: int | None = None) -> bool:
    """Whether a row of the set is of this clip, or of this subject."""
    rows = sa.select(curated_rows.c.clip_id).where(curated_rows.c.curated_set_id == set_id)
    if clip_id is not None:
        rows = rows.where(curated_rows.c.clip_id == clip_id)
    if subject_id is not None:
        rows = rows.where(curated_rows.c.subject_id == subject_id)
    return connection.execute(rows.limit(1)).first() is not None


def changed_labels(connection: sa.Connection, set_id: int) -> dict[int, str | None]:
    """By clip id, the label of today by which a row of the set is scored, where it was another one when the set was
    made; None where there is none any more.

    Scored is by the trusted label, a bulk accept's by gold, else by the truth of a simulated cohort; other rows are left
    out.
    """
    pseudo, truth = LabelSource.PSEUDO.value, label_today(clip_rows.c.simulated_truth)
    unwatched = judgments.unwatched_at(connection, get(connection, set_id).created_at)
    accepted = (curated_rows.c.source == LabelSource.HUMAN.value) & curated_rows.c.clip_id.in_(unwatched)
    without = sa.func.coalesce(label_today(gold_labels.c.label), truth)
    then = sa.case(
        (curated_rows.c.source == pseudo, truth), (accepted, without), else_=label_today(curated_rows.c.label)
    )
    trusted = clip_states.c.label.is_not(None) & (clip_states.c.source != pseudo)
    now = sa.case((trusted & clips.is_unwatched(), without), (trusted, clip_states.c.label), else_=truth)
    query = (
        sa.select(curated_rows.c.clip_id, now.label("now"))
        .join(clip_states, clip_states.c.clip_id == curated_rows.c.clip_id)
        .join(clip_rows, clip_rows.c.id == curated_rows.c.clip_id)
        .outerjoin(gold_labels, gold_labels.c.clip_id == curated_rows.c.clip_id)
        .where(curated_rows.c.curated_set_id == set_id, then.is_not(None), sa.or_(now.is_(None), now != then))
        .order_by(curated_rows.c.clip_id)
    )
    return {row.clip_id: row.now for row in connection.execute(query)}


def all(connection: sa.Connection, limit: int = 50) -> list[CuratedSet]:
    """The newest sets first."""
    query = sa.select(curated_sets).order_by(curated_sets.c.id.desc()).limit(limit)
    return [_curated_set(connection, row) for row in connection.execute(query).mappings().all()]


def _curated_set(connection: sa.Connection, row: sa.RowMapping) -> CuratedSet:
    query = sa.select(curated_rows).where(curated_rows.c.curated_set_id == row["id"]).order_by(curated_rows.c.clip_id)
    return CuratedSet(
        id=row["id"],
        name=row["name"],
        rule=row["rule"],
        digest=row["digest"],
        rows=tuple(
            CuratedRow(
                item["clip_id"],
                item["subject_id"],
                item["label"],
                LabelSource(item["source"]),
                item["weight"],
                tuple((label, share) for label, share in item["soft_labels"] or ()),
            )
            for item in connection.execute(query).mappings()
        ),
        created_at=row["created_at"],
        test_labels={int(clip_id): (label, source) for clip_id, (label, source) in (row["test_labels"] or {}).items()},
    )
