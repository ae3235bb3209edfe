"""Jobs: their states, progress and heartbeats.

A job lives as long as its process, stopped or silent. Only where the process cannot be looked up, on another machine,
does the clock count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from core.errors import InputError
from core.process_identity import Liveness, ProcessIdentity, identity_of, liveness
from core.types.jobs import Job, JobState
from db.row_mapping import inserted_id, one
from db.tables import jobs, now_utc

UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
STALE_AFTER_S = 120.0
_ALIKE = {"import-imigue": "import"}  # kinds that write the same rows count as one
_SHARED = frozenset({"label"})  # kinds of which several share the work, see db.labeling_claims


@dataclass(frozen=True, slots=True)
class Heard:
    """What a job's process learns at a heartbeat: that it was asked to stop, or a sentence why it has to."""

    cancelled: bool = False
    must_stop: str = ""


def enqueue(connection: sa.Connection, kind: str, arguments: Mapping[str, Any], *, in_terminal: bool = False) -> Job:
    """Adds a queued job, in a transaction that writes. Raises InputError while one like it is queued or running,
    but for labeling in a terminal, which shares the clips of another.
    """
    mark_interrupted(connection)
    under_way = [job for job in active(connection) if _alike(job.kind, kind)]
    if under_way and not (in_terminal and kind in _SHARED):
        first = under_way[0]
        where = " in a terminal" if first.in_terminal else ""
        raise InputError(f"Job {first.id} ({first.kind}) is still under way{where}; cancel it or wait for it.")
    job_id = inserted_id(
        connection.execute(
            sa.insert(jobs).values(
                kind=kind,
                arguments=dict(arguments),
                state=JobState.QUEUED.value,
                progress=0.0,
                message="",
                in_terminal=in_terminal,
                cancel_requested=False,
                result={},
                error="",
                created_at=now_utc(),
            )
        )
    )
    return get(connection, job_id)


def spawned(connection: sa.Connection, job_id: int, pid: int) -> Job:
    """Notes the process that is about to begin a queued job, so that it is missed if it dies before."""
    return _change(connection, job_id, **_process(pid))


def start(connection: sa.Connection, job_id: int, pid: int) -> Job:
    """Marks a job as running in process `pid`. Raises InputError for one that has begun or ended, but for one taken for
    dead before its process came to begin it.
    """
    job = get(connection, job_id)
    if job.state is not JobState.QUEUED and (job.state is not JobState.INTERRUPTED or _begun_since(connection, job)):
        raise InputError(f"Job {job.id} is {job.state}; it is not begun again.")
    moment = now_utc()
    return _change(
        connection,
        job_id,
        state=JobState.RUNNING.value,
        **_process(pid),
        started_at=moment,
        heartbeat_at=moment,
        finished_at=None,
        message="starting",
        error="",
    )


def beat(connection: sa.Connection, job_id: int, progress: float, message: str) -> Heard:
    """The heartbeat of a job's own process.

    A job that was taken for dead goes on if none like it was begun since; otherwise its process must stop.
    """
    job = get(connection, job_id)
    if job.state is JobState.INTERRUPTED:
        since = _begun_since(connection, job)
        if since is not None:
            return Heard(
                must_stop=f"Job {job.id} was taken for dead, and job {since} was begun since; job {job.id} stopped."
            )
        _change(connection, job_id, state=JobState.RUNNING.value, error="", finished_at=None)
    elif job.state not in UNFINISHED:
        return Heard(must_stop=f"Job {job.id} was marked as {job.state}; its process stopped.")
    heartbeat(connection, job_id, progress, message)
    return Heard(cancelled=job.cancel_requested)


def heartbeat(connection: sa.Connection, job_id: int, progress: float, message: str) -> None:
    """Records that the job is alive, and its progress (0..1)."""
    values = {"progress": min(1.0, max(0.0, progress)), "message": message, "heartbeat_at": now_utc()}
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(**values))


def finish(connection: sa.Connection, job_id: int, result: Mapping[str, Any]) -> Job:
    """Marks a job as succeeded."""
    return _end(connection, job_id, JobState.SUCCEEDED, progress=1.0, result=dict(result), message="done", error="")


def fail(connection: sa.Connection, job_id: int, error: str) -> Job:
    """Marks a job as failed; `error` is one sentence."""
    return _end(connection, job_id, JobState.FAILED, error=error)


def cancel(connection: sa.Connection, job_id: int) -> Job:
    """Marks a job as cancelled, once it has stopped."""
    return _end(connection, job_id, JobState.CANCELLED, message="cancelled", error="")


def stop(connection: sa.Connection, job_id: int, reason: str) -> Job:
    """Marks a job as interrupted whose process had to stop; `reason` is one sentence."""
    return _end(connection, job_id, JobState.INTERRUPTED, error=reason)


def request_cancel(connection: sa.Connection, job_id: int) -> None:
    """Asks a job to stop; it checks this at every heartbeat."""
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(cancel_requested=True))


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
    """Marks the jobs of `lost` as interrupted; returns them."""
    error = "The job's process ended without a last word; it can be resumed."
    return [_end(connection, job.id, JobState.INTERRUPTED, error=error) for job in lost(connection, stale_after_s)]


def lost(connection: sa.Connection, stale_after_s: float = STALE_AFTER_S) -> list[Job]:
    """Unfinished jobs whose process is gone; where nobody here can tell, those not heard of for `stale_after_s`."""
    limit = now_utc() - timedelta(seconds=stale_after_s)
    found = []
    for job in active(connection):
        state = process_of(job)
        silent = (job.heartbeat_at or job.created_at) < limit
        if state is Liveness.GONE or (state is Liveness.UNKNOWN and silent):
            found.append(job)
    return found


def process_of(job: Job) -> Liveness:
    """Whether the job's process runs, as far as this machine can tell."""
    if job.pid is None:
        return Liveness.UNKNOWN
    return liveness(ProcessIdentity(job.pid, job.pid_started_at_s, job.host, job.process_mark))


def _alike(one: str, other: str) -> bool:
    return _ALIKE.get(one, one) == _ALIKE.get(other, other)


def _begun_since(connection: sa.Connection, job: Job) -> int | None:
    """The newest job like this one that is younger."""
    younger = sa.select(jobs.c.id, jobs.c.kind).where(jobs.c.id > job.id).order_by(jobs.c.id.desc())
    return next((row.id for row in connection.execute(younger) if _alike(row.kind, job.kind)), None)


def _process(pid: int) -> dict[str, Any]:
    found = identity_of(pid)
    return {
        "pid": pid,
        "pid_started_at_s": found.started_at_s,
        "host": found.host,
        "process_mark": found.mark,
    }


def _end(connection: sa.Connection, job_id: int, state: JobState, **values: Any) -> Job:
    return _change(connection, job_id, state=state.value, finished_at=now_utc(), **values)


def _change(connection: sa.Connection, job_id: int, **values: Any) -> Job:
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(**values))
    return get(connection, job_id)


def _job(row: sa.RowMapping) -> Job:
    values = dict(row)
    flags = {name: bool(values[name]) for name in ("cancel_requested", "in_terminal")}
    return Job(**{**values, **flags, "state": JobState(values["state"])})
