"""A job lives as long as its process: stopped, silent, or unable to write, it is not taken for dead."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import app.jobs.carry_out
import db.engine
from app.jobs.carry_out import RowProgress
from app.jobs.processes import list_jobs, mark_interrupted_work, start_job
from app.jobs.worker import run_job
from app.opened_workspace import OpenedWorkspace
from app.queries.job_notes import job_notes
from app.queries.status import status_of
from core.errors import InputError, JobCancelledError, StorageError
from core.progress import Progress
from core.types.jobs import Job, JobState
from core.types.runs import RunState
from core.workspace import Workspace
from db import curated_sets, jobs, runs
from db.engine import Database, open_database
from db.tables import jobs as job_table
from tests.integration.training.planted import add_cohort
from training.runs.run_folder import claim_run

PATIENCE_S = 300
TINY = {"folds": 2, "width": 8, "layers": 1, "heads": 2, "batch_clips": 4}


@pytest.fixture(autouse=True)
def _hearts_beat_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.jobs.carry_out, "BEAT_S", 0.05)


@pytest.fixture
def impatient(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database that waits for a lock for a twentieth of a second, as others do for half a minute."""
    monkeypatch.setattr(db.engine, "BUSY_TIMEOUT_MS", 50)
    opened = open_database(workspace)
    yield opened
    opened.dispose()


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def begun(database: Database, pid: int, kind: str = "perceive") -> Job:
    with database.write() as connection:
        return jobs.start(connection, jobs.enqueue(connection, kind, {}).id, pid)


def read(database: Database, job_id: int) -> Job:
    with database.read() as connection:
        return jobs.get(connection, job_id)


