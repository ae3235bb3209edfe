"""Jobs: processes of their own that say how far they are, hear a cancel, and leave a last word."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from app.jobs.carry_out import RowProgress
from app.jobs.processes import cancel_job, list_jobs, log_tail, resume_job, start_job
from app.jobs.worker import run_job
from core.errors import InputError, TelltaleError
from core.progress import Progress
from core.types.jobs import Job, JobState
from core.workspace import Workspace
from db import jobs
from db.engine import Database

PATIENCE_S = 60


def enqueued(database: Database, kind: str = "perceive", **arguments: Any) -> Job:
    with database.write() as connection:
        return jobs.enqueue(connection, kind, arguments)


def read(database: Database, job_id: int) -> Job:
    with database.read() as connection:
        return jobs.get(connection, job_id)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "the job did not get there"
        time.sleep(0.05)


def is_over(database: Database, job_id: int) -> bool:
    return read(database, job_id).state not in {JobState.QUEUED, JobState.RUNNING}


def test_a_job_runs_in_a_process_of_its_own_niced_and_with_capped_threads(
    workspace: Workspace, database: Database
) -> None:
    job = start_job(workspace, database, "perceive", {})
    wait_for(lambda: is_over(database, job.id))
    done = read(database, job.id)
    assert done.state is JobState.SUCCEEDED, done.error
    assert done.pid not in {None, os.getpid()}
    assert "niceness 10, threads 1" in log_tail(workspace, job.id, 1000)[0]


def test_a_failed_job_keeps_one_sentence_and_its_log_the_traceback(workspace: Workspace, database: Database) -> None:
    job = start_job(workspace, database, "import", {"folder": str(workspace.root / "nothing-here")})
    wait_for(lambda: is_over(database, job.id))
    failed = read(database, job.id)
    assert failed.state is JobState.FAILED
    assert "nothing-here" in failed.error
    assert "Traceback" not in failed.error
    assert any("Traceback" in line for line in log_tail(workspace, job.id, 1000))


def test_a_job_outlives_the_process_that_started_it(workspace: Workspace, database: Database) -> None:
    program = (
        "from pathlib import Path\nfrom app.opened_workspace import opened_workspace\nfrom app.jobs.processes import start_job\n"
        f"s = opened_workspace(Path({str(workspace.root)!r}))\nprint(start_job(s.workspace, s.database, 'perceive', {{}}).id)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    job_id = int(answer.stdout)
    wait_for(lambda: is_over(database, job_id))
    assert read(database, job_id).state is JobState.SUCCEEDED


def test_a_job_whose_process_was_killed_is_marked_interrupted(workspace: Workspace, database: Database) -> None:
    job = enqueued(database)
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with database.write() as connection:
        jobs.start(connection, job.id, process.pid)
    assert list_jobs(database)[0].state is JobState.RUNNING
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list_jobs(database)[0].state is JobState.INTERRUPTED


def test_an_interrupted_job_is_resumed_by_a_new_one_that_names_it(workspace: Workspace, database: Database) -> None:
    job = enqueued(database)
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    with database.write() as connection:
        jobs.start(connection, job.id, process.pid)
    list_jobs(database)
    resumed = resume_job(workspace, database, job.id)
    assert resumed.arguments["resumes"] == job.id
    wait_for(lambda: is_over(database, resumed.id))
    assert read(database, resumed.id).state is JobState.SUCCEEDED


def test_a_second_job_of_the_same_kind_is_refused_while_one_is_under_way(
    workspace: Workspace, database: Database
) -> None:
    job = enqueued(database, "train")
    with database.write() as connection:
        jobs.start(connection, job.id, os.getpid())
    with pytest.raises(InputError, match=f"Job {job.id} \\(train\\) is still under way"):
        start_job(workspace, database, "train", {})


def test_an_unknown_kind_of_job_is_refused(workspace: Workspace, database: Database) -> None:
    with pytest.raises(InputError, match="'sing' is no kind of job"):
        start_job(workspace, database, "sing", {})


def test_a_cancelled_job_stops_at_its_next_step(workspace: Workspace, database: Database) -> None:
    job = enqueued(database)

    def until_cancelled(
        _workspace: Workspace, _database: Database, _arguments: Any, progress: Progress
    ) -> dict[str, Any]:
        progress.report(0.25, "waiting")
        wait_for(lambda: read(database, job.id).message == "waiting")
        cancel_job(database, job.id)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            progress.raise_if_cancelled()
            time.sleep(0.01)
        return {}

    assert not run_job(workspace.root, job.id, {"perceive": until_cancelled})
    stopped = read(database, job.id)
    assert stopped.state is JobState.CANCELLED
    assert stopped.progress == 0.25


def test_a_finished_job_cannot_be_cancelled_or_resumed(workspace: Workspace, database: Database) -> None:
    job = enqueued(database)
    assert run_job(workspace.root, job.id, {"perceive": lambda *_: {"clips": 3}})
    assert read(database, job.id).result == {"clips": 3}
    with pytest.raises(InputError, match="is over"):
        cancel_job(database, job.id)
    with pytest.raises(InputError, match="only a failed, cancelled or interrupted job"):
        resume_job(workspace, database, job.id)


def test_an_error_that_nobody_foresaw_ends_the_job_with_its_kind(workspace: Workspace, database: Database) -> None:
    job = enqueued(database)

    def breaks(*_: Any) -> dict[str, Any]:
        raise ZeroDivisionError("by nought")

    assert not run_job(workspace.root, job.id, {"perceive": breaks})
    failed = read(database, job.id)
    assert failed.state is JobState.FAILED
    assert "ZeroDivisionError: by nought" in failed.error


def test_the_heart_beats_while_the_work_says_nothing(database: Database) -> None:
    job = enqueued(database)
    with database.write() as connection:
        jobs.start(connection, job.id, os.getpid())
    first = read(database, job.id).heartbeat_at
    with RowProgress(database, job.id, print):
        wait_for(lambda: (read(database, job.id).heartbeat_at or first) != first)


def test_cancelling_a_job_that_is_not_there_is_one_sentence(database: Database) -> None:
    with pytest.raises(TelltaleError):
        cancel_job(database, 99)
