"""Starts and controls jobs, each a process that keeps running when the browser or the app closes.

A job is a row of the database and a process `python -m app.jobs.worker`, or a command in a terminal. The row holds
progress, heartbeat and the request to cancel; the output of the process goes to `logs/<job>.log`.
"""

import subprocess
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.jobs.kinds import WORK
from core.child_processes import own_command, own_environment
from core.errors import InputError
from core.types.jobs import Job, JobState
from core.workspace import Workspace
from db import jobs
from db.engine import Database
from training.runs.run_folder import mark_interrupted_runs

RESUMABLE = frozenset({JobState.INTERRUPTED, JobState.FAILED, JobState.CANCELLED})
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def start_job(workspace: Workspace, database: Database, kind: str, arguments: Mapping[str, Any]) -> Job:
    """Enqueues the job and starts its process; returns at once.

    Raises InputError for an unknown kind, or while a job of the same kind is under way.
    """
    if kind not in WORK:
        raise InputError(f"{kind!r} is no kind of job; there are {', '.join(sorted(WORK))}.")
    with database.write() as connection:  # the process waits for it, so that no row is without one
        job = jobs.enqueue(connection, kind, arguments)
        return jobs.spawned(connection, job.id, _spawn(workspace, job))


def resume_job(workspace: Workspace, database: Database, job_id: int) -> Job:
    """Starts a new job that continues the work of this one.

    Raises InputError for a job that is running or has succeeded.
    """
    with database.read() as connection:
        job = jobs.get(connection, job_id)
    if job.state not in RESUMABLE:
        raise InputError(f"Job {job.id} is {job.state}; only a failed, cancelled or interrupted job can be resumed.")
    return start_job(workspace, database, job.kind, {**job.arguments, "resumes": job.id})


def cancel_job(database: Database, job_id: int) -> None:
    """Requests the job to stop at its next step, also one in a terminal; one whose process is gone is marked as interrupted.

    Raises InputError for a job that has ended.
    """
    mark_interrupted_jobs(database)
    with database.write() as connection:
        job = jobs.get(connection, job_id)
        if job.state not in jobs.UNFINISHED:
            raise InputError(f"Job {job.id} is over: it is {job.state}.")
        jobs.request_cancel(connection, job_id)


def list_jobs(database: Database, limit: int = 50) -> list[Job]:
    """Jobs, newest first, after those whose process is gone are marked as interrupted."""
    mark_interrupted_jobs(database)
    with database.read() as connection:
        return jobs.all(connection, limit)


def mark_interrupted_jobs(database: Database) -> None:
    """Marks jobs as interrupted whose process ended without reporting an end."""
    with database.read() as connection:
        if not jobs.lost(connection):
            return
    with database.write() as connection:
        jobs.mark_interrupted(connection)


def mark_interrupted_work(workspace: Workspace, database: Database) -> None:
    """Marks jobs, and then runs, as interrupted whose process ended without reporting an end."""
    mark_interrupted_jobs(database)
    mark_interrupted_runs(workspace, database)


def log_path(workspace: Workspace, job_id: int) -> Path:
    """The log file of a job."""
    return workspace.logs_dir / f"{job_id}.log"


def log_tail(workspace: Workspace, job_id: int, lines: int = 12) -> list[str]:
    """The last lines of the job's log; empty where there is none."""
    path = log_path(workspace, job_id)
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace") as stream:
        return [line.rstrip("\n") for line in deque(stream, maxlen=lines)]


def _spawn(workspace: Workspace, job: Job) -> int:
    """Starts the job's process and returns its id."""
    threads = str(workspace.settings.training.threads)
    with log_path(workspace, job.id).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            own_command("app.jobs.worker", "--workspace", str(workspace.root), "--job", str(job.id)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=own_environment(**dict.fromkeys(_THREAD_VARIABLES, threads)),
        )
    # Waits for the child, because a zombie process would still count as running.
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid
