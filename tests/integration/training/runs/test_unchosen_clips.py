"""Which clips runs are compared on, and by which label: none that a queue of the older run brought up."""

from datetime import datetime

import pytest

from core.types.decisions import DecisionKind, ReviewMode
from db.tables import now_utc
from tests.unit.db.conftest import Desk
from training.runs.unchosen_clips import unchosen_clips

LABELS = ("positive", "negative")


def judge(desk: Desk, clip: int, label: str, queue: str | None = None) -> None:
    desk.decide(DecisionKind.CORRECT, clip, label, mode=ReviewMode.ASSISTED, queue=queue)


def judge_sampled(desk: Desk, clip: int, label: str) -> None:
    """The reliability sample is judged blind."""
    for kind in (DecisionKind.BLIND, DecisionKind.CORRECT):
        desk.decide(kind, clip, label)


def labels_of(desk: Desk, began: datetime, *asked: int) -> dict[int, tuple[str, str]]:
    """Label and source by clip id."""
    found = unchosen_clips(desk.database, dict.fromkeys(asked, 1), began, LABELS)
    return {one.clip_id: (one.label, one.source) for one in found}


def test_what_was_judged_before_the_run_began_counts_and_what_was_judged_since_does_not(desk: Desk) -> None:
    before, since = desk.clip(), desk.clip()
    judge(desk, before, "positive")
    began = now_utc()
    judge(desk, since, "positive")
    assert labels_of(desk, began, before, since) == {before: ("positive", "judged before")}


def test_a_clip_judged_again_since_keeps_its_label_of_then(desk: Desk) -> None:
    clip = desk.clip()
    judge(desk, clip, "positive")
    began = now_utc()
    judge(desk, clip, "negative")
    assert labels_of(desk, began, clip) == {clip: ("positive", "judged before")}


def test_the_newest_label_of_then_counts_and_an_adjudicated_one_before_it(desk: Desk) -> None:
    newest, adjudicated = desk.clip(), desk.clip()
    desk.decide(DecisionKind.ADJUDICATE, adjudicated, "positive", mode=ReviewMode.ASSISTED)
    for label in ("positive", "negative"):
        judge(desk, newest, label)
    judge(desk, adjudicated, "negative")
    found = labels_of(desk, now_utc(), newest, adjudicated)
    assert {clip: label for clip, (label, _) in found.items()} == {newest: "negative", adjudicated: "positive"}


def test_what_was_undone_or_called_unclear_is_no_label(desk: Desk) -> None:
    undone, unclear = desk.clip(), desk.clip()
    row = desk.decide(DecisionKind.CORRECT, undone, "positive", mode=ReviewMode.ASSISTED)
    desk.decide(DecisionKind.UNDO, undone, undoes_id=row.id)
    desk.decide(DecisionKind.UNCLEAR, unclear)
    assert labels_of(desk, now_utc(), undone, unclear) == {}


def test_a_gold_label_counts_even_where_people_said_otherwise_since(desk: Desk) -> None:
    gold = desk.clip(gold="positive")
    began = now_utc()
    judge(desk, gold, "negative")
    assert labels_of(desk, began, gold) == {gold: ("positive", "gold")}


def test_the_reliability_sample_counts_whenever_it_was_judged(desk: Desk) -> None:
    sampled, waiting = desk.clip(reliability_sample=True), desk.clip(reliability_sample=True)
    desk.answer(waiting, "positive")
    began = now_utc()
    judge_sampled(desk, sampled, "negative")
    assert labels_of(desk, began, sampled, waiting) == {sampled: ("negative", "reliability sample")}


def test_a_label_that_the_taxonomy_no_longer_has_is_left_out(desk: Desk) -> None:
    clip = desk.clip(gold="bored")
    assert labels_of(desk, now_utc(), clip) == {}


def test_what_was_judged_since_in_other_queues_counts_until_a_queue_of_a_run_is_worked(desk: Desk) -> None:
    free, chosen, left_over = desk.clip(), desk.clip(), desk.clip()
    began = now_utc()
    judge(desk, free, "positive", "unreviewed")
    judge(desk, chosen, "positive", "run-differs")
    judge(desk, left_over, "positive", "unreviewed")
    assert labels_of(desk, began, free, chosen, left_over) == {free: ("positive", "judged without runs")}


@pytest.mark.parametrize("queue", ["run-differs", "label-errors", "assigned", None])
def test_a_clip_that_a_run_may_have_brought_up_once_does_not_count(desk: Desk, queue: str | None) -> None:
    clip = desk.clip()
    began = now_utc()
    judge(desk, clip, "positive", "unreviewed")
    judge(desk, clip, "negative", queue)
    assert labels_of(desk, began, clip) == {}


def test_a_decision_taken_back_gives_no_label_even_from_another_queue(desk: Desk) -> None:
    clip = desk.clip()
    began = now_utc()
    row = desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED, queue="unreviewed")
    desk.decide(DecisionKind.UNDO, clip, undoes_id=row.id)
    assert labels_of(desk, began, clip) == {}
