"""Jobs: their states, progress and heartbeats."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from core.errors import InputError
from core.process_identity import is_running, started_at_s
from core.types.jobs import Job, JobState
from db.row_mapping import inserted_id, one
from db.tables import jobs, now_utc

UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
STALE_AFTER_S = 120.0


def enqueue(connection: sa.Connection, kind: str, arguments: Mapping[str, Any]) -> Job:
    """Adds a queued job. Raises InputError while another job of its kind is queued or running."""
    under_way = active(connection, kind)
    if under_way:
        raise InputError(f"Job {under_way[0].id} ({kind}) is still under way; cancel it or wait for it.")
    job_id = inserted_id(
        connection.execute(
            sa.insert(jobs).values(
                kind=kind,
                arguments=dict(arguments),
                state=JobState.QUEUED.value,
                progress=0.0,
                message="",
                cancel_requested=False,
                result={},
                error="",
                created_at=now_utc(),
            )
        )
    )
    return get(connection, job_id)


def start(connection: sa.Connection, job_id: int, pid: int) -> Job:
    """Marks a job as running in process `pid`."""
    moment = now_utc()
    return _change(
        connection,
        job_id,
        state=JobState.RUNNING.value,
        pid=pid,
        pid_started_at_s=started_at_s(pid),
        started_at=moment,
        heartbeat_at=moment,
        message="starting",
    )


def heartbeat(connection: sa.Connection, job_id: int, progress: float, message: str) -> None:
    """Records that the job is alive, and its progress (0..1)."""
    values = {"progress": min(1.0, max(0.0, progress)), "message": message, "heartbeat_at": now_utc()}
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(**values))


def finish(connection: sa.Connection, job_id: int, result: Mapping[str, Any]) -> Job:
    """Marks a job as succeeded."""
    return _end(connection, job_id, JobState.SUCCEEDED, progress=1.0, result=dict(result), message="done")


def fail(connection: sa.Connection, job_id: int, error: str) -> Job:
    """Marks a job as failed; `error` is one sentence."""
    return _end(connection, job_id, JobState.FAILED, error=error)


def cancel(connection: sa.Connection, job_id: int) -> Job:
    """Marks a job as cancelled, once it has stopped."""
    return _end(connection, job_id, JobState.CANCELLED, message="cancelled")


def request_cancel(connection: sa.Connection, job_id: int) -> None:
    """Asks a job to stop; it checks this at every heartbeat."""
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(cancel_requested=True))


def cancelled(connection: sa.Connection, job_id: int) -> bool:
    """Whether the job was asked to stop."""
    return bool(connection.execute(sa.select(jobs.c.cancel_requested).where(jobs.c.id == job_id)).scalar_one())


def get(connection: sa.Connection, job_id: int) -> Job:
    """One job. Raises NotFoundError."""
    return _job(one(connection, sa.select(jobs).where(jobs.c.id == job_id), f"job {job_id}"))


def all(connection: sa.Connection, limit: int = 50) -> list[Job]:
    """The newest jobs first."""
    return [_job(row) for row in connection.execute(sa.select(jobs).order_by(jobs.c.id.desc()).limit(limit)).mappings()]


def active(connection: sa.Connection, kind: str | None = None) -> list[Job]:
    """Queued and running jobs, newest first, of all kinds or one."""
    query = sa.select(jobs).where(jobs.c.state.in_([state.value for state in UNFINISHED])).order_by(jobs.c.id.desc())
    if kind is not None:
        query = query.where(jobs.c.kind == kind)
    return [_job(row) for row in connection.execute(query).mappings()]


def mark_interrupted(connection: sa.Connection, stale_after_s: float = STALE_AFTER_S) -> list[Job]:
    """Marks running jobs as interrupted whose process is gone or whose last heartbeat is `stale_after_s` old; returns them."""
    limit = now_utc() - timedelta(seconds=stale_after_s)
    marked = []
    for job in active(connection):
        heard_of = job.heartbeat_at or job.created_at
        gone = job.pid is not None and not is_running(job.pid, job.pid_started_at_s)
        if gone or heard_of < limit:
            error = "The job's process ended without a last word; it can be resumed."
            marked.append(_end(connection, job.id, JobState.INTERRUPTED, error=error))
    return marked


def _end(connection: sa.Connection, job_id: int, state: JobState, **values: Any) -> Job:
    return _change(connection, job_id, state=state.value, finished_at=now_utc(), **values)


def _change(connection: sa.Connection, job_id: int, **values: Any) -> Job:
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(**values))
    return get(connection, job_id)


def _job(row: sa.RowMapping) -> Job:
    values = dict(row)
    return Job(**{**values, "state": JobState(values["state"]), "cancel_requested": bool(values["cancel_requested"])})
