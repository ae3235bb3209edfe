"""Training runs and their predictions."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from core.errors import TrainingError
from core.settings.renamed_keys import with_present_names
from core.types.runs import Prediction, Run, RunState
from db.jobs import UNFINISHED
from db.row_mapping import batches, inserted_id, one
from db.tables import jobs, now_utc, predictions, runs


def start(
    connection: sa.Connection,
    *,
    curated_set_id: int,
    job_id: int | None,
    settings: Mapping[str, Any],
    code_version: str,
    artifacts_path: str = "",
) -> Run:
    """Adds a running run."""
    run_id = inserted_id(
        connection.execute(
            sa.insert(runs).values(
                curated_set_id=curated_set_id,
                job_id=job_id,
                state=RunState.RUNNING.value,
                settings=dict(settings),
                code_version=code_version,
                metrics={},
                artifacts_path=artifacts_path,
                selected=False,
                error="",
                created_at=now_utc(),
            )
        )
    )
    return get(connection, run_id)


def resume(connection: sa.Connection, run_id: int, job_id: int | None) -> Run:
    """Marks a run as running again under another job. Raises TrainingError if it has succeeded."""
    if get(connection, run_id).state is RunState.SUCCEEDED:
        raise TrainingError(f"Run {run_id} has succeeded; there is nothing to resume.")
    return _change(connection, run_id, state=RunState.RUNNING.value, job_id=job_id, error="", finished_at=None)


def finish(connection: sa.Connection, run_id: int, metrics: Mapping[str, Any]) -> Run:
    """Marks a run as succeeded; `metrics` is its results table."""
    return _change(connection, run_id, state=RunState.SUCCEEDED.value, metrics=dict(metrics), finished_at=now_utc())


def fail(connection: sa.Connection, run_id: int, state: RunState, error: str) -> Run:
    """Marks a run as failed, cancelled or interrupted; the selected run stays selected."""
    return _change(connection, run_id, state=state.value, error=error, finished_at=now_utc())


def set_artifacts(connection: sa.Connection, run_id: int, artifacts_path: str) -> Run:
    """Sets the folder of the run's files, relative to the workspace."""
    return _change(connection, run_id, artifacts_path=artifacts_path)


def select(connection: sa.Connection, run_id: int) -> Run:
    """Makes a run the selected one. Raises TrainingError if it has not succeeded."""
    if get(connection, run_id).state is not RunState.SUCCEEDED:
        raise TrainingError(f"Run {run_id} has not succeeded and cannot be selected.")
    connection.execute(sa.update(runs).where(runs.c.selected).values(selected=False))
    return _change(connection, run_id, selected=True)


def get(connection: sa.Connection, run_id: int) -> Run:
    """One run. Raises NotFoundError."""
    return _run(one(connection, sa.select(runs).where(runs.c.id == run_id), f"run {run_id}"))


def selected(connection: sa.Connection) -> Run | None:
    """The selected run, if any."""
    row = connection.execute(sa.select(runs).where(runs.c.selected)).mappings().one_or_none()
    return None if row is None else _run(row)


def all(connection: sa.Connection, limit: int = 200) -> list[Run]:
    """The newest runs first."""
    rows = connection.execute(sa.select(runs).order_by(runs.c.id.desc()).limit(limit)).mappings()
    return [_run(row) for row in rows]


def without_job_under_way(connection: sa.Connection) -> list[Run]:
    """Running runs whose job has ended, or that no job began; whether a process trains them, their folder's lock tells."""
    under_way = sa.select(jobs.c.id).where(jobs.c.state.in_([state.value for state in UNFINISHED]))
    query = sa.select(runs).where(
        runs.c.state == RunState.RUNNING.value, runs.c.job_id.is_(None) | runs.c.job_id.not_in(under_way)
    )
    return [_run(row) for row in connection.execute(query).mappings()]


def store_predictions(connection: sa.Connection, made: Iterable[Prediction]) -> None:
    """Stores predictions; those of a resumed run replace its earlier ones."""
    rows = [
        {
            "run_id": prediction.run_id,
            "clip_id": prediction.clip_id,
            "fold": prediction.fold,
            "probabilities": list(prediction.probabilities),
            "label": prediction.label,
            "confidence": max(prediction.probabilities),
            "label_quality": prediction.label_quality,
            "label_issue": prediction.label_issue,
        }
        for prediction in made
    ]
    for run_id in {row["run_id"] for row in rows}:
        for part in batches([row["clip_id"] for row in rows if row["run_id"] == run_id]):
            here = (predictions.c.run_id == run_id) & predictions.c.clip_id.in_(part)
            connection.execute(sa.delete(predictions).where(here))
    if rows:
        connection.execute(sa.insert(predictions), rows)


def predictions_of(connection: sa.Connection, run_id: int, clip_ids: Iterable[int] | None = None) -> list[Prediction]:
    """A run's predictions in order of clip id, for all its clips or some."""
    query = sa.select(predictions).where(predictions.c.run_id == run_id).order_by(predictions.c.clip_id)
    if clip_ids is None:
        rows = list(connection.execute(query).mappings())
    else:
        rows = [
            row
            for part in batches(sorted(set(clip_ids)))
            for row in connection.execute(query.where(predictions.c.clip_id.in_(part))).mappings()
        ]
    return [
        Prediction(
            run_id=row["run_id"],
            clip_id=row["clip_id"],
            fold=row["fold"],
            probabilities=tuple(row["probabilities"]),
            label=row["label"],
            label_quality=row["label_quality"],
            label_issue=bool(row["label_issue"]),
        )
        for row in rows
    ]


def _change(connection: sa.Connection, run_id: int, **values: Any) -> Run:
    connection.execute(sa.update(runs).where(runs.c.id == run_id).values(**values))
    return get(connection, run_id)


def _run(row: sa.RowMapping) -> Run:
    values = dict(row)
    return Run(
        **{
            **values,
            "settings": with_present_names(values["settings"], "training")[0],
            "metrics": upgraded_metrics(values["metrics"]),
            "state": RunState(values["state"]),
            "selected": bool(values["selected"]),
        }
    )


def upgraded_metrics(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """A run's metrics under the present keys: version 0.1 had "promotion" and "promoted" for "selection", and "mended" and
    "broken" for "fixed" and "regressed"."""
    new = dict(metrics)
    if "promotion" in new:
        new["selection"] = _renamed(new.pop("promotion"), {"promoted": "selected"})
    if new.get("flips"):
        new["flips"] = _renamed(new["flips"], {"mended": "fixed", "broken": "regressed"})
    return new


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in values.items()}
