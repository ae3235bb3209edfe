"""A past run's score is against the labels of its set; what today's labels would make of it is said beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.queries.score_today import score_today_sentence
from core.types.clips import COHORT_TRUTH, LabelSource
from core.types.decisions import DecisionKind, ReviewMode
from core.types.runs import CuratedRow, Prediction, Run
from core.workspace import open_workspace
from db import curated_sets, runs
from db.engine import open_database
from tests.unit.db.conftest import Desk
from training.runs.labels_of_set import labels_of_set

LABELS = ("positive", "negative")
STORED = {"value": 0.71, "low": 0.6, "high": 0.8}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = open_database(open_workspace(tmp_path))
    yield Desk(database)
    database.dispose()


def scored_run(desk: Desk, rows: dict[int, LabelSource]) -> Run:
    """A run that predicts "positive" of every clip of its set, whose labels are all "positive" when it is made."""
    with desk.database.write() as connection:
        made = [CuratedRow(clip_id, 1, "positive", source, 1.0) for clip_id, source in rows.items()]
        curated = curated_sets.store(connection, "set", {}, made)
        run = runs.start(connection, curated_set_id=curated.id, job_id=None, settings={}, code_version="1")
        runs.store_predictions(connection, [Prediction(run.id, one, 0, (0.8, 0.2), "positive") for one in rows])
        table = [{"name": "fusion", "n": len(rows), "balanced_accuracy": STORED}]
        return runs.finish(connection, run.id, {"labels": list(LABELS), "table": table})


def judge(desk: Desk, clip: int, label: str) -> None:
    desk.decide(DecisionKind.CORRECT, clip, label, mode=ReviewMode.ASSISTED)


def test_a_changed_label_is_told_with_the_score_of_then_and_that_of_today(desk: Desk) -> None:
    kept, turned = desk.clip(gold="positive"), desk.clip(gold="positive")
    run = scored_run(desk, {kept: LabelSource.GOLD, turned: LabelSource.GOLD})
    assert score_today_sentence(desk.database, run) == ""
    judge(desk, turned, "negative")
    assert score_today_sentence(desk.database, run) == (
        "Against today's labels, balanced accuracy of the fusion 0.50; as scored then 0.71. Since its set was made, "
        "1 label has changed of the 2 that it is scored against."
    )


def test_a_label_that_is_taken_back_is_counted_and_scores_no_more(desk: Desk) -> None:
    kept, unclear = desk.clip(gold="positive"), desk.clip(gold="positive")
    run = scored_run(desk, {kept: LabelSource.GOLD, unclear: LabelSource.GOLD})
    desk.decide(DecisionKind.UNCLEAR, unclear, mode=ReviewMode.ASSISTED)
    sentence = score_today_sentence(desk.database, run)
    assert "1 label has changed of the 2 that it is scored against (1 without one now)" in sentence
    assert sentence.startswith("Against today's labels, balanced accuracy of the fusion 1.00; as scored then 0.71.")


def test_a_clip_whose_first_trusted_label_came_since_changes_nothing(desk: Desk) -> None:
    gold, weak = desk.clip(gold="positive"), desk.clip()
    run = scored_run(desk, {gold: LabelSource.GOLD, weak: LabelSource.PSEUDO})
    judge(desk, weak, "negative")
    assert score_today_sentence(desk.database, run) == ""


def test_a_run_is_scored_against_the_labels_of_its_set_whatever_is_decided_later(desk: Desk) -> None:
    gold, weak, simulated = desk.clip(gold="positive"), desk.clip(), desk.clip(truth="negative")
    run = scored_run(desk, {gold: LabelSource.GOLD, weak: LabelSource.PSEUDO, simulated: LabelSource.PSEUDO})
    for clip in (gold, weak):
        judge(desk, clip, "negative")
    judge(desk, simulated, "positive")
    with desk.database.read() as connection:
        curated = curated_sets.get(connection, run.curated_set_id)
    found = {one.clip_id: (one.label, one.source) for one in labels_of_set(desk.database, curated)}
    assert found == {gold: ("positive", "gold"), simulated: ("negative", COHORT_TRUTH)}
