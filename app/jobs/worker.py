"""The process of one job: does the work of its kind and reports to the job's row.

Run as `python -m app.jobs.worker --workspace DIR --job ID` by `app.jobs.processes`.
"""

import argparse
import os
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from app.jobs.kinds import WORK
from app.jobs.registry import Work
from app.opened_workspace import opened_workspace
from core.errors import JobCancelledError, TelltaleError
from db import jobs
from db.engine import Database

NICENESS = 10  # keeps the Review screen responsive
BEAT_S = 0.5


class RowProgress:
    """Writes progress and heartbeat to the job's row twice a second, from a thread.

    The work never waits for the database; a cancel takes effect at its next `raise_if_cancelled`.
    """

    def __init__(self, database: Database, job_id: int) -> None:
        self._database = database
        self._job_id = job_id
        self._fraction = 0.0
        self._message = "starting"
        self._over = threading.Event()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "RowProgress":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def report(self, fraction: float, message: str) -> None:
        """Stores how far the work is, 0..1; prints each new message to the log."""
        if message != self._message:
            print(f"{fraction:4.0%}  {message}", flush=True)
        self._fraction, self._message = fraction, message

    def raise_if_cancelled(self) -> None:
        """Raises JobCancelledError after a cancel was requested."""
        if self._cancelled.is_set():
            raise JobCancelledError(f"Job {self._job_id} was cancelled.")

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            with self._database.write() as connection:
                jobs.heartbeat(connection, self._job_id, self._fraction, self._message)
                if jobs.cancelled(connection, self._job_id):
                    self._cancelled.set()


def run_job(workspace_root: Path, job_id: int, work: Mapping[str, Work] = WORK) -> bool:
    """Runs the job and records its end; True for success. The traceback of a failure goes to the log only."""
    opened = opened_workspace(workspace_root)
    database = opened.database
    with database.write() as connection:
        job = jobs.get(connection, job_id)
        jobs.start(connection, job_id, os.getpid())
    try:
        with RowProgress(database, job_id) as progress:
            result = work[job.kind](opened.workspace, database, {**job.arguments, "job_id": job_id}, progress)
    except Exception as error:  # any error must be recorded in the row
        if not isinstance(error, JobCancelledError):
            traceback.print_exc()
        with database.write() as connection:
            if isinstance(error, JobCancelledError):
                jobs.cancel(connection, job_id)
            else:
                jobs.fail(connection, job_id, sentence_of(error))
        return False
    with database.write() as connection:
        jobs.finish(connection, job_id, result)
    return True


def sentence_of(error: Exception) -> str:
    """The error as a sentence for people; an unexpected error by its type and text."""
    if isinstance(error, TelltaleError):
        return str(error)
    return f"Unexpected {type(error).__name__}: {error}. The log of the job has the details."


def main() -> None:
    parser = argparse.ArgumentParser(description="One job of Telltale.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--job", type=int, required=True)
    given = parser.parse_args()
    niceness = os.nice(NICENESS)
    print(
        f"job {given.job}, process {os.getpid()}, niceness {niceness}, threads {os.environ.get('OMP_NUM_THREADS')}",
        flush=True,
    )
    raise SystemExit(0 if run_job(given.workspace, given.job) else 1)


if __name__ == "__main__":
    main()
