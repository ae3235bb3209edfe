"""What is said of a job beside its progress."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.queries.job_notes import job_notes
from core.types.jobs import Job, JobState
from core.workspace import open_workspace
from db import jobs
from db.engine import open_database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    database = open_database(open_workspace(tmp_path))
    with database.write() as connection:
        queued = jobs.enqueue(connection, "train", {})
    database.dispose()
    return replace(queued, state=JobState.RUNNING, heartbeat_at=NOW)


def test_of_a_job_of_the_app_that_is_heard_nothing_is_said(job: Job) -> None:
    assert not job_notes(job, NOW + timedelta(seconds=90))


def test_a_silent_job_of_a_terminal_on_another_machine_says_all_three(job: Job) -> None:
    there = replace(job, in_terminal=True, host="elsewhere")
    told = "started in a terminal; on elsewhere; no word for 12 minutes"
    assert job_notes(there, NOW + timedelta(minutes=12)) == told


def test_a_job_that_has_ended_is_not_called_silent(job: Job) -> None:
    ended = replace(job, state=JobState.SUCCEEDED, in_terminal=True)
    assert job_notes(ended, NOW + timedelta(days=1)) == "started in a terminal"
