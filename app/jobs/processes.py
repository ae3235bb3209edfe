"""Long work in processes of its own: started here, alive when the browser or the app goes away.

A job is a row of the database and a process `python -m app.jobs.worker`. The row tells progress and heartbeat and
carries the request to cancel; what the process prints goes to `logs/<job>.log`.
"""

import subprocess
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.jobs.kinds import WORK
from core.errors import InputError
from core.own_processes import own_command, own_environment
from core.types.jobs import Job, JobState
from core.workspace import Workspace
from db import jobs
from db.engine import Database

RESUMABLE = frozenset({JobState.INTERRUPTED, JobState.FAILED, JobState.CANCELLED})
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def start_job(workspace: Workspace, database: Database, kind: str, arguments: Mapping[str, Any]) -> Job:
    """Enqueues the job and starts its process; returns at once.

    Raises InputError for an unknown kind, or while a job of the same kind is under way.
    """
    if kind not in WORK:
        raise InputError(f"{kind!r} is no kind of job; there are {', '.join(sorted(WORK))}.")
    mark_interrupted_jobs(database)
    with database.write() as connection:
        job = jobs.enqueue(connection, kind, arguments)
    _spawn(workspace, job)
    return job


def resume_job(workspace: Workspace, database: Database, job_id: int) -> Job:
    """Starts a new job that goes on where this one stopped.

    Raises InputError for a job that is under way or came to its end.
    """
    with database.read() as connection:
        job = jobs.get(connection, job_id)
    if job.state not in RESUMABLE:
        raise InputError(f"Job {job.id} is {job.state}; only a failed, cancelled or interrupted job can be resumed.")
    return start_job(workspace, database, job.kind, {**job.arguments, "resumes": job.id})


def cancel_job(database: Database, job_id: int) -> None:
    """Asks the job to stop; it does so at its next step, and a job whose process is gone is marked at once.

    Raises InputError for a job that is over.
    """
    mark_interrupted_jobs(database)
    with database.write() as connection:
        job = jobs.get(connection, job_id)
        if job.state not in jobs.UNFINISHED:
            raise InputError(f"Job {job.id} is over: it is {job.state}.")
        jobs.request_cancel(connection, job_id)


def list_jobs(database: Database, limit: int = 50) -> list[Job]:
    """Newest first, after marking those whose process is gone."""
    mark_interrupted_jobs(database)
    with database.read() as connection:
        return jobs.all(connection, limit)


def mark_interrupted_jobs(database: Database) -> None:
    """Marks jobs as interrupted whose process ended without a last word."""
    with database.read() as connection:
        if not jobs.active(connection):
            return
    with database.write() as connection:
        jobs.mark_interrupted(connection)


def log_path(workspace: Workspace, job_id: int) -> Path:
    """Where the job's output goes."""
    return workspace.logs_dir / f"{job_id}.log"


def log_tail(workspace: Workspace, job_id: int, lines: int = 12) -> list[str]:
    """The last lines that the job printed; none where it printed nothing."""
    path = log_path(workspace, job_id)
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace") as stream:
        return [line.rstrip("\n") for line in deque(stream, maxlen=lines)]


def _spawn(workspace: Workspace, job: Job) -> None:
    threads = str(workspace.settings.training.max_threads)
    with log_path(workspace, job.id).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            own_command("app.jobs.worker", "--workspace", str(workspace.root), "--job", str(job.id)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=own_environment(**dict.fromkeys(_THREAD_VARIABLES, threads)),
        )
    # Reaps the child when it ends, so that no zombie keeps its process id and the job counts as gone.
    threading.Thread(target=process.wait, daemon=True).start()
