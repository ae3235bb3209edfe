"""Does the work of one job in this process, be it the app's worker or a command in a terminal."""

import os
import threading
import traceback
from collections.abc import Callable, Mapping
from types import TracebackType

from app.jobs.kinds import WORK
from app.jobs.registry import Result, Work
from core.errors import JobCancelledError, TelltaleError
from core.machine_faults import storage_error
from core.progress import Progress, SilentProgress
from core.workspace import Workspace
from db import jobs
from db.engine import Database
from db.patient_writes import CANNOT_WRITE, reason, write_patiently

BEAT_S = 0.5
PATIENCE_S = 600.0  # for the rows of a start and an end, which are worth waiting for
Tell = Callable[[str], None]


class RowProgress:
    """Writes progress and heartbeat to the job's row twice a second, from a thread, and hears a cancel there.

    The work never waits for the database. A beat that cannot be written is said in the log, and the next one is tried.
    """

    def __init__(self, database: Database, job_id: int, tell: Tell, shown: Progress | None = None) -> None:
        self._database = database
        self._job_id = job_id
        self._tell = tell
        self._shown = shown or SilentProgress()
        self._fraction = 0.0
        self._message = "starting"
        self._over = threading.Event()
        self._stopped_by = ""
        self._thread = threading.Thread(target=self._beat_until_over, daemon=True)
        self.must_stop = False

    def __enter__(self) -> "RowProgress":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def report(self, fraction: float, message: str) -> None:
        """Stores how far the work is, 0..1; each new message goes to the log."""
        if message != self._message:
            self._tell(f"{fraction:4.0%}  {message}")
        self._fraction, self._message = fraction, message
        self._shown.report(fraction, message)

    def raise_if_cancelled(self) -> None:
        """Raises JobCancelledError after a cancel was requested, or where another job took this one's place."""
        if self._stopped_by:
            raise JobCancelledError(self._stopped_by)

    def _beat_until_over(self) -> None:
        failing = False
        while not self._over.wait(BEAT_S):
            try:
                self._beat()
            except CANNOT_WRITE as error:
                if not failing:
                    self._tell(f"The heartbeat cannot be written now: {reason(error)}. The work goes on.")
                failing = True
            else:
                failing = False

    def _beat(self) -> None:
        with self._database.write() as connection:
            heard = jobs.beat(connection, self._job_id, self._fraction, self._message)
        if heard.must_stop:
            self.must_stop, self._stopped_by = True, heard.must_stop
        elif heard.cancelled:
            self._stopped_by = f"Job {self._job_id} was cancelled."


def carry_out(
    workspace: Workspace,
    database: Database,
    job_id: int,
    *,
    tell: Tell,
    shown: Progress | None = None,
    work: Mapping[str, Work] = WORK,
) -> Result:
    """Begins the queued job, does its work, records its end in its row, and returns its result.

    `tell` writes a line to the job's log; `shown` is told of the progress, too. Raises what ended the work, also Ctrl+C,
    and InputError where the job has begun or ended already.
    """
    job = write_patiently(
        database, lambda connection: jobs.start(connection, job_id, os.getpid()), patience_s=PATIENCE_S, tell=tell
    )
    progress = RowProgress(database, job_id, tell, shown)
    try:
        with progress:
            result = work[job.kind](workspace, database, {**job.arguments, "job_id": job_id}, progress)
    except BaseException as error:  # any end must be recorded in the row
        _record_end(database, job_id, error, tell, must_stop=progress.must_stop)
        raise
    write_patiently(
        database, lambda connection: jobs.finish(connection, job_id, result), patience_s=PATIENCE_S, tell=tell
    )
    return result


def sentence_of(error: BaseException) -> str:
    """The error as a sentence for people; an unexpected error by its type and text."""
    told = error if isinstance(error, TelltaleError) else storage_error(error)
    if told is not None:
        return str(told)
    if isinstance(error, CANNOT_WRITE):
        return f"The database could not be written: {reason(error)}. The log of the job has the details."
    return f"Unexpected {type(error).__name__}: {error}. The log of the job has the details."


def _record_end(database: Database, job_id: int, error: BaseException, tell: Tell, *, must_stop: bool) -> None:
    if isinstance(error, JobCancelledError) and must_stop:
        write_patiently(
            database,
            lambda connection: jobs.stop(connection, job_id, str(error)),
            patience_s=PATIENCE_S,
            tell=tell,
        )
    elif isinstance(error, JobCancelledError | KeyboardInterrupt):
        write_patiently(database, lambda connection: jobs.cancel(connection, job_id), patience_s=PATIENCE_S, tell=tell)
    else:
        tell("".join(traceback.format_exception(error)))
        write_patiently(
            database,
            lambda connection: jobs.fail(connection, job_id, sentence_of(error)),
            patience_s=PATIENCE_S,
            tell=tell,
        )
