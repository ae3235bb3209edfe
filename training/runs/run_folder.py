"""The folder of a run, `runs/<id>/`, and its lock.

lock                     held by the process that trains; the operating system frees it when the process ends
curves.jsonl             training.fit.training_curves
checkpoints/             training.fit.checkpoint; removed when the run has succeeded
cache/                   training.data.dataset; removed when the run ends
timelines/               training.runs.timelines, one file per clip
model_selection.json     training.evaluation.run_selection
config.json              training.runs.artifacts, once the run has succeeded, like the next two
model.safetensors
model_card.md
"""

import io
import secrets
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.errors import InputError, TrainingError
from core.types.runs import Run, RunState
from core.workspace import Workspace
from db import runs
from db.engine import Database

CONFIG_FILE = "config.json"
_LOCK_FILE, _CACHE = "lock", "cache"
_UNTIL_SUCCESS = (_CACHE, "checkpoints")
_INTERRUPTED = "Its process ended without a last word; the next run of the same set goes on from here."
MODEL_FILES = (CONFIG_FILE, "model.safetensors", "model_card.md")


class RunFolder:
    """The folder of the run that this process trains, locked."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path = path
        self._lock = lock

    @property
    def cache(self) -> Path:
        """The cache folder of training.data.dataset."""
        return self.path / _CACHE

    def close(self, *, succeeded: bool) -> None:
        """Removes the cache and, after success, the checkpoints; releases the lock."""
        shutil.rmtree(self.cache, ignore_errors=True)
        if succeeded:
            tidy(self.path)
        self._lock.release()


def claim_run(
    workspace: Workspace,
    database: Database,
    *,
    curated_set_id: int,
    job_id: int | None,
    settings: Mapping[str, Any],
    code_version: str,
    resume: bool,
) -> tuple[Run, RunFolder]:
    """The newest unfinished run with the same settings (curated digest included) and code, else a new run.

    A run that another process is training is skipped. The folder is returned locked: nobody sees a running run without a lock.
    Raises TrainingError where a folder that holds something has the name of a new run.
    """
    with database.write() as connection:
        unfinished = [run for run in runs.all(connection) if run.state is not RunState.SUCCEEDED]
        for run in unfinished if resume else ():
            path = workspace.runs_dir / str(run.id)
            same = run.settings == settings and run.code_version == code_version and path.is_dir()
            lock = _locked(path) if same else None
            if lock is not None:
                return runs.resume(connection, run.id, job_id), RunFolder(path, lock)
        run = runs.start(
            connection, curated_set_id=curated_set_id, job_id=job_id, settings=settings, code_version=code_version
        )
        path = workspace.runs_dir / str(run.id)
        run = runs.set_artifacts(connection, run.id, str(path.relative_to(workspace.root)))
        _make(path)
        lock = _locked(path)
        if lock is None:
            raise RuntimeError(f"another process trains in the new folder {path}")
        return run, RunFolder(path, lock)


def _make(path: Path) -> None:
    """Makes the folder of a new run. It is there already where a process was killed before its run was stored."""
    path.mkdir(parents=True, exist_ok=True)
    if any(found.name != _LOCK_FILE for found in path.iterdir()):
        raise TrainingError(
            f"{path} is there already, and no run of this workspace made it; move it away and train again."
        )


def tidy(path: Path) -> None:
    """Removes what a run that has succeeded leaves in its folder where it was killed after its last word."""
    for name in _UNTIL_SUCCESS:
        shutil.rmtree(path / name, ignore_errors=True)


def mark_interrupted_runs(workspace: Workspace, database: Database) -> None:
    """Marks running runs as interrupted that no process trains any more: the lock of their folder is free."""
    with database.read() as connection:
        if not runs.without_job_under_way(connection):
            return
    with database.write() as connection:
        for run in runs.without_job_under_way(connection):
            path = workspace.runs_dir / str(run.id)
            lock = _locked(path) if path.is_dir() else None
            if lock is not None or not path.is_dir():
                runs.fail(connection, run.id, RunState.INTERRUPTED, _INTERRUPTED)
            if lock is not None:
                lock.release()


def is_being_trained(folder: Path) -> bool:
    """Whether a process holds the lock of this run's folder."""
    lock = _locked(folder) if folder.is_dir() else None
    if lock is not None:
        lock.release()
    return lock is None and folder.is_dir()


def _locked(folder: Path) -> FileLock | None:
    """The folder's lock, or None where another process holds it."""
    lock = FileLock(folder / _LOCK_FILE, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


def packed_model(run_folder: Path, name: str) -> bytes:
    """The files of the model as a .zip with one folder called `name`. Raises TrainingError where the run has no
    model.
    """
    _check_model(run_folder)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:  # uncompressed: weights do not compress
        for file in MODEL_FILES:
            archive.write(run_folder / file, f"{name}/{file}")
    return written.getvalue()


def export_model(run_folder: Path, folder: Path) -> Path:
    """Copies the files of the model into a new folder, atomically.

    Raises TrainingError where the run has no model, InputError where the folder exists or cannot be made.
    """
    _check_model(run_folder)
    folder = folder.expanduser().resolve()
    if folder.exists():
        raise InputError(f"{folder} is there already; name a folder that is not.")
    partial = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        partial.mkdir(parents=True)
        for name in MODEL_FILES:
            shutil.copyfile(run_folder / name, partial / name)
        partial.rename(folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error
    return folder


def _check_model(run_folder: Path) -> None:
    missing = [name for name in MODEL_FILES if not (run_folder / name).is_file()]
    if missing:
        raise TrainingError(f"{run_folder} holds no whole model: {', '.join(missing)} is missing.")