def change(database: Database, job_id: int, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(sa.update(job_table).where(job_table.c.id == job_id).values(**values))


def be_silent(database: Database, job_id: int, minutes: float) -> None:
    change(database, job_id, heartbeat_at=datetime.now(UTC) - timedelta(minutes=minutes))


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not get there"
        time.sleep(0.02)


@contextmanager
def locked(workspace: Workspace) -> Iterator[None]:
    """Another program holds the database for itself."""
    with closing(sqlite3.connect(workspace.database_path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_a_stopped_job_stays_the_only_one_and_says_how_long_it_was_silent(
    workspace: Workspace, database: Database, sleeper: "subprocess.Popen[bytes]"
) -> None:
    job = begun(database, sleeper.pid)
    sleeper.send_signal(signal.SIGSTOP)
    be_silent(database, job.id, minutes=11)
    (found,) = list_jobs(database)
    assert found.state is JobState.RUNNING
    assert job_notes(found, datetime.now(UTC)) == "no word for 11 minutes"
    with pytest.raises(InputError, match="still under way"):
        start_job(workspace, database, "perceive", {})


def test_a_job_that_is_killed_while_it_is_stopped_is_interrupted(
    database: Database, sleeper: "subprocess.Popen[bytes]"
) -> None:
    begun(database, sleeper.pid)
    sleeper.send_signal(signal.SIGSTOP)
    sleeper.kill()
    sleeper.wait()
    assert list_jobs(database)[0].state is JobState.INTERRUPTED


def test_a_job_that_is_about_to_start_lives_as_its_process(
    database: Database, sleeper: "subprocess.Popen[bytes]"
) -> None:
    with database.write() as connection:
        job = jobs.spawned(connection, jobs.enqueue(connection, "perceive", {}).id, sleeper.pid)
    change(database, job.id, created_at=datetime.now(UTC) - timedelta(hours=1))
    assert list_jobs(database)[0].state is JobState.QUEUED
    sleeper.kill()
    sleeper.wait()
    assert list_jobs(database)[0].state is JobState.INTERRUPTED


def test_a_job_taken_for_dead_takes_itself_back_and_ends_as_it_would_have(
    workspace: Workspace, database: Database
) -> None:
    def taken_for_dead(_: Any, own: Database, arguments: Any, progress: Progress) -> dict[str, Any]:
        with own.write() as connection:
            jobs.stop(connection, arguments["job_id"], "Its process ended without a last word.")
        wait_for(lambda: read(own, arguments["job_id"]).state is JobState.RUNNING)
        progress.raise_if_cancelled()
        return {"clips": 3}

    with database.write() as connection:
        job = jobs.enqueue(connection, "perceive", {})
    assert run_job(workspace.root, job.id, {"perceive": taken_for_dead})
    (done,) = list_jobs(database)
    assert (done.state, done.error, done.result) == (JobState.SUCCEEDED, "", {"clips": 3})


def test_a_job_in_whose_place_another_was_begun_stops_itself_with_a_sentence(
    workspace: Workspace, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    def replaced(_: Any, own: Database, arguments: Any, progress: Progress) -> dict[str, Any]:
        with own.write() as connection:
            jobs.stop(connection, arguments["job_id"], "Its process ended without a last word.")
            jobs.spawned(connection, jobs.enqueue(connection, "perceive", {}).id, os.getpid())
        while True:
            progress.raise_if_cancelled()
            time.sleep(0.01)

    with database.write() as connection:
        job = jobs.enqueue(connection, "perceive", {})
    assert not run_job(workspace.root, job.id, {"perceive": replaced})
    second, first = list_jobs(database)
    assert (first.state, second.state) == (JobState.INTERRUPTED, JobState.QUEUED)
    assert first.error == "Job 1 was taken for dead, and job 2 was begun since; job 1 stopped."
    assert first.error in capsys.readouterr().out


def test_a_job_is_begun_by_one_process_only(workspace: Workspace, database: Database) -> None:
    job = begun(database, os.getpid())
    did = []
    assert not run_job(workspace.root, job.id, {"perceive": lambda *_: did.append(1) or {}})
    assert not did
    assert read(database, job.id) == job


def test_of_many_that_begin_at_once_one_is_taken(workspace: Workspace, database: Database) -> None:
    many = 6
    at_once = threading.Barrier(many)
    taken, refused = [], []

    def begin() -> None:
        own = open_database(workspace)
        at_once.wait()
        try:
            with own.write() as connection:
                taken.append(jobs.spawned(connection, jobs.enqueue(connection, "label", {}).id, os.getpid()).id)
        except InputError as error:
            refused.append(str(error))
        own.dispose()

    threads = [threading.Thread(target=begin) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [1]
    assert refused == ["Job 1 (label) is still under way; cancel it or wait for it."] * (many - 1)
    assert len(list_jobs(database)) == 1


def test_the_heart_goes_on_beating_after_the_database_was_locked(workspace: Workspace, impatient: Database) -> None:
    job = begun(impatient, os.getpid())
    told: list[str] = []
    with RowProgress(impatient, job.id, told.append):
        with locked(workspace):
            wait_for(lambda: told)
        at = read(impatient, job.id).heartbeat_at
        wait_for(lambda: read(impatient, job.id).heartbeat_at != at)
    assert told == ["The heartbeat cannot be written now: database is locked. The work goes on."]


def test_a_cancel_is_heard_after_the_database_was_locked(workspace: Workspace, impatient: Database) -> None:
    job = begun(impatient, os.getpid())
    told: list[str] = []
    with RowProgress(impatient, job.id, told.append) as progress:
        with locked(workspace):
            wait_for(lambda: told)
        with impatient.write() as connection:
            jobs.request_cancel(connection, job.id)
        with pytest.raises(JobCancelledError, match=r"^Job 1 was cancelled\.$"):
            wait_for(progress.raise_if_cancelled)


def test_the_end_of_a_job_waits_until_a_full_disk_has_room_again(
    workspace: Workspace, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = database._engine
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    full = True

    def limit(connection: sqlite3.Connection, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages if full else 10**9}")

    def room_again() -> None:
        nonlocal full
        seen = ""
        while "database or disk is full" not in seen:
            seen += capsys.readouterr().out
            time.sleep(0.02)
        full = False

    with database.write() as connection:
        job = jobs.enqueue(connection, "perceive", {})
    opened = app.jobs.worker.opened_workspace(workspace.root).database._engine
    sa.event.listen(opened, "checkout", limit)
    freeing = threading.Thread(target=room_again)
    freeing.start()
    assert run_job(workspace.root, job.id, {"perceive": lambda *_: {"big": "x" * 200_000}})
    freeing.join()
    assert read(database, job.id).state is JobState.SUCCEEDED


def test_an_end_that_can_never_be_written_is_said_in_the_log(
    workspace: Workspace, impatient: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.jobs.carry_out, "PATIENCE_S", 0.3)
    with impatient.write() as connection:
        job = jobs.enqueue(connection, "perceive", {})
    told: list[str] = []
    lock = locked(workspace)
    with pytest.raises(StorageError, match="locked"):
        app.jobs.carry_out.carry_out(
            workspace, impatient, job.id, tell=told.append, work={"perceive": lambda *_: lock.__enter__() or {}}
        )
    lock.__exit__(None, None, None)
    assert told == [
        f"The database {workspace.database_path} cannot be written now: database is locked. It is tried again.",
        f"The database {workspace.database_path} could not be written for 0 s: database is locked.",
    ]


def test_a_run_whose_process_was_killed_is_interrupted_for_whoever_looks_and_a_living_one_is_not(
    workspace: Workspace, database: Database
) -> None:
    with database.write() as connection:
        of = curated_sets.store(connection, "set", {}, []).id
        job = jobs.enqueue(connection, "train", {})
        jobs.fail(connection, job.id, "")
    claimed = [
        claim_run(workspace, database, curated_set_id=of, job_id=job_id, settings={}, code_version="1", resume=False)
        for job_id in (job.id, None, job.id)
    ]
    for _run, folder in claimed[:2]:
        folder._lock.release()  # as the system does with a process that was killed
    facts = status_of(OpenedWorkspace(workspace, database))
    assert facts["runs_by_state"] == {"interrupted": 2, "running": 1}
    with database.read() as connection:
        living, *killed = runs.all(connection)
    assert living.state is RunState.RUNNING
    assert {run.error for run in killed} == {
        "Its process ended without a last word; the next run of the same set goes on from here."
    }


def test_an_interrupted_run_is_gone_on_with(workspace: Workspace, database: Database) -> None:
    with database.write() as connection:
        of = curated_sets.store(connection, "set", {}, []).id

    def claim() -> Any:
        return claim_run(
            workspace, database, curated_set_id=of, job_id=None, settings={}, code_version="1", resume=True
        )

    run, folder = claim()
    folder._lock.release()
    mark_interrupted_work(workspace, database)
    again, _ = claim()
    assert (again.id, again.state, again.error) == (run.id, RunState.RUNNING, "")


@pytest.mark.long
def test_a_training_that_was_stopped_for_longer_than_a_silence_may_last_is_one_job_that_finishes(
    workspace: Workspace, database: Database
) -> None:
    add_cohort(workspace, database)
    job = start_job(workspace, database, "train", {"settings": {**TINY, "stage1_steps": 20, "stage2_steps": 20}})
    wait_for(lambda: "fold" in read(database, job.id).message)
    pid = read(database, job.id).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    be_silent(database, job.id, minutes=11)
    mark_interrupted_work(workspace, database)
    assert read(database, job.id).state is JobState.RUNNING
    with pytest.raises(InputError, match="still under way"):
        start_job(workspace, database, "train", {})
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: read(database, job.id).state not in jobs.UNFINISHED)
    assert [(one.id, one.state, one.error) for one in list_jobs(database)] == [(job.id, JobState.SUCCEEDED, "")]
    with database.read() as connection:
        assert [run.state for run in runs.all(connection)] == [RunState.SUCCEEDED]
