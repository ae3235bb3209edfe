"""Findings about work: jobs and runs whose process is gone, runs without files, claims, leases, uploads."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from app.jobs.processes import mark_interrupted_work
from app.opened_workspace import OpenedWorkspace
from app.queries.counted import counted
from app.workspace_check.finding import Finding
from core.errors import LabelingError
from core.types.runs import Run, RunState
from db import integrity, jobs, labeling_claims, runs
from db.provider_uploads import Upload
from labeling.vlm.leftover_uploads import delete_leftover_uploads, leftover_uploads
from training.runs.run_folder import MODEL_FILES, is_being_trained

_ALL = 10**9
_INTERRUPTED = "marks it as interrupted, so that it can be resumed"


def of_work(opened: OpenedWorkspace) -> list[Finding]:
    """All of them."""
    return [*_jobs_and_runs(opened), *_run_files(opened), *_claims_and_leases(opened), *_uploads(opened)]


def _jobs_and_runs(opened: OpenedWorkspace) -> Iterator[Finding]:
    def mark() -> None:
        mark_interrupted_work(opened.workspace, opened.database)

    with opened.database.read() as connection:
        lost = jobs.lost(connection)
        at_work = {job.id for job in jobs.active(connection)} - {job.id for job in lost}
        running = [run for run in runs.all(connection, _ALL) if run.state is RunState.RUNNING]
    for job in lost:
        yield Finding("job", f"Job {job.id} ({job.kind}) is {job.state}, but its process is gone.", _INTERRUPTED, mark)
    for run in running:
        folder = opened.workspace.runs_dir / str(run.id)
        if run.job_id not in at_work and not is_being_trained(folder):
            yield Finding("run", f"Run {run.id} is running, but no process trains it.", _INTERRUPTED, mark)


def _run_files(opened: OpenedWorkspace) -> Iterator[Finding]:
    with opened.database.read() as connection:
        known = {run.id: run for run in runs.all(connection, _ALL)}
    for run in sorted(known.values(), key=lambda run: run.id):
        if run.state is RunState.SUCCEEDED:
            yield from _missing_model(opened.workspace.root / run.artifacts_path, run)
    for folder in sorted(opened.workspace.runs_dir.iterdir()):
        if folder.is_dir() and folder.name.isdecimal() and int(folder.name) not in known:
            yield Finding(
                "run", f"{folder} holds files of a run that the database does not know; delete it, or keep it."
            )


def _missing_model(folder: Path, run: Run) -> Iterator[Finding]:
    what = f"Run {run.id} has succeeded" + (" and is the selected one" if run.selected else "")
    for name in MODEL_FILES:
        path = folder / name
        if not path.is_file() or not path.stat().st_size:
            yield Finding("run", f"{what}, but its file {path} is missing or empty; train again.")


def _claims_and_leases(opened: OpenedWorkspace) -> Iterator[Finding]:
    database = opened.database
    with database.read() as connection:
        claims, leases = labeling_claims.abandoned(connection), integrity.leases_ahead(connection)

    def release() -> None:
        with database.write() as connection:
            labeling_claims.release_abandoned(connection)

    def end() -> None:
        with database.write() as connection:
            integrity.end_leases_ahead(connection)

    if claims:
        what = counted(claims, "clip is", "clips are")
        yield Finding("claim", f"{what} claimed by a labeling run that has ended.", "releases them", release)
    if leases:
        what = counted(leases, "clip is", "clips are")
        yield Finding(
            "lease", f"{what} reserved for more than a day; the clock was ahead then.", "ends the reservation", end
        )


def _uploads(opened: OpenedWorkspace) -> Iterator[Finding]:
    asking = _Asking(opened)
    for one in leftover_uploads(opened.database):
        why = f" ({one.failure.rstrip('.')})" if one.failure else ""
        yield Finding(
            "upload",
            f"The video {one.upload.name} of clip {one.upload.clip_id} may still lie with {one.upload.receiver}{why}; the "
            f"next `telltale label` by {one.upload.labeler} deletes it.",
            "asks the server to delete it",
            partial(asking.delete, one.upload),
        )


class _Asking:
    """Asks the servers once to delete all that was left with them."""

    def __init__(self, opened: OpenedWorkspace) -> None:
        self._opened = opened
        self._left: dict[Upload, str] | None = None

    def delete(self, upload: Upload) -> None:
        """Raises LabelingError if the server may still hold it, SettingsError without its key."""
        if self._left is None:
            cleaned = delete_leftover_uploads(self._opened.workspace, self._opened.database)
            self._left = {one.upload: one.failure for one in cleaned.left}
        if upload in self._left:
            why = self._left[upload] or f"the settings name another server than {upload.receiver}."
            raise LabelingError(f"{upload.name} was not deleted: {why}")
