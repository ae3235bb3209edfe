"""What a training job trains on when it is resumed, and what an evaluation is made on and leaves."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from app.jobs.kinds import WORK
from app.jobs.kinds.training import run_of_resumed_job
from app.jobs.worker import run_job
from app.queries.evaluations import newest_evaluation
from core.progress import SilentProgress
from core.types.clips import LabelSource, NewClip, Split
from core.types.runs import CuratedRow
from core.workspace import open_workspace
from db import clips, curated_sets, jobs, runs
from db.engine import Database, open_database
from tests.integration.training.planted import add_cohort, toy_workspace
from training.data.curate import Rule, curate


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(open_workspace(tmp_path))
    yield opened
    opened.dispose()


def stored_set(database: Database) -> int:
    with database.write() as connection:
        clip = clips.add(connection, NewClip("a", "p", Split.TRAIN, None, "0" * 64, 1.0, 25, Fraction(25), 64, 64))
        row = CuratedRow(clip.id, clip.subject_id, "positive", LabelSource.GOLD, 1.0)
        return curated_sets.store(connection, "first", {}, [row]).id


def set_resumed(database: Database, job_id: int) -> int | None:
    run = run_of_resumed_job(database, job_id)
    return run and run.curated_set_id


def test_a_resumed_job_trains_on_the_set_of_the_run_it_goes_on_with(database: Database) -> None:
    set_id = stored_set(database)
    with database.write() as connection:
        job = jobs.enqueue(connection, "train", {})
        runs.start(connection, curated_set_id=set_id, job_id=job.id, settings={}, code_version="v")
    assert set_resumed(database, job.id) == set_id


def test_a_job_resumed_twice_still_finds_the_first_ones_set(database: Database) -> None:
    set_id = stored_set(database)
    with database.write() as connection:
        first = jobs.enqueue(connection, "train", {})
        runs.start(connection, curated_set_id=set_id, job_id=first.id, settings={}, code_version="v")
        jobs.fail(connection, first.id, "stopped")
        second = jobs.enqueue(connection, "train", {"resumes": first.id})
        jobs.fail(connection, second.id, "stopped before the run was taken over")
    assert set_resumed(database, second.id) == set_id


def test_a_job_that_resumes_nothing_has_no_set_yet(database: Database) -> None:
    with database.write() as connection:
        job = jobs.enqueue(connection, "train", {})
    assert run_of_resumed_job(database, None) is None
    assert run_of_resumed_job(database, job.id) is None


def test_a_job_killed_after_its_run_had_succeeded_gives_that_run_back_and_tidies_its_folder(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    database = open_database(workspace)
    set_id = stored_set(database)
    checkpoints = workspace.runs_dir / "1" / "checkpoints"
    checkpoints.mkdir(parents=True)
    with database.write() as connection:
        job = jobs.enqueue(connection, "train", {})
        run = runs.start(
            connection, curated_set_id=set_id, job_id=job.id, settings={}, code_version="v", artifacts_path="runs/1"
        )
        runs.finish(connection, run.id, {})
    found = WORK["train"](workspace, database, {"resumes": job.id}, SilentProgress())
    assert found == {"run_id": run.id, "curated_set_id": set_id}
    assert not checkpoints.exists()
    database.dispose()


def test_an_evaluation_is_a_job_on_the_newest_set_whose_result_the_pages_find(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "study")
    add_cohort(workspace, database)
    for name in ("older", "newer"):
        curate(database, workspace.settings, name, Rule())
    with database.write() as connection:
        job = jobs.enqueue(connection, "evaluate", {"protocol": "grouped-folds", "rows": ["majority"], "seeds": 2})
    assert run_job(workspace.root, job.id)
    with database.read() as connection:
        done = jobs.get(connection, job.id)
    found = newest_evaluation(workspace, "grouped-folds")
    assert found is not None
    assert done.result == {"protocol": "grouped-folds", "digest": found["digest"]}
    assert (found["set"], found["seeds"]) == ("newer", [0, 1])


def test_an_evaluation_without_a_set_makes_one_and_takes_it_again(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "study")
    add_cohort(workspace, database)
    arguments = {"protocol": "grouped-folds", "rows": ["majority"], "seeds": 1}
    first, again = (WORK["evaluate"](workspace, database, arguments, SilentProgress()) for _ in range(2))
    assert first == again
    with database.read() as connection:
        assert [one.name for one in curated_sets.all(connection)] == ["evaluated"]
