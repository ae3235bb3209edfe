"""Runs that are cancelled, killed or fail, and what goes on from where they stood."""

import json

import pytest
import torch
from threadpoolctl import threadpool_info

from core.errors import JobCancelledError, TrainingError
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.features import FeatureKind
from core.types.runs import Run, RunState
from core.workspace import Workspace
from db import runs
from db.engine import Database
from tests.integration.training.planted import MAKER, curated_id, tiny_settings, weights, with_training
from tests.integration.training.watched import CancelAfter, Watching
from training.fit.resources import take_threads
from training.runs.run import train


@pytest.mark.parametrize("share", [0.3, pytest.param(0.5, marks=pytest.mark.long), 0.9])
def test_a_cancelled_run_goes_on_and_ends_with_the_same_weights(
    cohort: tuple[Workspace, Database], watched_run: tuple[Workspace, Database, Run, Watching], share: float
) -> None:
    never_cancelled, _, straight, watched = watched_run
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(int(share * watched.asked)))
    watching = Watching()
    resumed = train(workspace, database, set_id, watching)
    assert resumed.id == straight.id == 1
    assert watching.asked < watched.asked
    wanted, found = weights(never_cancelled, straight.artifacts_path), weights(workspace, resumed.artifacts_path)
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    assert resumed.metrics["table"] == straight.metrics["table"]
    assert _curves(workspace, resumed) == _curves(never_cancelled, straight)


def _curves(workspace: Workspace, run: Run) -> str:
    return (workspace.root / run.artifacts_path / "curves.jsonl").read_text(encoding="utf-8")


def test_a_run_whose_process_was_killed_is_gone_on_with(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(60))
    with database.write() as connection:
        runs.resume(connection, 1, None)  # still called running, and nobody holds its lock: as after kill -9
    assert train(workspace, database, set_id, SilentProgress()).id == 1


def test_a_folder_left_by_a_process_that_was_killed_before_its_run_was_stored_is_taken(
    cohort: tuple[Workspace, Database],
) -> None:
    workspace, database = cohort
    (workspace.runs_dir / "1").mkdir()
    (workspace.runs_dir / "1" / "lock").touch()
    assert _runs_after_beginning(workspace, database, curated_id(workspace, database)) == [1]


def test_a_folder_of_other_files_is_never_taken_for_that_of_a_new_run(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    kept = workspace.runs_dir / "1" / "model.safetensors"
    kept.parent.mkdir()
    kept.write_text("of another study", encoding="utf-8")
    with pytest.raises(
        TrainingError, match=r"runs/1 is there already, and no run of this workspace made it; move it away"
    ):
        train(workspace, database, curated_id(workspace, database), SilentProgress())
    assert kept.read_text(encoding="utf-8") == "of another study"
    with database.read() as connection:
        assert runs.all(connection) == []


def test_a_resumed_run_computes_with_the_threads_that_it_began_with(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(60))
    written = workspace.runs_dir / "1" / "resolved_settings.json"
    begun = json.loads(written.read_text(encoding="utf-8"))
    written.write_text(json.dumps({**begun, "max_threads": begun["max_threads"] + 1}), encoding="utf-8")
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(60))
    assert torch.get_num_threads() == begun["max_threads"] + 1
    torch.set_num_threads(begun["max_threads"])


def test_linear_algebra_of_a_run_takes_one_thread_whatever_the_machine_has() -> None:
    take_threads(tiny_settings(max_threads=1))
    assert {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"} == {1}


def test_without_resume_a_run_begins_afresh(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(60))
    assert _runs_after_beginning(workspace, database, set_id, resume=False) == [1, 2]


def test_other_settings_do_not_go_on_where_a_run_was_cancelled(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(60))
    changed = with_training(workspace, dropout=0.1)
    assert _runs_after_beginning(changed, database, set_id) == [1, 2]


def _runs_after_beginning(workspace: Workspace, database: Database, set_id: int, *, resume: bool = True) -> list[int]:
    """Trains as far as the first moment in which it can be cancelled."""
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(0), resume=resume)
    with database.read() as connection:
        return sorted(run.id for run in runs.all(connection))


def test_cancel_stops_between_two_steps_and_leaves_the_current_run(trained: tuple[Workspace, Database, Run]) -> None:
    workspace, database, good = trained
    progress = CancelAfter(80)
    with pytest.raises(JobCancelledError):
        train(workspace, database, curated_id(workspace, database), progress)
    with database.read() as connection:
        cancelled, current = runs.get(connection, good.id + 1), runs.selected(connection)
    assert progress.left == -1  # nobody went on after the first refusal
    assert cancelled.state is RunState.CANCELLED
    assert current is not None
    assert current.id == good.id
    assert not (workspace.runs_dir / str(cancelled.id) / "cache").exists()


def test_a_failed_run_says_why_and_leaves_the_current_run(trained: tuple[Workspace, Database, Run]) -> None:
    workspace, database, good = trained
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
