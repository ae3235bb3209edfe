"""Runs for pages and command line: results table, curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.queries.plotted_values import Interval
from app.queries.selected_run import of_labels
from app.queries.table_findings import finding, modalities_sentence, notes_on_figures
from core.errors import NotFoundError
from core.taxonomy import Taxonomy
from core.types.clips import Clip
from core.types.runs import Prediction, Run, RunState
from core.workspace import Workspace
from db import curated_sets, runs
from db.engine import Database
from training.fit.training_curves import read_curves
from training.runs.run_folder import CONFIG_FILE
from training.runs.run_metrics import scored_by_truth_alone

OF_BEST = "share_of_best_possible"
METRICS = ("accuracy", "balanced_accuracy", "macro_f1", "auroc", "ece", OF_BEST)
_HEADINGS = {"macro_f1": "macro F1", "auroc": "AUROC", "ece": "ECE", OF_BEST: "share of best"}
_CHANCE = {"balanced_accuracy"}  # metrics whose chance level is drawn; accuracy is compared with the majority row
_SHOWN = 50  # mistakes listed at most


@dataclass(frozen=True, slots=True)
class Flip:
    """A clip with different labels from two runs; `trusted` is its true label, if known."""

    clip: Clip
    before: str
    after: str
    trusted: str | None


def finished_runs(database: Database) -> list[Run]:
    """Succeeded runs, newest first."""
    with database.read() as connection:
        return [run for run in runs.all(connection) if run.state is RunState.SUCCEEDED]


def latest_finished_run(database: Database) -> Run | None:
    """The newest succeeded run."""
    return next(iter(finished_runs(database)), None)


def run_facts(database: Database, run_id: int | None) -> dict[str, Any]:
    """A run as JSON; the newest finished one without `run_id`. Raises NotFoundError."""
    if run_id is None:
        run = latest_finished_run(database)
        if run is None:
            raise NotFoundError("There is no finished run yet; train one with: telltale train")
    else:
        with database.read() as connection:
            run = runs.get(connection, run_id)
    with database.read() as connection:
        curated = curated_sets.get(connection, run.curated_set_id)
    return {
        "id": run.id,
        "state": run.state.value,
        "selected": run.selected,
        "curated_set": curated.name,
        "code_version": run.code_version,
        "settings": dict(run.settings),
        "metrics": dict(run.metrics),
        "scored_against": scored_sentence(run),
        "sentences": sentences_below(run),
        "error": run.error,
    }


def table_lines(metrics: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the results table as text."""
    compared = scored_by_truth_alone(metrics.get("scored_against", {}))
    rows = [
        [str(row["name"]), str(row.get("n", ""))]
        + [shown_metric(_figure(row, metric) if compared or metric != OF_BEST else None) for metric in METRICS]
        for row in metrics.get("table", ())
    ]
    return ["model", "n", *map(titled, METRICS)], rows


def _figure(row: Mapping[str, Any], metric: str) -> Any:
    """The figure; of a calibration error the value alone, to which older versions gave an interval."""
    figure = row.get(metric)
    return figure["value"] if metric == "ece" and isinstance(figure, Mapping) else figure


def forest_rows(run: Run, metric: str) -> tuple[list[Interval], float | None, float | None]:
    """Rows of a forest plot, the chance level, and the best possible value where the rows can be compared with it."""
    rows = [
        Interval(
            name=str(row["name"]),
            value=float(row[metric]["value"]),
            low=float(row[metric]["low"]),
            high=float(row[metric]["high"]),
            emphasized=str(row["name"]).startswith("fusion"),
        )
        for row in run.metrics.get("table", ())
        if isinstance(row.get(metric), Mapping) and row[metric].get("value") is not None
    ]
    classes = len(run.metrics["labels"])
    return rows, (1 / classes if metric in _CHANCE else None), best_possible_of(run.metrics).get(metric)


def best_possible_of(metrics: Mapping[str, Any]) -> Mapping[str, float]:
    """The best possible score by metric; empty where it is unknown, or where a clip was scored against another label than
    the cohort's truth (runs of version 0.1 stored it there too).
    """
    return (metrics.get("best_possible") or {}) if scored_by_truth_alone(metrics.get("scored_against", {})) else {}


def scored_sentence(run: Run) -> str:
    """How many clips were scored against which labels."""
    return str(run.metrics.get("scored_sentence", "This run was not scored."))


def sentences_below(run: Run) -> list[str]:
    """What the results table of the run shows, against which labels, which rows say little, and which intervals
    cannot be trusted.
    """
    shown = finding(run.metrics) if "pairs" in run.metrics else ""
    table = run.metrics.get("table", ())
    notes = run.metrics.get("row_notes", {}).values()
    said = [scored_sentence(run), shown, modalities_sentence(table), *notes, *notes_on_figures(table)]
    return [sentence for sentence in said if sentence]


def other_labels_sentence(run: Run, taxonomy: Taxonomy) -> str:
    """Says where a run tells other labels than those of today; empty where it does not."""
    if of_labels(run, taxonomy.names):
        return ""
    told = ", ".join(taxonomy.title(name) for name in run.metrics["labels"])
    return (
        f"Run {run.id} tells {told}, which are not the labels of today: what it says can be read, and it is compared only "
        "with runs of the same labels."
    )


def curve_points(workspace: Workspace, run: Run) -> list[dict[str, Any]]:
    """The points of `curves.jsonl`, without a last line that is still being written. Raises TrainingError."""
    path = workspace.root / run.artifacts_path / "curves.jsonl"
    return read_curves(path) if path.exists() else []


def titled(metric: str) -> str:
    """A metric's name for people."""
    return _HEADINGS.get(metric, metric.replace("_", " "))


def out_of_fold(predictions: Sequence[Prediction]) -> list[Prediction]:
    """The predictions by models that were not trained on the clip's subject."""
    return [prediction for prediction in predictions if prediction.fold >= 0]


def shown_metric(value: Any) -> str:
    """A figure with its interval; a dash for None."""
    if isinstance(value, Mapping):
        if value.get("value") is None:
            return "—"
        if value.get("low") is None:
            return f"{value['value']:.3f}"
        return f"{value['value']:.2f} [{value['low']:.2f}, {value['high']:.2f}]"
    return "—" if value is None else f"{value:.3f}"


def all_runs(database: Database) -> list[Run]:
    """Every run, newest first."""
    with database.read() as connection:
        return runs.all(connection)


def get_run(database: Database, run_id: int) -> Run:
    """One run. Raises NotFoundError."""
    with database.read() as connection:
        return runs.get(connection, run_id)


def run_of_job(database: Database, job_id: int) -> Run | None:
    """The run of a training job; None before it has started."""
    return next((run for run in all_runs(database) if run.job_id == job_id), None)


def has_model(workspace: Workspace, run: Run) -> bool:
    """Whether the files of its model exist."""
    return bool(run.artifacts_path) and (workspace.root / run.artifacts_path / CONFIG_FILE).is_file()


def select_run(database: Database, run: Run) -> None:
    """Makes a run the selected one."""
    with database.write() as connection:
        runs.select(connection, run.id)


def fusion_row(run: Run) -> Mapping[str, Any]:
    """The row of the fusion in the run's table; empty where it was not scored."""
    return next((row for row in run.metrics.get("table", ()) if str(row["name"]).startswith("fusion")), {})
