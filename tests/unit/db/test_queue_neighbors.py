"""What somebody does to one clip moves no other in a queue."""

import pytest

from core.types.decisions import DecisionKind, ReviewMode
from db import bulk_accepts, queues
from db.bulk_accepts import BulkRule
from db.queues import Queue
from tests.unit.db.conftest import Desk
from tests.unit.db.test_labeler_statistics import say
from tests.unit.db.test_queues import _doubting_run, _ids, _run


@pytest.mark.parametrize("decided", [0, 1, 2])
def test_a_judged_mistake_leaves_the_others_where_they_were(desk: Desk, decided: int) -> None:
    made = [desk.clip(gold="positive") for _ in range(3)]
    _run(desk, *((clip_id, "negative", 0.9 - clip_id / 100) for clip_id in made))
    desk.decide(DecisionKind.CORRECT, made[decided], "positive", mode=ReviewMode.ASSISTED)
    assert _ids(desk, Queue.RUN_DIFFERS) == [clip_id for clip_id in made if clip_id != made[decided]]
    others = [clip_id for clip_id in made if clip_id != made[decided]]
    assert _ids(desk, Queue.RUN_DIFFERS, desk.ben) == [made[decided], *others]  # a person's label is trusted most


def test_a_judged_label_error_leaves_the_others_where_they_were(desk: Desk) -> None:
    made = [desk.clip(gold="negative") for _ in range(3)]
    _doubting_run(desk, *((clip_id, clip_id / 10, True) for clip_id in made))
    desk.decide(DecisionKind.CORRECT, made[1], "positive", mode=ReviewMode.ASSISTED)
    assert _ids(desk, Queue.LABEL_ERRORS) == [made[0], made[2]]


def test_a_judgment_from_before_the_run_takes_no_mistake_away(desk: Desk) -> None:
    clip_id = desk.clip()
    desk.decide(DecisionKind.CORRECT, clip_id, "positive", mode=ReviewMode.ASSISTED)
    _run(desk, (clip_id, "negative", 0.9))
    assert _ids(desk, Queue.RUN_DIFFERS) == [clip_id]


def test_a_leak_that_anybody_judged_or_oneself_put_aside_leaves_its_queue(desk: Desk) -> None:
    judged, unclear, skipped, left = (desk.clip() for _ in range(4))
    for clip_id in (judged, unclear, skipped, left):
        desk.answer(clip_id, "positive", leak="Leans on the result.")
    desk.decide(DecisionKind.CORRECT, judged, "negative", mode=ReviewMode.ASSISTED, reviewer_id=desk.ben)
    desk.decide(DecisionKind.UNCLEAR, unclear, reviewer_id=desk.ben)
    desk.decide(DecisionKind.SKIP, skipped)
    assert _ids(desk, Queue.LEAKS) == [left]
    assert _ids(desk, Queue.LEAKS, desk.ben) == [left, skipped]


def test_a_clip_of_a_run_whose_label_was_settled_as_predicted_is_no_mistake(desk: Desk) -> None:
    right, wrong = desk.clip(), desk.clip()
    for clip_id in (right, wrong):
        desk.answer(clip_id, "negative")
    _run(desk, (right, "positive", 0.9), (wrong, "positive", 0.8))
    desk.decide(DecisionKind.CORRECT, right, "positive", mode=ReviewMode.ASSISTED, reviewer_id=desk.ben)
    assert _ids(desk, Queue.RUN_DIFFERS) == [wrong]


@pytest.mark.parametrize(("number", "words"), [(1, "1 claim of"), (2, "2 claims of")])
def test_the_number_of_contradicted_claims_is_told_in_words_that_fit(desk: Desk, number: int, words: str) -> None:
    desk.answer(desk.clip(), "positive", contradicted=number)
    with desk.database.read() as connection:
        [item] = queues.items(connection, Queue.CONTRADICTED, desk.ada)
    assert words in item.reason


def test_a_bulk_accept_takes_doubtful_and_contradicted_answers_only_where_the_rule_says_so(desk: Desk) -> None:
    doubtful, contradicted = desk.clip(), desk.clip()
    say(desk, doubtful, "positive", 0.95, review_reason="The passes differ.")
    desk.answer(contradicted, "positive", 0.95, contradicted=1)
    with desk.database.read() as connection:
        neither, *either = (
            list(bulk_accepts.preview(connection, rule).accepted)
            for rule in (BulkRule(), BulkRule(needing_review_too=True), BulkRule(contradicted_too=True))
        )
    assert (neither, either) == ([], [[doubtful], [contradicted]])


def test_an_excluded_answer_is_never_accepted_in_bulk(desk: Desk) -> None:
    say(desk, desk.clip(), "positive", 1.0, exclusion_reason="It leaks.")
    with desk.database.read() as connection:
        found = bulk_accepts.preview(connection, BulkRule(needing_review_too=True, contradicted_too=True))
    assert found.accepted == {}
    assert list(found.left_out.values()) == [1]
