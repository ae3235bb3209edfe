"""A label that was accepted in bulk is the labeler's word: no run is scored by it, on any of the ways to a score."""

from datetime import timedelta

import pytest

from core.settings.loader import Settings
from core.types.clips import COHORT_TRUTH, LabelSource
from core.types.decisions import Decision, DecisionKind, ReviewMode
from core.types.runs import CuratedRow, CuratedSet
from db import curated_sets
from db.tables import now_utc
from tests.unit.db.conftest import Desk
from training.evaluation.conditions import condition_clips
from training.evaluation.results_table import Scored
from training.runs.labels_of_set import labels_of_set
from training.runs.run_metrics import scored_clips
from training.runs.unchosen_clips import unchosen_clips

LABELS = ("positive", "negative")


@pytest.fixture
def clips(desk: Desk) -> list[int]:
    """Four clips labeled "positive": three in bulk, of which one has gold, one a cohort's truth and one neither; one viewed."""
    made = [desk.clip(gold="negative"), desk.clip(truth="negative"), desk.clip(), desk.clip()]
    for clip in made[:3]:
        accept_in_bulk(desk, clip)
    view(desk, made[3])
    return made


def accept_in_bulk(desk: Desk, clip: int) -> Decision:
    shown = desk.answer(clip, "positive").id
    return desk.decide(DecisionKind.BULK_ACCEPT, clip, "positive", pseudo_label_id=shown, mode=ReviewMode.ASSISTED)


def view(desk: Desk, clip: int, label: str = "positive") -> None:
    desk.decide(DecisionKind.CORRECT, clip, label, mode=ReviewMode.ASSISTED)


def stored(desk: Desk, clips: list[int]) -> CuratedSet:
    with desk.database.write() as connection:
        rows = [CuratedRow(clip, 1, "positive", LabelSource.HUMAN, 1.0) for clip in clips]
        return curated_sets.store(connection, "set", {}, rows)


def told(scored: list[Scored]) -> list[tuple[int, str, str]]:
    return [(one.clip_id, one.label, one.source) for one in scored]


def expected(clips: list[int], by_looking: str) -> list[tuple[int, str, str]]:
    gold, simulated, _, viewed = clips
    return [
        (gold, "negative", "gold"),
        (simulated, "negative", COHORT_TRUTH),
        (viewed, "positive", by_looking),
    ]


def test_runs_side_by_side_are_scored_by_gold_or_truth_instead(desk: Desk, clips: list[int]) -> None:
    assert told(scored_clips(desk.database, dict.fromkeys(clips, 1))) == expected(clips, "human")


def test_a_run_is_scored_by_gold_or_truth_instead_even_where_a_bulk_accept_has_full_weight(
    desk: Desk, clips: list[int]
) -> None:
    assert told(labels_of_set(desk.database, stored(desk, clips))) == expected(clips, "human")


def test_what_was_viewed_or_taken_back_after_the_set_was_made_leaves_its_labels_as_they_were(
    desk: Desk, clips: list[int]
) -> None:
    made = stored(desk, clips)
    view(desk, clips[2])
    later = desk.clip()
    accept_in_bulk(desk, later)
    assert told(labels_of_set(desk.database, made)) == expected(clips, "human")


def test_a_bulk_accept_that_was_viewed_before_the_set_was_made_scores(desk: Desk, clips: list[int]) -> None:
    view(desk, clips[2])
    assert (clips[2], "positive", "human") in told(labels_of_set(desk.database, stored(desk, clips)))


def test_runs_are_selected_by_gold_or_truth_instead(desk: Desk, clips: list[int]) -> None:
    began = now_utc() + timedelta(seconds=1)
    found = unchosen_clips(desk.database, dict.fromkeys(clips, 1), began, LABELS)
    assert told(found) == expected(clips, "judged before")


def test_no_annotation_condition_takes_it_for_the_truth(desk: Desk, clips: list[int]) -> None:
    found = {one.clip_id: one.truth for one in condition_clips(desk.database, Settings())}
    assert found == dict(zip(clips, ("negative", "negative", None, "positive"), strict=True))


def test_the_score_of_today_knows_no_change_by_a_bulk_accept_alone(desk: Desk) -> None:
    simulated, gold = desk.clip(truth="negative"), desk.clip(gold="negative")
    with desk.database.write() as connection:
        rows = [
            CuratedRow(simulated, 1, "positive", LabelSource.PSEUDO, 0.5),
            CuratedRow(gold, 1, "negative", LabelSource.GOLD, 1.0),
        ]
        made = curated_sets.store(connection, "set", {}, rows)
    for clip in (simulated, gold):
        accept_in_bulk(desk, clip)
    with desk.database.read() as connection:
        assert curated_sets.changed_labels(connection, made.id) == {}
