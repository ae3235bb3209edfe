"""Runs that are cancelled, killed or fail, and what goes on from where they stood."""

import pytest
import torch

from core.errors import JobCancelledError, TrainingError
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.features import FeatureKind
from core.types.runs import Run, RunState
from core.workspace import Workspace
from db import runs
from db.engine import Database
from tests.integration.training.planted import MAKER, add_cohort, curated_id, toy_workspace, weights, with_training
from tests.integration.training.watched import CancelAfter, Watching
from training.runs.run import train


def _trained(
    workspace: Workspace, database: Database, set_id: int
) -> tuple[Watching, Run, dict[str, torch.Tensor], str]:
    """Who watched it, the run, its weights and its curves."""
    watching = Watching()
    run = train(workspace, database, set_id, watching)
    curves = (workspace.root / run.artifacts_path / "curves.jsonl").read_text(encoding="utf-8")
    return watching, run, weights(workspace, run.artifacts_path), curves


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> tuple[Watching, Run, dict[str, torch.Tensor], str]:
    """A run on the toy cohort that nobody cancelled."""
    workspace, database = toy_workspace(tmp_path_factory.mktemp("straight"))
    add_cohort(workspace, database)
    return _trained(workspace, database, curated_id(workspace, database))


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_cancelled_run_goes_on_and_ends_with_the_same_weights(
    cohort: tuple[Workspace, Database], straight: tuple[Watching, Run, dict[str, torch.Tensor], str], share: float
) -> None:
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(int(share * straight[0].asked)))
    resumed = _trained(workspace, database, set_id)
    assert resumed[1].id == straight[1].id == 1
    assert resumed[0].asked < straight[0].asked
    assert all(torch.equal(straight[2][name], resumed[2][name]) for name in straight[2])
    assert resumed[1].metrics["table"] == straight[1].metrics["table"]
    assert resumed[3] == straight[3]


def test_a_run_whose_process_was_killed_is_gone_on_with(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(60))
    with database.write() as connection:
        runs.resume(connection, 1, None)  # still called running, and nobody holds its lock: as after kill -9
    assert train(workspace, database, set_id, SilentProgress()).id == 1


def test_without_resume_a_run_begins_afresh(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(60))
    assert train(workspace, database, set_id, SilentProgress(), resume=False).id == 2


def test_other_settings_do_not_go_on_where_a_run_was_cancelled(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(60))
    changed = with_training(workspace, dropout=0.1)
    assert train(changed, database, set_id, SilentProgress()).id == 2


def test_cancel_stops_between_two_steps_and_leaves_the_current_run(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    good = train(workspace, database, set_id, SilentProgress())
    progress = CancelAfter(80)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, progress)
    with database.read() as connection:
        cancelled, current = runs.get(connection, good.id + 1), runs.selected(connection)
    assert progress.left == -1  # nobody went on after the first refusal
    assert cancelled.state is RunState.CANCELLED
    assert current is not None
    assert current.id == good.id
    assert not (workspace.runs_dir / str(cancelled.id) / "cache").exists()


def test_a_failed_run_says_why_and_leaves_the_current_run(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    good = train(workspace, database, curated_id(workspace, database), SilentProgress())
    store = FeatureStore(workspace.features_dir)
    with store.open(3, FeatureKind.IMAGE) as file:
        spoilt = {"features": file.read("features"), "time_s": file.read("time_s")}
    spoilt["features"][1, 2] = float("nan")
    store.write(3, FeatureKind.IMAGE, spoilt, MAKER)
    with pytest.raises(TrainingError, match=r"image features of the clip 's0-c2' hold a value that is not a number"):
        train(workspace, database, curated_id(workspace, database), SilentProgress())
    with database.read() as connection:
        failed, current = runs.get(connection, good.id + 1), runs.selected(connection)
    assert failed.state is RunState.FAILED
    assert "'s0-c2'" in failed.error
    assert current is not None
    assert current.id == good.id
