"""Runs, their predictions, curated sets and jobs among others of their kind."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core.errors import InputError, TrainingError
from core.types.jobs import JobState
from core.types.runs import Prediction, Run, RunState
from db import clips, curated_sets, jobs, runs
from db.tables import jobs as job_table
from tests.unit.db.conftest import Desk


@pytest.fixture
def three(desk: Desk) -> list[Run]:
    """Runs with ids in a row, all going on."""
    with desk.database.write() as connection:
        of = curated_sets.store(connection, "set", {}, []).id
        return [
            runs.start(connection, curated_set_id=of, job_id=None, settings={"seed": number}, code_version="1")
            for number in range(3)
        ]


def test_a_change_of_one_run_leaves_the_others_as_they_were(desk: Desk, three: list[Run]) -> None:
    below, middle, above = three
    with desk.database.write() as connection:
        changed = runs.finish(connection, middle.id, {"table": []})
        assert [runs.get(connection, run.id) for run in three] == [below, changed, above]
    assert (changed.state, changed.metrics) == (RunState.SUCCEEDED, {"table": []})
    assert changed.finished_at is not None


def test_the_newest_runs_come_first_and_as_many_as_are_asked_for(desk: Desk, three: list[Run]) -> None:
    with desk.database.read() as connection:
        assert runs.all(connection) == three[::-1]
        assert runs.all(connection, limit=2) == [three[2], three[1]]


def test_one_run_at_a_time_is_selected(desk: Desk, three: list[Run]) -> None:
    with desk.database.write() as connection:
        assert runs.selected(connection) is None
        for run in (three[2], three[0], three[1]):
            runs.finish(connection, run.id, {})
            runs.select(connection, run.id)
        assert [run.id for run in runs.all(connection) if run.selected] == [three[1].id]
        found = runs.selected(connection)
    assert found is not None
    assert found.id == three[1].id


def test_a_run_that_failed_goes_on_under_another_job_and_is_no_failure_any_more(desk: Desk, three: list[Run]) -> None:
    with desk.database.write() as connection:
        job = jobs.enqueue(connection, "train", {}).id
        runs.fail(connection, three[1].id, RunState.FAILED, "It broke.")
        again = runs.resume(connection, three[1].id, job)
    assert (again.state, again.job_id, again.error, again.finished_at) == (RunState.RUNNING, job, "", None)


def test_the_files_of_a_run_are_said_to_lie_where_it_put_them(desk: Desk, three: list[Run]) -> None:
    with desk.database.write() as connection:
        changed = runs.set_artifacts(connection, three[1].id, "runs/2")
        assert [run.artifacts_path for run in runs.all(connection)] == ["", "runs/2", ""]
    assert changed.artifacts_path == "runs/2"


def test_a_run_that_succeeded_is_not_resumed(desk: Desk, three: list[Run]) -> None:
    run = three[1]
    with desk.database.write() as connection:
        runs.finish(connection, run.id, {})
        with pytest.raises(TrainingError, match=rf"^Run {run.id} has succeeded; there is nothing to resume\.$"):
            runs.resume(connection, run.id, None)


def test_predictions_replace_and_tell_those_of_their_own_run(desk: Desk, three: list[Run]) -> None:
    ids = [desk.clip() for _ in range(3)]
    with desk.database.write() as connection:
        for run in three:
            said = [Prediction(run.id, clip_id, 0, (0.7, 0.3), "positive") for clip_id in reversed(ids)]
            runs.store_predictions(connection, said)
        changed = Prediction(three[1].id, ids[1], 2, (0.4, 0.6), "negative", label_quality=0.4, label_issue=True)
        runs.store_predictions(connection, [changed])
        found = [runs.predictions_of(connection, run.id) for run in three]
        some = runs.predictions_of(connection, three[1].id, [ids[2], ids[1], 999])
    assert [[one.clip_id for one in of_run] for of_run in found] == [ids] * 3
    assert [[one.label for one in of_run] for of_run in found] == [
        ["positive"] * 3,
        ["positive", "negative", "positive"],
        ["positive"] * 3,
    ]
    assert some == [changed, found[1][2]]


def test_predictions_of_two_runs_at_once_replace_what_either_had(desk: Desk, three: list[Run]) -> None:
    first, second = desk.clip(), desk.clip()
    old = [Prediction(run.id, clip, 0, (0.7, 0.3), "positive") for run in three for clip in (first, second)]
    new = [
        Prediction(three[0].id, first, 0, (0.1, 0.9), "negative"),
        Prediction(three[1].id, second, 0, (0.1, 0.9), "negative"),
    ]
    with desk.database.write() as connection:
        for made in (old, new):
            runs.store_predictions(connection, made)
        found = [[one.label for one in runs.predictions_of(connection, run.id)] for run in three]
    assert found == [["negative", "positive"], ["positive", "negative"], ["positive", "positive"]]


def test_the_newest_set_of_a_name_is_meant_by_it(desk: Desk) -> None:
    with desk.database.write() as connection:
        curated_sets.store(connection, "b", {"version": 1}, [])
        newest = curated_sets.store(connection, "b", {"version": 2}, [])
        others = [curated_sets.store(connection, name, {}, []) for name in ("a", "c")]
        assert curated_sets.by_name(connection, "b") == newest
        assert curated_sets.by_name(connection, "bb") is None
        assert curated_sets.get(connection, newest.id) == newest
        assert [one.id for one in curated_sets.all(connection, limit=2)] == [others[1].id, others[0].id]


def test_a_clip_is_found_by_its_own_name(desk: Desk) -> None:
    ids = [desk.clip() for _ in range(3)]
    with desk.database.read() as connection:
        wanted = clips.get(connection, ids[1])
        assert clips.by_name(connection, wanted.name) == wanted
        assert clips.by_name(connection, f"{wanted.name}!") is None


def test_a_job_that_waits_is_all_at_the_beginning(desk: Desk) -> None:
    with desk.database.write() as connection:
        job = jobs.enqueue(connection, "label", {"limit": 3})
    assert (job.kind, job.arguments, job.state, job.progress) == ("label", {"limit": 3}, JobState.QUEUED, 0.0)
    assert (job.message, job.error, job.result, job.cancel_requested) == ("", "", {}, False)
    assert (job.pid, job.started_at, job.heartbeat_at, job.finished_at) == (None, None, None, None)


def test_a_job_that_has_done_its_work_is_all_at_the_end(desk: Desk) -> None:
    with desk.database.write() as connection:
        job = jobs.start(connection, jobs.enqueue(connection, "label", {}).id, 1)
        assert (job.state, job.pid, job.message) == (JobState.RUNNING, 1, "starting")
        done = jobs.finish(connection, job.id, {"answered": 3})
    assert (done.state, done.progress, done.message) == (JobState.SUCCEEDED, 1.0, "done")
    assert done.result == {"answered": 3}
    assert done.finished_at is not None


@pytest.mark.parametrize(("told", "kept"), [(-0.5, 0.0), (0.25, 0.25), (7.0, 1.0)])
def test_progress_stays_between_nought_and_one(desk: Desk, told: float, kept: float) -> None:
    with desk.database.write() as connection:
        job = jobs.enqueue(connection, "label", {})
        jobs.heartbeat(connection, job.id, told, "on")
        assert jobs.get(connection, job.id).progress == kept


def test_what_is_told_of_a_job_is_told_of_no_other(desk: Desk) -> None:
    with desk.database.write() as connection:
        below, middle, above = (jobs.enqueue(connection, kind, {}) for kind in ("label", "extract", "train"))
        jobs.heartbeat(connection, middle.id, 0.5, "half way")
        jobs.request_cancel(connection, middle.id)
        assert [jobs.get(connection, job.id).cancel_requested for job in (below, middle, above)] == [False, True, False]
        jobs.fail(connection, middle.id, "It broke.")
        assert [jobs.get(connection, job.id) for job in (below, above)] == [below, above]
        failed = jobs.get(connection, middle.id)
    assert (failed.state, failed.error, failed.progress) == (JobState.FAILED, "It broke.", 0.5)


def test_the_newest_jobs_come_first_and_those_that_ended_are_not_active(desk: Desk) -> None:
    with desk.database.write() as connection:
        made = [jobs.enqueue(connection, kind, {}).id for kind in ("label", "extract", "train", "import")]
        jobs.cancel(connection, made[0])
        assert [job.id for job in jobs.all(connection, limit=3)] == made[:0:-1]
        assert [job.id for job in jobs.active(connection)] == made[:0:-1]
        assert [job.id for job in jobs.active(connection, "train")] == [made[2]]
        assert jobs.active(connection, "label") == []


def test_a_job_of_another_kind_does_not_wait_for_a_training(desk: Desk) -> None:
    with desk.database.write() as connection:
        for kind in ("train", "label", "zip"):
            jobs.enqueue(connection, kind, {})
        assert len(jobs.active(connection)) == 3


@pytest.mark.parametrize(("silent_s", "marked"), [(60, 0), (300, 1)])
def test_a_job_that_never_began_is_given_up_when_it_has_waited_for_long(
    desk: Desk, silent_s: float, marked: int
) -> None:
    with desk.database.write() as connection:
        jobs.enqueue(connection, "label", {})
        waiting_since = datetime.now(UTC) - timedelta(seconds=silent_s)
        connection.execute(sa.update(job_table).values(created_at=waiting_since))
        assert len(jobs.mark_interrupted(connection)) == marked


@pytest.mark.parametrize(("silent_s", "marked"), [(60, 0), (300, 1)])
def test_a_job_of_another_machine_is_given_up_when_it_was_silent_for_long(
    desk: Desk, silent_s: float, marked: int
) -> None:
    with desk.database.write() as connection:
        job = jobs.start(connection, jobs.enqueue(connection, "label", {}).id, 1)
        heard_at = datetime.now(UTC) - timedelta(seconds=silent_s)
        there = {
            "pid": 2**22 + 1,
            "host": "elsewhere",
            "process_mark": "another-boot 4026531836 5",
            "heartbeat_at": heard_at,
        }
        connection.execute(sa.update(job_table).where(job_table.c.id == job.id).values(**there))
        assert len(jobs.mark_interrupted(connection)) == marked


def test_two_kinds_of_import_wait_for_each_other(desk: Desk) -> None:
    with desk.database.write() as connection:
        jobs.enqueue(connection, "import", {}, in_terminal=True)
        with pytest.raises(
            InputError, match=r"^Job 1 \(import\) is still under way in a terminal; cancel it or wait for it\.$"
        ):
            jobs.enqueue(connection, "import-imigue", {})
