"""The time that is promised for a training follows the set and the settings that it is really done with."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from app.cli.main import main
from app.jobs.kinds import WORK
from app.jobs.processes import list_jobs
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.training_time import EXPECTED, frames_read, promise, promised_of_rule, promised_of_set
from core.errors import TrainingError
from tests.integration.training.planted import add_clip, curated_id


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenedWorkspace]:
    found = opened_workspace(tmp_path / "study")
    for number in range(4):
        label = ("positive", "negative")[number % 2]
        add_clip(found.workspace, found.database, f"c{number}", subject=f"p{number}", label=label, modalities=("pose",))
    yield found
    found.database.dispose()


def test_a_training_on_a_named_set_says_its_time_by_the_settings_given_with_it(
    opened: OpenedWorkspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> dict[str, object]:
        raise TrainingError("Not today.")  # what is promised stands before the work

    curated_id(opened.workspace, opened.database)
    monkeypatch.setitem(WORK, "train", stopped)
    root = str(opened.workspace.root)
    with pytest.raises(SystemExit):
        main(["train", "--set", "set", "--with", "stage1_steps=40000", "--workspace", root])
    (job,) = [one for one in list_jobs(opened.database) if one.kind == "train"]
    assert promise(job.arguments[EXPECTED]) in capsys.readouterr().out.splitlines()
    usual = promised_of_rule(opened, opened.workspace.settings.training)
    assert job.arguments[EXPECTED] > 20 * usual[EXPECTED]


def test_a_named_set_is_promised_what_the_same_clips_are_by_the_rule(opened: OpenedWorkspace) -> None:
    settings, made = opened.workspace.settings.training, curated_id(opened.workspace, opened.database)
    assert promised_of_set(opened, settings, made) == promised_of_rule(opened, settings)


def test_key_points_count_as_resampled_else_images_as_they_are_made_else_one(opened: OpenedWorkspace) -> None:
    clip = add_clip(opened.workspace, opened.database, "fast", subject="p9", label="positive", frames=50)
    fast = replace(clip, frame_rate=Fraction(100), frame_count=200)
    assert frames_read(fast, {"pose": {clip.id}, "image": {clip.id}}, 0.2) == 50
    assert frames_read(clip, {"pose": {clip.id}}, 0.2) == 50
    assert frames_read(clip, {"pose": set(), "image": {clip.id}}, 0.2) == 10
    assert frames_read(clip, {"pose": set(), "text": {clip.id}}, 0.2) == 1
