"""A verdict on two runs that could not be told is looked at again while people judge, without training again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.opened_workspace import OpenedWorkspace
from app.queries.selection_today import selection_key, selection_today
from core.types.clips import LabelSource
from core.types.decisions import DecisionKind, ReviewMode
from core.types.runs import CuratedRow, Run
from core.workspace import open_workspace
from db import curated_sets, runs
from db.engine import open_database
from tests.unit.db.conftest import Desk
from training.evaluation.run_selection import write_selection_predictions

LABELS = ("positive", "negative")
PEOPLE, CLIPS_EACH = 12, 4


class Study:
    """Forty-eight unjudged clips of twelve people, all of them positive; two runs, of which the newer is always right."""

    def __init__(self, folder: Path) -> None:
        workspace = open_workspace(folder)
        self.desk = Desk(open_database(workspace))
        self.opened = OpenedWorkspace(workspace, self.desk.database)
        people = [f"p{number}" for number in range(PEOPLE) for _ in range(CLIPS_EACH)]
        self.clips = [self.desk.clip(subject=person) for person in people]
        rows = [
            CuratedRow(clip, 1 + n // CLIPS_EACH, "positive", LabelSource.PSEUDO, 1.0)
            for n, clip in enumerate(self.clips)
        ]
        with self.desk.database.write() as connection:
            self.set_id = curated_sets.store(connection, "set", {}, rows).id
        self.older = self.finished("older", {clip: n % 2 == 0 for n, clip in enumerate(self.clips)}, {})
        with self.desk.database.write() as connection:
            runs.select(connection, self.older.id)
        waiting = {"selected": False, "sentence": "", "difference": None, "clips": None, "more_clips": 9}
        self.newer = self.finished("newer", dict.fromkeys(self.clips, True), {"selection": waiting})

    def finished(self, name: str, right: Mapping[int, bool], metrics: dict[str, Any]) -> Run:
        folder = self.opened.workspace.root / "runs" / name
        folder.mkdir(parents=True)
        write_selection_predictions(
            folder, LABELS, {clip: (0.9, 0.1) if it else (0.1, 0.9) for clip, it in right.items()}
        )
        with self.desk.database.write() as connection:
            run = runs.start(
                connection,
                curated_set_id=self.set_id,
                job_id=None,
                settings={"selection_margin": 0.05},
                code_version="1",
                artifacts_path=f"runs/{name}",
            )
            return runs.finish(connection, run.id, {"labels": list(LABELS), **metrics})

    def judge(self, queue: str | None) -> None:
        for clip in self.clips:
            self.desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED, queue=queue)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path)


def test_while_nobody_judges_no_second_look_is_due(study: Study) -> None:
    assert selection_key(study.opened.database, study.newer) is None


def test_what_is_judged_without_a_runs_choice_tells_that_the_newer_run_is_better(study: Study) -> None:
    study.judge("unreviewed")
    assert selection_key(study.opened.database, study.newer) is not None
    found = selection_today(study.opened, study.newer)
    assert found is not None
    assert found.better
    assert found.sentence.startswith("Looked at again with 48 clips more, judged since without a run's choice.")
    assert found.sentence.endswith("(difference +0.500, 95 % +0.500 to +0.500; 48 clips that no queue of a run brought up: "
                                   "48 judged without runs): it can be selected now.")  # fmt: skip
    with study.opened.database.read() as connection:
        selected = runs.selected(connection)
    assert selected is not None
    assert selected.id == study.older.id


@pytest.mark.parametrize("queue", ["run-differs", None])
def test_what_a_run_brought_up_tells_nothing_anew(study: Study, queue: str | None) -> None:
    study.judge(queue)
    assert selection_today(study.opened, study.newer) is None


def test_a_run_that_is_selected_or_whose_verdict_was_told_is_not_looked_at_again(study: Study) -> None:
    study.judge("unreviewed")
    assert selection_key(study.opened.database, study.older) is None
