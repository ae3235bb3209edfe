"""Work that a terminal does is a job: the app sees it, can stop it, and begins no second one beside it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import app.jobs.carry_out
from app.cli.main import main
from app.jobs.kinds import WORK
from app.jobs.processes import cancel_job, list_jobs, log_tail, start_job
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.job_notes import job_notes
from app.queries.status import status_of
from core.child_processes import own_command, own_environment
from core.errors import InputError
from core.progress import Progress
from core.types.jobs import Job, JobState
from core.workspace import Workspace
from db import jobs
from db.engine import Database
from tests.integration.training.planted import add_cohort

PATIENCE_S = 300
NOTHING_LEFT = {"parts": [], "perceived": [], "untouched": 4, "warnings": [], "refused": []}
TINY = {"folds": 2, "width": 8, "layers": 1, "heads": 2, "batch_clips": 4}
Doing = Callable[[Database, Mapping[str, Any], Progress], dict[str, Any]]


@pytest.fixture(autouse=True)
def _hearts_beat_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.jobs.carry_out, "BEAT_S", 0.05)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenedWorkspace]:
    found = opened_workspace(tmp_path / "study")
    yield found
    found.database.dispose()


@pytest.fixture
def perceiving(monkeypatch: pytest.MonkeyPatch) -> Callable[[Doing], None]:
    """`perceiving(doing)`: that is all that `telltale perceive` does."""

    def put(doing: Doing) -> None:
        def work(_: Workspace, database: Database, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
            return doing(database, arguments, progress)

        monkeypatch.setitem(WORK, "perceive", work)

    return put


def run(opened: OpenedWorkspace, *arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--workspace", str(opened.workspace.root)])
    return stopped.value.code if isinstance(stopped.value.code, int) else 0


def only_job(opened: OpenedWorkspace) -> Job:
    (job,) = list_jobs(opened.database)
    return job


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not get there"
        time.sleep(0.02)


def test_a_command_is_listed_with_its_progress_its_process_its_log_and_where_it_was_started(
    opened: OpenedWorkspace, perceiving: Callable[[Doing], None]
) -> None:
    seen: list[Job] = []

    def doing(database: Database, _arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        progress.report(0.25, "clip 1 of 4")
        wait_for(lambda: list_jobs(database)[0].message == "clip 1 of 4")
        seen.extend(list_jobs(database))
        return NOTHING_LEFT

    perceiving(doing)
    assert run(opened, "perceive", "--workers", "2") == 0
    (running,) = seen
    assert (running.kind, running.arguments, running.state) == ("perceive", {"workers": 2}, JobState.RUNNING)
    assert (running.progress, running.pid) == (0.25, os.getpid())
    assert job_notes(running, datetime.now(UTC)) == "started in a terminal"
    done = only_job(opened)
    assert (done.state, done.result) == (JobState.SUCCEEDED, NOTHING_LEFT)
    log = log_tail(opened.workspace, done.id)
    assert log == [f"job {done.id}, process {os.getpid()}, in a terminal", " 25%  clip 1 of 4"]


def test_a_cancel_from_the_app_ends_the_command_with_a_sentence_and_1(
    opened: OpenedWorkspace, perceiving: Callable[[Doing], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def doing(database: Database, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        cancel_job(database, arguments["job_id"])
        while True:
            progress.raise_if_cancelled()
            time.sleep(0.01)

    perceiving(doing)
    assert run(opened, "perceive") == 1
    assert capsys.readouterr().err == "Job 1 was cancelled.\n"
    assert only_job(opened).state is JobState.CANCELLED


def test_ctrl_c_leaves_a_cancelled_job_that_can_be_resumed(
    opened: OpenedWorkspace, perceiving: Callable[[Doing], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def doing(*_: object) -> dict[str, Any]:
        raise KeyboardInterrupt

    perceiving(doing)
    assert run(opened, "perceive") == 130
    assert only_job(opened).state is JobState.CANCELLED
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_command_that_fails_leaves_its_sentence(opened: OpenedWorkspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(opened, "import", str(opened.workspace.root / "nothing-here")) == 1
    failed = only_job(opened)
    assert failed.state is JobState.FAILED
    assert capsys.readouterr().err == f"{failed.error}\n"


@pytest.mark.parametrize(
    "mistaken",
    [
        ("train", "--with", "epochs=3"),
        ("label", "--labeler", "clippy"),
        ("label", "--labeler", "cues", "--model", "gpt"),
        ("perceive", "--image", "camera"),
    ],
)
def test_a_mistaken_option_leaves_no_job_that_a_page_would_offer_to_resume(
    opened: OpenedWorkspace, mistaken: tuple[str, ...]
) -> None:
    assert run(opened, *mistaken) == 1
    assert list_jobs(opened.database) == []


def test_a_folder_is_kept_by_its_whole_path_so_that_the_job_is_resumed_from_anywhere(
    opened: OpenedWorkspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    run(opened, "import", "videos")
    assert only_job(opened).arguments == {"folder": str(tmp_path / "videos")}


def test_a_second_command_of_a_kind_is_refused_and_names_the_job(
    opened: OpenedWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened.database.write() as connection:
        job = jobs.enqueue(connection, "perceive", {}, in_terminal=True)
        jobs.start(connection, job.id, os.getpid())
    assert run(opened, "perceive") == 1
    refused = "Job 1 (perceive) is still under way in a terminal; cancel it or wait for it."
    assert capsys.readouterr().err == f"{refused}\n"
    with pytest.raises(InputError) as of_the_app:
        start_job(opened.workspace, opened.database, "perceive", {})
    assert str(of_the_app.value) == refused


def test_a_second_labeling_in_a_terminal_is_not_refused_because_runs_share_the_clips(opened: OpenedWorkspace) -> None:
    with opened.database.write() as connection:
        first = jobs.enqueue(connection, "label", {}, in_terminal=True)
        jobs.start(connection, first.id, os.getpid())
        assert jobs.enqueue(connection, "label", {}, in_terminal=True).id == first.id + 1


def test_telltale_jobs_says_that_a_job_is_of_a_terminal(
    opened: OpenedWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    run(opened, "import", "nothing-here")
    capsys.readouterr()
    assert run(opened, "jobs", "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["notes"]) == ("import", "started in a terminal")


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "code", "state"),
    [(signal.SIGINT, 130, JobState.CANCELLED), (signal.SIGKILL, -signal.SIGKILL, JobState.INTERRUPTED)],
)
def test_a_real_command_that_is_stopped_or_killed_is_not_listed_as_running(
    opened: OpenedWorkspace, number: signal.Signals, code: int, state: JobState
) -> None:
    add_cohort(opened.workspace, opened.database)
    tiny = [f"--with={name}={value}" for name, value in {**TINY, "stage1_steps": 9000}.items()]
    command = own_command("app", "train", *tiny, "--workspace", str(opened.workspace.root))
    process = subprocess.Popen(command, env=own_environment())
    try:
        wait_for(lambda: "fold" in "".join(job.message for job in list_jobs(opened.database)))
        process.send_signal(number)
        assert process.wait() == code
    finally:
        process.kill()
        process.wait()
    assert only_job(opened).state is state
    assert status_of(opened)["runs_by_state"] == {state.value: 1}
