"""Two finished runs side by side: settings, metrics with intervals, confusion, reliability, flips, subjects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.queries.plotted_values import CalibrationPoint
from app.queries.runs import METRICS, Flip, fusion_row, out_of_fold, shown_metric, titled
from core.types.clips import LabelSource
from core.types.runs import Run
from db import clips, runs
from db.engine import Database

_NOT_SET = "—"
_OF_THE_RUN = frozenset({"labels"})  # stored with the settings, but not a setting


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """The clips of a subject, and how many each run predicted right, out of fold."""

    subject: str
    n: int
    first_right: int
    second_right: int


@dataclass(frozen=True, slots=True)
class SideBySide:
    """`settings`: (name, first, second) where they differ. `metrics`: (name, first, second) with intervals.

    `first_points`, `second_points`: reliability diagrams, empty for runs that did not store them. `subjects`:
    largest difference first. `flips` are scored as when the second run was compared with the first, else by the
    current label unless it is a pseudo-label.
    """

    first: Run
    second: Run
    settings: tuple[tuple[str, str, str], ...]
    metrics: tuple[tuple[str, str, str], ...]
    first_points: tuple[CalibrationPoint, ...]
    second_points: tuple[CalibrationPoint, ...]
    subjects: tuple[SubjectLine, ...]
    flips: tuple[Flip, ...]

    @property
    def fixed(self) -> int:
        """Number of flips to the true label."""
        return sum(one.after == one.trusted for one in self.flips)

    @property
    def regressed(self) -> int:
        """Number of flips away from the true label."""
        return sum(one.before == one.trusted for one in self.flips)


def side_by_side(database: Database, first: Run, second: Run) -> SideBySide:
    """The second run compared with the first."""
    one, other = fusion_row(first), fusion_row(second)
    return SideBySide(
        first=first,
        second=second,
        settings=tuple(_differences(first, second)),
        metrics=tuple(
            (titled(metric), shown_metric(one.get(metric)), shown_metric(other.get(metric))) for metric in METRICS
        ),
        first_points=_points(first),
        second_points=_points(second),
        subjects=tuple(_subjects(database, first, second)),
        flips=tuple(_flips(database, first, second)),
    )


def _differences(first: Run, second: Run) -> Iterator[tuple[str, str, str]]:
    one, other = (dict(_flat({**run.settings, "code version": run.code_version})) for run in (first, second))
    for name in sorted({*one, *other}):
        was, now = _short(one.get(name)), _short(other.get(name))
        if was != now:
            yield name.replace("_", " "), was, now


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif prefix or name not in _OF_THE_RUN:
            yield prefix + name, value


def _short(value: Any) -> str:
    if value is None:
        return _NOT_SET
    words = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return words if len(words) <= 24 else f"{words[:12]}…"  # shortens digests


def _points(run: Run) -> tuple[CalibrationPoint, ...]:
    return tuple(
        CalibrationPoint(one["mean_confidence"], one["right"], one["interval"][0], one["interval"][1], one["n"])
        for one in run.metrics.get("reliability", ())
    )


def _subjects(database: Database, first: Run, second: Run) -> list[SubjectLine]:
    counted = [run.metrics.get("by_subject", {}) for run in (first, second)]
    common = sorted({*counted[0]} & {*counted[1]})
    with database.read() as connection:
        answered = [one.clip_id for one in out_of_fold(runs.predictions_of(connection, second.id))]
        names = {str(clip.subject_id): clip.subject for clip in clips.many(connection, answered)}
    found = [
        SubjectLine(names[one], counted[0][one]["n"], counted[0][one]["right"], counted[1][one]["right"])
        for one in common
        if one in names and counted[0][one]["n"] == counted[1][one]["n"]
    ]
    return sorted(found, key=lambda one: (-abs(one.second_right - one.first_right), one.subject))


def _flips(database: Database, first: Run, second: Run) -> Iterator[Flip]:
    kept = second.metrics.get("flips") or {}
    scored = {one["clip_id"]: one["trusted"] for one in kept.get("clips", ()) if kept["against_run"] == first.id}
    with database.read() as connection:
        predicted = [out_of_fold(runs.predictions_of(connection, run.id)) for run in (first, second)]
        said = [{one.clip_id: one.label for one in of_run} for of_run in predicted]
        flipped = [clip_id for clip_id in sorted({*said[0]} & {*said[1]}) if said[0][clip_id] != said[1][clip_id]]
        counting = clips.labels(connection, flipped)
        for clip in clips.many(connection, flipped):
            label = counting.get(clip.id)
            own = label.label if label and label.source is not LabelSource.PSEUDO else None
            trusted = scored.get(clip.id, own)
            yield Flip(clip, said[0][clip.id], said[1][clip.id], trusted)
