"""The log of changes of the taxonomy, and where its names are used.

The newest successor of a retired name counts, and follows a successor that is itself retired later (by trigger).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.taxonomy_changes import TaxonomyChange
from core.types.runs import RunState
from db.labels_today import label_today, successors
from db.tables import (
    clip_states,
    counters,
    curated_rows,
    decisions,
    gold_labels,
    label_changes,
    now_utc,
    pseudo_labels,
    reviewers,
    runs,
)

TAKEN_BACK = "selected_until"  # of a run's metrics: when a change of the labels took its selection back
BY_IMPORT = "telltale import"
"""Who changed the labels where it was no reviewer."""


@dataclass(frozen=True, slots=True)
class LabelChange:
    """One row of the log. `kind`: added, title or retired; `successor`: of a retired name, None where its clips went back.

    `by`: a reviewer's name.
    """

    kind: str
    name: str
    old_title: str | None
    new_title: str | None
    successor: str | None
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class LabelUses:
    """Where a name of today is used: rows of the decision log of all coders, answers of all labelers, each also as the number
    of their clips; gold labels, and clips whose label it is.
    """

    decisions: int = 0
    decided_clips: int = 0
    pseudo_labels: int = 0
    pseudo_labeled_clips: int = 0
    gold: int = 0
    clips: int = 0

    @property
    def any(self) -> bool:
        return bool(self.decisions or self.pseudo_labels or self.gold)


def record(connection: sa.Connection, change: TaxonomyChange, reviewer_id: int | None) -> None:
    """Logs the change, by a reviewer, or by an import of labels. Retired names are read as their successors from now on, and
    every clip's state follows.
    """
    at = now_utc()
    common: dict[str, Any] = {
        "old_title": None,
        "new_title": None,
        "successor": None,
        "reviewer_id": reviewer_id,
        "created_at": at,
    }
    rows: list[dict[str, Any]] = [
        *({"kind": "added", "name": name, "new_title": title} for name, title in change.added),
        *(
            {"kind": "title", "name": one.name, "old_title": one.old_title, "new_title": one.new_title}
            for one in change.retitled
        ),
        *(
            {"kind": "retired", "name": one.name, "old_title": one.title, "successor": one.successor}
            for one in change.retired
        ),
    ]
    for row in rows:  # one by one: a trigger follows each
        connection.execute(sa.insert(label_changes).values(**{**common, **row}))


def note_titles(connection: sa.Connection, titles: Mapping[str, str]) -> None:
    """Notes the titles of names whose title nobody has noted yet, so that one changed by hand is noticed."""
    known = titles_noted(connection)
    at = now_utc()
    rows = [
        {"kind": "seen", "name": name, "new_title": title, "created_at": at}
        for name, title in titles.items()
        if name not in known
    ]
    if rows:
        connection.execute(sa.insert(label_changes), rows)


def titles_noted(connection: sa.Connection) -> dict[str, str]:
    """The newest title of each name that was noted, added or changed in the app."""
    query = sa.select(label_changes.c.name, label_changes.c.new_title).where(label_changes.c.new_title.is_not(None))
    return {row.name: row.new_title for row in connection.execute(query.order_by(label_changes.c.id))}


def log(connection: sa.Connection) -> list[LabelChange]:
    """All changes that people made, newest first."""
    query = (
        sa.select(label_changes, reviewers.c.name.label("by"))
        .outerjoin(reviewers, reviewers.c.id == label_changes.c.reviewer_id)
        .where(label_changes.c.kind != "seen")
        .order_by(label_changes.c.id.desc())
    )
    return [
        LabelChange(
            row.kind, row.name, row.old_title, row.new_title, row.successor, row.by or BY_IMPORT, row.created_at
        )
        for row in connection.execute(query)
    ]


def newest_change_of_names(connection: sa.Connection) -> datetime | None:
    """When a label was last added or retired in the app; None where none was."""
    query = sa.select(label_changes.c.created_at).where(label_changes.c.kind.in_(("added", "retired")))
    return connection.execute(query.order_by(label_changes.c.id.desc()).limit(1)).scalar_one_or_none()


def any_made(connection: sa.Connection) -> bool:
    """Whether people ever changed the labels in the app."""
    return connection.execute(sa.select(label_changes.c.id).where(label_changes.c.kind != "seen")).first() is not None


def uses(connection: sa.Connection) -> dict[str, LabelUses]:
    """Where each name is used, what was written under retired names counted for their successors. Reads every label."""
    found: dict[str, dict[str, int]] = {}
    for field, column in _WRITTEN.items():
        name, of_clips = label_today(column), sa.func.count(column.table.c.clip_id.distinct())
        query = sa.select(name.label("name"), sa.func.count().label("n"), of_clips.label("clips"))
        for row in connection.execute(query.where(name.is_not(None)).group_by(name)):
            values = found.setdefault(row.name, {})
            values[field] = row.n
            if field in _CLIPS_OF:
                values[_CLIPS_OF[field]] = row.clips
    counting = sa.select(clip_states.c.label, sa.func.count().label("n")).group_by(clip_states.c.label)
    for row in connection.execute(counting.where(clip_states.c.label.is_not(None))):
        found.setdefault(row.label, {})["clips"] = row.n
    return {name: LabelUses(**values) for name, values in found.items()}


def ever_used(connection: sa.Connection) -> frozenset[str]:
    """Every name that was ever written or retired; it is given to no other label."""
    written = (connection.execute(sa.select(column).distinct()).scalars() for column in (*_WRITTEN.values(), _CURATED))
    return frozenset(name for names in written for name in names if name) | successors(connection).keys()


def counting_names(connection: sa.Connection) -> dict[str, int]:
    """Clips by the label that counts for them, from the counters: fast at any number of clips."""
    found: dict[str, int] = {}
    for row in connection.execute(sa.select(counters).where(counters.c.name.like("label:%"), counters.c.n > 0)):
        label = row.name.split(":", 2)[2]
        found[label] = found.get(label, 0) + row.n
    return found


def sets_and_runs_of_other_labels(connection: sa.Connection, names: Sequence[str]) -> tuple[int, int]:
    """Finished runs that tell other labels than `names`, and curated sets that these were trained on or with another label."""
    sets = sa.select(curated_rows.c.curated_set_id).where(_CURATED.not_in(names)).distinct()
    finished = sa.select(runs.c.metrics, runs.c.curated_set_id).where(runs.c.state == RunState.SUCCEEDED.value)
    trained_on = [
        row.curated_set_id
        for row in connection.execute(finished)
        if (told := _labels_of(row.metrics)) and told != set(names)
    ]
    return len({*connection.execute(sets).scalars(), *trained_on}), len(trained_on)


def deselect_run_of_other_labels(connection: sa.Connection, names: Sequence[str]) -> int | None:
    """Takes the selected run back if it tells other labels than `names`; returns its id, None if none was.

    The time is kept among its metrics (TAKEN_BACK), as ISO 8601.
    """
    row = connection.execute(sa.select(runs.c.id, runs.c.metrics).where(runs.c.selected)).one_or_none()
    if row is None or _labels_of(row.metrics) in (set(names), set()):
        return None
    metrics = {**row.metrics, TAKEN_BACK: now_utc().isoformat()}
    connection.execute(sa.update(runs).where(runs.c.id == row.id).values(selected=False, metrics=metrics))
    return int(row.id)


def _labels_of(metrics: Mapping[str, Any]) -> set[str]:
    labels = metrics.get("labels")
    return set(labels) if isinstance(labels, list) else set()


_CURATED = curated_rows.c.label
_CLIPS_OF = {"decisions": "decided_clips", "pseudo_labels": "pseudo_labeled_clips"}
_WRITTEN = {"decisions": decisions.c.label, "pseudo_labels": pseudo_labels.c.label, "gold": gold_labels.c.label}
