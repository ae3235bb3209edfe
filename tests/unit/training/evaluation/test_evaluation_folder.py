"""The folder of an evaluation: one for each plan, its predictions and its result."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.workspace import Workspace, open_workspace
from training.evaluation.evaluation_folder import EvaluationFolder, evaluation_folder, results, today_protocol

PLAN = {"protocol": "grouped folds", "seeds": 2}
SAID = {3: (0.25, 0.75), 1: (1.0, 0.0)}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path)


@pytest.fixture
def folder(workspace: Workspace) -> Iterator[EvaluationFolder]:
    with evaluation_folder(workspace, PLAN) as opened:
        yield opened


def _finished(workspace: Workspace, protocol: str, seeds: int) -> str:
    with evaluation_folder(workspace, {"protocol": protocol, "seeds": seeds}) as opened:
        return str(opened.finish({"table": []})["digest"])


def test_predictions_come_back_for_their_own_row_seed_and_fold(folder: EvaluationFolder) -> None:
    assert folder.store("fusion model", 1, 2, SAID) == SAID
    assert folder.predictions("fusion model", 1, 2) == SAID
    for row, seed, fold in (("fusion", 1, 2), ("fusion model", 0, 2), ("fusion model", 1, 1)):
        assert folder.predictions(row, seed, fold) is None


def test_the_same_plan_has_the_same_folder_and_another_plan_another(workspace: Workspace) -> None:
    paths = []
    for plan in (PLAN, {"seeds": 2, "protocol": "grouped folds"}, {**PLAN, "seeds": 3}):
        with evaluation_folder(workspace, plan) as opened:
            paths.append(opened.path)
    assert paths[0] == paths[1] != paths[2]
    assert json.loads((paths[0] / "plan.json").read_text()) == PLAN
    assert all(path.parent == workspace.runs_dir / "evaluations" for path in paths)


def test_an_evaluation_runs_once_at_a_time_and_can_run_again(workspace: Workspace) -> None:
    def twice() -> None:
        with evaluation_folder(workspace, PLAN), evaluation_folder(workspace, PLAN):
            raise AssertionError("both have the folder")

    with pytest.raises(TrainingError, match="Another process runs this evaluation"):
        twice()
    with evaluation_folder(workspace, PLAN) as opened:
        assert opened.plan == PLAN


def test_work_is_removed_by_its_name_and_at_the_end_altogether(folder: EvaluationFolder) -> None:
    first, second = folder.work("first"), folder.work("second")
    (first / "checkpoint").touch()
    assert folder.work("first") == first
    folder.remove_work("first")
    assert (first.exists(), second.exists()) == (False, True)
    folder.finish({})
    assert not second.exists()


def test_the_result_holds_the_plan_and_the_digest_beside_what_was_found(folder: EvaluationFolder) -> None:
    whole = folder.finish({"table": [1]})
    assert json.loads((folder.path / "result.json").read_text()) == whole
    assert {key: whole[key] for key in ("digest", *PLAN, "table")} == {"digest": folder.path.name, **PLAN, "table": [1]}


def test_results_of_a_protocol_come_newest_first(workspace: Workspace) -> None:
    made = [_finished(workspace, "grouped folds", seeds) for seeds in (1, 2, 3)]
    _finished(workspace, "given split", 1)
    assert [one["digest"] for one in results(workspace, "grouped folds")] == made[::-1]
    assert results(workspace, "conditions") == []


def test_results_from_before_the_protocol_was_renamed_are_read_under_its_name_of_today(workspace: Workspace) -> None:
    _finished(workspace, "arms", 1)
    assert [one["protocol"] for one in results(workspace, "conditions")] == ["conditions"]
    assert results(workspace, "arms") == []
    assert (today_protocol("arms"), today_protocol("zoo")) == ("conditions", "zoo")
