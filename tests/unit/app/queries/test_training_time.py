"""What is promised of a training's time, and what is said of it afterwards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.queries.training_time import promise, promise_note
from core.types.jobs import Job, JobState

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = BEGAN + timedelta(seconds=130)
JOB = Job(
    id=1,
    kind="train",
    arguments={"expected_s": 240.0},
    state=JobState.RUNNING,
    progress=0.5,
    message="",
    pid=None,
    pid_started_at_s=None,
    host=None,
    process_mark=None,
    in_terminal=False,
    cancel_requested=False,
    result={},
    error="",
    created_at=BEGAN,
    started_at=BEGAN,
    heartbeat_at=None,
    finished_at=None,
)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (20, "less than a minute"),
        (70, "about a minute"),
        (250, "about 4 minutes"),
        (5_000, "about 83 minutes"),
        (9_300, "about 2.6 hours"),
    ],
)
def test_the_time_is_promised_in_round_numbers(seconds: float, told: str) -> None:
    assert promise(seconds) == f"Training will take {told} on this machine."


def test_while_it_trains_the_promise_stands_beside_the_time_so_far() -> None:
    assert promise_note(JOB, NOW) == "about 4 minutes promised, 2 min 10 s so far"


def test_after_the_end_the_promise_stands_beside_the_time_that_it_took() -> None:
    done = replace(JOB, state=JobState.SUCCEEDED, finished_at=BEGAN + timedelta(seconds=3_725))
    assert promise_note(done, NOW) == "about 4 minutes promised, 1 h 2 min taken"


@pytest.mark.parametrize(
    "changes",
    [
        {"arguments": {}},
        {"arguments": {"expected_s": 240.0, "resumes": 1}},
        {"state": JobState.FAILED},
        {"started_at": None},
    ],
)
def test_without_a_promise_for_this_very_work_nothing_is_said(changes: dict[str, Any]) -> None:
    assert promise_note(replace(JOB, **changes), NOW) == ""
