"""A run is scored on the test split once, and the workspace counts."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.workspace import Workspace, open_workspace
from training.evaluation.test_set_log import FILE, claim, evaluated_before, keep, times_scored


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path)


def _folder(workspace: Workspace, name: str) -> Path:
    folder = workspace.runs_dir / name
    folder.mkdir(parents=True)
    return folder


def test_a_claim_counts_before_there_is_a_score(workspace: Workspace) -> None:
    folder = _folder(workspace, "1")
    assert (evaluated_before(folder), times_scored(workspace)) == (False, 0)
    claim(workspace, folder)
    assert (evaluated_before(folder), times_scored(workspace)) == (True, 1)
    claimed_at = json.loads((folder / FILE).read_text())["claimed_at"]
    assert datetime.fromisoformat(claimed_at).tzinfo is not None


def test_a_second_claim_is_refused_and_the_score_stays(workspace: Workspace) -> None:
    first, second = _folder(workspace, "1"), _folder(workspace, "evaluations/abc")
    for folder in (first, second):
        claim(workspace, folder)
    keep(first, {"accuracy": 0.5})
    with pytest.raises(TrainingError, match=r"^Run 1 has been scored on the test split.*in this workspace: 2\.$"):
        claim(workspace, first)
    assert json.loads((first / FILE).read_text()) == {"accuracy": 0.5}


def test_runs_and_evaluations_are_counted_and_nothing_else(workspace: Workspace) -> None:
    for name in ("1", "2", "evaluations/abc"):
        claim(workspace, _folder(workspace, name))
    _folder(workspace, "3")
    (_folder(workspace, "1/deeper/still") / FILE).touch()
    assert times_scored(workspace) == 3
