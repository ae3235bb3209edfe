"""Two finished runs side by side, on the same clips under the labels of today, and what changed in between.

The figures in a run's own table are of its day: of the clips that could be scored then, by the labels of then. Two
such figures do not compare, so that both runs are scored again here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.queries.counted import counted
from app.queries.plotted_values import CalibrationPoint
from app.queries.runs import METRICS, Flip, out_of_fold, shown_metric, titled
from app.queries.selected_run import of_labels
from app.queries.table_findings import notes_on_figures
from core.taxonomy import Taxonomy
from core.types.clips import Clip, LabelSource
from core.types.runs import CuratedRow, Prediction, Run
from db import clips, curated_sets, runs
from db.engine import Database
from training.evaluation.paired_tests import paired_difference
from training.evaluation.predictions import Predictions
from training.evaluation.results_table import Scored, confusion_matrix, table_row
from training.runs.run_metrics import reliability_of, right_by_subject, scored_by_truth_alone, scored_clips

_NOT_SET = "—"
_SPOKEN_OF = frozenset(
    {"labels", "curated_digest", "features_digest"}
)  # stored with the settings; `changed` tells them


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """The clips of a subject, and how many each run predicted right, out of fold."""

    subject: str
    n: int
    first_right: int
    second_right: int


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Both runs on the `n` clips that both predicted out of fold and that have a true label today.

    `changed`: sentences on what changed from the first run to the second. `settings`: (name, first, second) where they
    differ. `metrics`: (name, first, second) with intervals. `confusions`, `points`: of the first and the second run, on
    these clips. `subjects`: largest difference first. Without such a clip, and for runs of different labels, there
    are only `changed`, `settings` and `flips`.
    """

    first: Run
    second: Run
    n: int
    changed: tuple[str, ...]
    settings: tuple[tuple[str, str, str], ...]
    metrics: tuple[tuple[str, str, str], ...]
    difference_sentence: str
    confusions: tuple[list[list[int]], ...]
    points: tuple[tuple[CalibrationPoint, ...], ...]
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


@dataclass(frozen=True, slots=True)
class _OutOfFold:
    """The clips that both runs predicted out of fold, what each said of them, and their true labels of today."""

    clips: Mapping[int, Clip]
    said: tuple[Mapping[int, Prediction], Mapping[int, Prediction]]
    truth: Sequence[Scored]


def side_by_side(database: Database, first: Run, second: Run, today: Taxonomy) -> SideBySide:
    """The second run compared with the first; `today`: the labels of today."""
    both = _out_of_fold(database, first, second)
    labels = tuple(second.metrics["labels"])
    alike = tuple(first.metrics["labels"]) == labels
    scored = tuple(one for one in both.truth if alike and one.label in labels)
    predictions = [{one.clip_id: of_run[one.clip_id].probabilities for one in scored} for of_run in both.said]
    rows, difference = _figures(scored, *(tuple(one.items()) for one in predictions), labels, _best(second, scored))
    return SideBySide(
        first=first,
        second=second,
        n=len(scored),
        changed=tuple(_changed(database, first, second, scored, today)),
        settings=tuple(_differences(first, second)),
        metrics=tuple(_metric_line(metric, rows) for metric in METRICS if scored),
        difference_sentence=" ".join(
            [_difference_sentence(first, second, difference, len(scored)), *notes_on_figures(rows)] if alike else []
        ),
        confusions=tuple(confusion_matrix(one, scored, labels) for one in predictions if scored),
        points=tuple(_points(one, scored, labels) for one in predictions),
        subjects=tuple(_subjects(both, predictions, scored, labels)),
        flips=tuple(_flips(both)),
    )


def _out_of_fold(database: Database, first: Run, second: Run) -> _OutOfFold:
    with database.read() as connection:
        one, other = (
            {made.clip_id: made for made in out_of_fold(runs.predictions_of(connection, run.id))}
            for run in (first, second)
        )
        found = {clip.id: clip for clip in clips.many(connection, one.keys() & other.keys())}
    truth = scored_clips(database, {clip.id: clip.subject_id for clip in found.values()})
    return _OutOfFold(found, (one, other), truth)


@lru_cache(maxsize=8)  # as the page is drawn again at every click
def _figures(
    scored: tuple[Scored, ...],
    first: tuple[tuple[int, tuple[float, ...]], ...],
    second: tuple[tuple[int, tuple[float, ...]], ...],
    labels: tuple[str, ...],
    best: float | None,
) -> tuple[tuple[dict[str, Any], dict[str, Any]], dict[str, float] | None]:
    """The row of the results table of each run, and the second minus the first in balanced accuracy; None without a clip.

    `first`, `second`: the runs' predictions as (clip id, probabilities).
    """
    one, other = dict(first), dict(second)
    rows = (
        table_row("first", one, scored, labels, best_balanced_accuracy=best),
        table_row("second", other, scored, labels, best_balanced_accuracy=best),
    )
    found = paired_difference({"first": [one], "second": [other]}, ("second", "first"), scored, labels)
    return rows, None if found is None else found["difference"]


def _best(run: Run, scored: Sequence[Scored]) -> float | None:
    """The best possible balanced accuracy, where all these clips are scored against the truth of the run's cohort."""
    if not scored_by_truth_alone(Counter(one.source for one in scored)):
        return None
    return (run.metrics.get("best_possible") or {}).get("balanced_accuracy")


