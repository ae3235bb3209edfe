"""A training run: from a curated set to a stored results table, predictions, and a model on disk.

It runs as a job in its own process. If it is killed or cancelled, the next run with the same set, settings and code
resumes from the last checkpoint of each fit and ends with the same weights.
"""

from core.errors import JobCancelledError, TelltaleError
from core.progress import Progress
from core.types.runs import Run, RunState
from core.workspace import Workspace
from db import curated_sets, runs
from db.engine import Database
from training.data.dataset_spec import features_digest
from training.fit.disk_space import full_disk_explained
from training.runs.artifacts import code_version, write_artifacts
from training.runs.cross_validation import FITTED, cross_validate, fit_final_model, predict_for_selection
from training.runs.prepare import RunContext, prepare
from training.runs.report import report
from training.runs.run_folder import claim_run


def train(
    workspace: Workspace,
    database: Database,
    curated_set_id: int,
    progress: Progress,
    job_id: int | None = None,
    *,
    resume: bool = True,
) -> Run:
    """Trains, scores and stores a run; it becomes the selected run if it is not worse than that.

    Raises TrainingError, FeatureError or NotFoundError where the run cannot start or continue, JobCancelledError after
    a cancel, KeyboardInterrupt after Ctrl+C. The run is then recorded as failed or cancelled, and the selected run does
    not change.
    """
    with database.read() as connection:
        curated = curated_sets.get(connection, curated_set_id)
    run, folder = claim_run(
        workspace,
        database,
        curated_set_id=curated.id,
        job_id=job_id,
        settings={
            **workspace.settings.training.model_dump(mode="json"),
            "labels": list(workspace.settings.taxonomy.names),
            "curated_digest": curated.digest,
            "features_digest": features_digest(database, {row.clip_id for row in curated.rows}),
        },
        code_version=code_version(),
        resume=resume,
    )
    context = RunContext(workspace, database, curated, run, folder, progress)
    succeeded = False
    try:
        with full_disk_explained(folder.path):
            run = _train(context)
        succeeded = True
    except (JobCancelledError, KeyboardInterrupt):
        _record(database, run.id, RunState.CANCELLED, "Cancelled; the next run of the same set goes on from here.")
        raise
    except TelltaleError as error:
        _record(database, run.id, RunState.FAILED, str(error))
        raise
    except Exception as error:
        _record(database, run.id, RunState.FAILED, f"{type(error).__name__}: {error}")
        raise
    finally:
        folder.close(succeeded=succeeded)
    return run


def _train(context: RunContext) -> Run:
    """All steps of the run; returns it as stored."""
    prepared = prepare(context)
    out_of_fold = cross_validate(prepared)
    for_selection = predict_for_selection(prepared)
    model, others = fit_final_model(prepared)
    context.progress.report(FITTED, "scoring")
    metrics, predictions = report(prepared, out_of_fold, for_selection, model, others)
    write_artifacts(context, model, metrics)
    with context.database.write() as connection:
        runs.store_predictions(connection, predictions)
        run = runs.finish(connection, context.run.id, metrics)
        return runs.select(connection, run.id) if metrics["selection"]["selected"] else run


def _record(database: Database, run_id: int, state: RunState, reason: str) -> None:
    with database.write() as connection:
        runs.fail(connection, run_id, state, reason)
