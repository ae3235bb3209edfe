"""What a job says of the time that it still takes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.queries.time_left import time_left
from core.types.jobs import Job, JobState
from core.workspace import open_workspace
from db import jobs
from db.engine import open_database

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def job(tmp_path) -> Job:
    database = open_database(open_workspace(tmp_path))
    with database.write() as connection:
        queued = jobs.enqueue(connection, "train", {})
    database.dispose()
    return replace(queued, state=JobState.RUNNING, started_at=BEGAN, progress=0.25)


@pytest.mark.parametrize(
    ("taken_s", "said"),
    [
        (12, "less than a minute left"),
        (120, "about 6 min left"),
        (3600, "about 3 h left"),
        (5, ""),
    ],
)
def test_what_is_left_goes_as_what_is_done(job: Job, taken_s: float, said: str) -> None:
    assert time_left(job, BEGAN + timedelta(seconds=taken_s)) == said


def test_at_the_very_start_and_after_the_end_nothing_is_said(job: Job) -> None:
    later = BEGAN + timedelta(seconds=600)
    assert not time_left(replace(job, progress=0.01), later)
    assert not time_left(replace(job, state=JobState.SUCCEEDED), later)
    assert not time_left(replace(job, started_at=None), later)
