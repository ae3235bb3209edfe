"""The demo opens its app before the first training, which is a job of the app then."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import app.serve
from app.cli import demo_stages, serving
from app.cli.demo_stages import DEMO_SETTINGS, Demo, prepare_demo
from app.jobs import processes
from app.jobs.kinds import WORK
from app.opened_workspace import opened_workspace
from app.queries.training_time import promise
from core.settings.training import TrainingSettings
from core.types.jobs import Job, JobState
from core.workspace import Workspace
from db import jobs
from training.data.resolved_settings import Machine, resolved_values
from training.data.training_time import modeled_s

_DEAD = 2**22 + 1  # above the largest process id


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of work that were done here; of jobs that a process of their own would do, "KIND as a job"."""
    found: list[str] = []

    def work_of(kind: str) -> Any:
        def work(*_: object) -> dict[str, Any]:
            found.append(kind)
            return {}

        return work

    def spawn(workspace: Workspace, job: Job) -> int:
        found.append(f"{job.kind} as a job")
        return _DEAD

    for kind in ("import", "perceive", "label", "train"):
        monkeypatch.setitem(WORK, kind, work_of(kind))
    monkeypatch.setattr(demo_stages, "_write", lambda *_, **__: {})
    monkeypatch.setattr(processes, "_spawn", spawn)
    return found


def demo(root: Path, *, train_as_job: bool = True) -> Demo:
    return prepare_demo(root, clips_wanted=8, as_json=False, train_as_job=train_as_job)


def demo_training() -> TrainingSettings:
    return TrainingSettings.model_validate(tomllib.loads(DEMO_SETTINGS)["training"])


def arguments_of(root: Path, job: Job | None) -> Mapping[str, Any]:
    assert job is not None
    with opened_workspace(root).database.read() as connection:
        return jobs.get(connection, job.id).arguments


def test_the_first_training_is_left_to_a_job_that_the_train_page_shows(
    tmp_path: Path, done: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    made = demo(tmp_path / "ws")
    assert done == ["import", "perceive", "label", "label", "train as a job"]
    assert made.job is not None
    assert f"job {made.job.id}" in capsys.readouterr().out.splitlines()[-1]
    assert arguments_of(tmp_path / "ws", made.job)["name"] == "demo"


def test_before_the_first_training_its_time_is_promised_and_kept_with_the_job(
    tmp_path: Path, done: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    promised_s = arguments_of(tmp_path / "ws", demo(tmp_path / "ws").job)["expected_s"]
    assert promise(promised_s) in capsys.readouterr().out.splitlines()


def test_stages_and_app_go_by_the_demos_own_settings(
    tmp_path: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.serve, "check_port_is_free", lambda *_: None)
    monkeypatch.setattr(app.serve, "serve_afresh", lambda *_: None)
    serving.demo(clips=8, workspace=tmp_path / "ws")
    settings = opened_workspace(tmp_path / "ws").workspace.settings
    assert settings.perception.person == "keypoint-box"
    assert settings.training == demo_training()
    assert done[-1] == "train as a job"


def test_the_first_training_is_promised_within_five_minutes() -> None:
    frames = [750] * 40
    settings = resolved_values(demo_training(), frames, Machine(16 * 2**30, gpu=False))
    assert modeled_s(settings, frames, ("pose", "image", "text")) < 300


def test_without_the_app_the_training_is_done_in_the_terminal(tmp_path: Path, done: list[str]) -> None:
    made = demo(tmp_path / "ws", train_as_job=False)
    assert done[-1] == "train"
    assert made.stages[-1]["stage"] == "trained"
    assert made.job is None


def test_a_second_demo_goes_straight_to_the_app_while_the_first_training_goes_on(
    tmp_path: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    demo(tmp_path / "ws")
    done.clear()
    monkeypatch.setattr(processes, "mark_interrupted_jobs", lambda _: None)
    assert demo(tmp_path / "ws") == Demo()
    assert done == []


def test_a_first_training_whose_process_was_ended_goes_on_with_the_next_demo(tmp_path: Path, done: list[str]) -> None:
    first = demo(tmp_path / "ws").job
    assert first is not None
    done.clear()
    again = demo(tmp_path / "ws").job
    assert done == ["train as a job"]
    assert arguments_of(tmp_path / "ws", again)["resumes"] == first.id


def test_a_first_training_that_somebody_cancelled_is_not_begun_again(tmp_path: Path, done: list[str]) -> None:
    first = demo(tmp_path / "ws").job
    assert first is not None
    with opened_workspace(tmp_path / "ws").database.write() as connection:
        jobs.cancel(connection, first.id)
        assert jobs.get(connection, first.id).state is JobState.CANCELLED
    done.clear()
    assert demo(tmp_path / "ws") == Demo()
    assert done == []