def _metric_line(metric: str, rows: Sequence[Mapping[str, Any]]) -> tuple[str, str, str]:
    one, other = (shown_metric(row[metric]) for row in rows)
    return titled(metric), one, other


def _difference_sentence(first: Run, second: Run, difference: Mapping[str, float] | None, n: int) -> str:
    if difference is None:
        return "There is no clip with a true label that both predicted out of fold, so the two are not compared."
    return (
        f"On the {n} clips that both predicted, run {second.id} minus run {first.id} in balanced accuracy: "
        f"{difference['value']:+.3f} (95 % {difference['low']:+.3f} to {difference['high']:+.3f})."
    )


def _changed(database: Database, first: Run, second: Run, scored: Sequence[Scored], today: Taxonomy) -> Iterator[str]:
    with database.read() as connection:
        rows, rows_now = (
            {row.clip_id: row for row in curated_sets.get(connection, run.curated_set_id).rows}
            for run in (first, second)
        )
    yield _rows_sentence(first, second, rows, rows_now)
    digest, digest_now = (run.settings.get("features_digest") for run in (first, second))
    if rows.keys() == rows_now.keys() and digest != digest_now:
        yield "The features of the same rows were computed again in between."
    if first.metrics["labels"] != second.metrics["labels"]:
        one, other = (" from ".join(map(today.title, run.metrics["labels"])) for run in (first, second))
        yield f"Run {first.id} tells {one}, run {second.id} {other}: no figure of the two compares."
        return
    if scored:
        yield _scored_sentence(first, second, scored, of_today=of_labels(second, today.names))


def _rows_sentence(first: Run, second: Run, rows: Mapping[int, CuratedRow], rows_now: Mapping[int, CuratedRow]) -> str:
    was, now = ({(one.clip_id, one.source): one.label for one in of_run.values()} for of_run in (rows, rows_now))
    added, removed = (
        Counter(source for _, source in one) for one in (now.keys() - was.keys(), was.keys() - now.keys())
    )
    parts = [
        " ".join(f"{sign}{n}" for sign, n in (("+", added[source]), ("−", removed[source])) if n) + f" {source.value}"
        for source in LabelSource
        if added[source] or removed[source]
    ]
    kept = was.keys() & now.keys()
    same = sum(was[one] == now[one] for one in kept)
    if same < len(kept):
        parts.append(f"{counted(len(kept) - same, 'row has', 'rows have')} another label")
    return (
        f"Training rows from run {first.id} to run {second.id}: {', '.join(parts) or 'no change'}; "
        f"{counted(same, 'row is', 'rows are')} the same."
    )


def _scored_sentence(first: Run, second: Run, scored: Sequence[Scored], *, of_today: bool) -> str:
    today = Counter(one.source for one in scored)
    by = "by the labels of today" if of_today else "both of the labels before the change"
    here = f"on the {len(scored)} clips that both predicted, {by}: {_by_source(today)}."
    then = [run.metrics.get("scored_against", {}) for run in (first, second)]
    if then == [today, today]:
        return f"Both are scored {here}"
    own = ", ".join(f"run {run.id} on {_by_source(of_run)}" for run, of_run in zip((first, second), then, strict=True))
    return f"Scored in their own tables on other clips or labels: {own}. Here both are scored {here}"


def _by_source(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {source}" for source, n in sorted(numbers.items())) or "none"


def _differences(first: Run, second: Run) -> Iterator[tuple[str, str, str]]:
    one, other = (dict(_flat({**run.settings, "code version": run.code_version})) for run in (first, second))
    for name in sorted({*one, *other}):
        if one.get(name) != other.get(name):
            yield name.replace("_", " "), _shown(one.get(name)), _shown(other.get(name))
    made, made_now = (run.metrics.get("producers", {}) for run in (first, second))
    for modality in sorted({*made, *made_now}):
        if made.get(modality) != made_now.get(modality):
            was, now = _program(made.get(modality)), _program(made_now.get(modality))
            yield f"{modality} features", was, now if now != was else f"{now} with other settings"


def _program(producer: Mapping[str, str] | None) -> str:
    return _NOT_SET if producer is None else f"{producer['name']} {producer['version']}"


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif prefix or name not in _SPOKEN_OF:
            yield prefix + name, value


def _shown(value: Any) -> str:
    if value is None:
        return _NOT_SET
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _points(predictions: Predictions, scored: Sequence[Scored], labels: Sequence[str]) -> tuple[CalibrationPoint, ...]:
    return tuple(
        CalibrationPoint(one.mean_confidence, one.right, *one.interval, one.n)
        for one in reliability_of(predictions, scored, labels)
    )


def _subjects(
    both: _OutOfFold, predictions: Sequence[Predictions], scored: Sequence[Scored], labels: Sequence[str]
) -> list[SubjectLine]:
    names = {str(clip.subject_id): clip.subject for clip in both.clips.values()}
    was, now = (right_by_subject(one, scored, labels) for one in predictions)
    found = [SubjectLine(names[one], was[one]["n"], was[one]["right"], now[one]["right"]) for one in was]
    return sorted(found, key=lambda one: (-abs(one.second_right - one.first_right), one.subject))


def _flips(both: _OutOfFold) -> Iterator[Flip]:
    trusted = {one.clip_id: one.label for one in both.truth}
    was, now = both.said
    for clip_id, clip in both.clips.items():
        if was[clip_id].label != now[clip_id].label:
            yield Flip(clip, was[clip_id].label, now[clip_id].label, trusted.get(clip_id))
