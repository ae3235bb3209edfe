"""What is listed of the log: judgments, disagreements, what a person has done, and rows of one person on one clip."""

import pytest

from core.errors import DecisionError
from core.types.decisions import DecisionKind, ReviewMode
from core.types.pseudo_labels import PseudoLabel
from db import clips, decisions, judgments, queues, reviewers
from db.queues import Queue
from tests.unit.db.conftest import Desk


def _judge(desk: Desk, clip_id: int, label: str, reviewer_id: int) -> None:
    desk.decide(DecisionKind.BLIND, clip_id, label, reviewer_id=reviewer_id)
    desk.decide(DecisionKind.CORRECT, clip_id, label, reviewer_id=reviewer_id)


def _bulk(desk: Desk, shown: PseudoLabel) -> None:
    desk.decide(
        DecisionKind.BULK_ACCEPT,
        shown.clip_id,
        shown.answer.label,
        pseudo_label_id=shown.id,
        mode=ReviewMode.ASSISTED,
    )


def test_a_judgment_stands_beside_the_answer_that_was_shown_and_the_gold_label(desk: Desk) -> None:
    plain, sampled = desk.clip(gold="negative"), desk.clip(reliability_sample=True)
    shown = desk.answer(plain, "positive")
    desk.answer(plain, "negative")  # newer than what was shown
    desk.decide(DecisionKind.BLIND, plain, "negative")
    desk.decide(DecisionKind.ACCEPT, plain, "positive", pseudo_label_id=shown.id)
    desk.decide(DecisionKind.UNCLEAR, sampled, reviewer_id=desk.ben)
    with desk.database.read() as connection:
        first, second = judgments.all(connection)
    assert (first.clip_id, first.reviewer_id, first.kind, first.mode) == (
        plain,
        desk.ada,
        DecisionKind.ACCEPT,
        ReviewMode.BLIND,
    )
    assert (first.label, first.blind_label, first.pseudo_label, first.gold_label) == (
        "positive",
        "negative",
        "positive",
        "negative",
    )
    assert (second.clip_id, second.reviewer_id, second.kind) == (sampled, desk.ben, DecisionKind.UNCLEAR)
    assert (second.label, second.blind_label, second.pseudo_label, second.gold_label) == (None, None, None, None)
    assert (first.reliability_sample, second.reliability_sample) == (False, True)


def test_an_undone_judgment_is_not_told(desk: Desk) -> None:
    clip_id = desk.clip()
    row = desk.decide(DecisionKind.UNCLEAR, clip_id)
    desk.decide(DecisionKind.UNDO, clip_id, undoes_id=row.id)
    with desk.database.read() as connection:
        assert judgments.all(connection) == []


def test_people_disagree_where_their_newest_standing_labels_differ(desk: Desk) -> None:
    agreed, differing, made_up, unclear, settled = (desk.clip() for _ in range(5))
    for clip_id, ben in ((agreed, "positive"), (differing, "negative"), (made_up, "negative"), (settled, "negative")):
        _judge(desk, clip_id, "positive", desk.ada)
        _judge(desk, clip_id, ben, desk.ben)
    desk.decide(DecisionKind.CORRECT, made_up, "positive", reviewer_id=desk.ben)
    _judge(desk, unclear, "positive", desk.ada)
    desk.decide(DecisionKind.UNCLEAR, unclear, reviewer_id=desk.ben)
    desk.decide(DecisionKind.ADJUDICATE, settled, "positive", mode=ReviewMode.ASSISTED)
    with desk.database.read() as connection:
        queue = [item.clip_id for item in queues.items(connection, Queue.PEOPLE_DIFFER, desk.ada)]
    assert queue == [differing]


def test_a_bulk_accept_is_no_ones_opinion_in_a_disagreement(desk: Desk) -> None:
    clip_id = desk.clip()
    _bulk(desk, desk.answer(clip_id, "positive"))
    _judge(desk, clip_id, "negative", desk.ben)
    with desk.database.read() as connection:
        assert queues.items(connection, Queue.PEOPLE_DIFFER, desk.ada) == []


def test_what_a_person_has_done_and_answered_follows_from_their_standing_rows(desk: Desk) -> None:
    blind, final, unclear, skipped, undone, bens, bulk = (desk.clip() for _ in range(7))
    desk.decide(DecisionKind.BLIND, blind, "positive")
    _judge(desk, final, "positive", desk.ada)
    desk.decide(DecisionKind.UNCLEAR, unclear)
    desk.decide(DecisionKind.SKIP, skipped)
    row = desk.decide(DecisionKind.UNCLEAR, undone)
    desk.decide(DecisionKind.UNDO, undone, undoes_id=row.id)
    _judge(desk, bens, "positive", desk.ben)
    _bulk(desk, desk.answer(bulk, "positive"))
    with desk.database.read() as connection:
        done, answered = decisions.done_and_answered(connection, desk.ada)
        asked = {
            clip_id for clip_id in clips.all_ids(connection) if decisions.has_answered(connection, clip_id, desk.ada)
        }
    assert done == {final, unclear, skipped}
    assert answered == asked == {blind, final, unclear}


def test_rows_of_a_person_on_a_clip_are_neither_anothers_nor_of_another_clip(desk: Desk) -> None:
    below, middle, above = (desk.clip() for _ in range(3))
    for clip_id in (below, above):
        _judge(desk, clip_id, "positive", desk.ada)
    _judge(desk, middle, "negative", desk.ben)
    with desk.database.read() as connection:
        for found in (decisions.blind_row, decisions.standing, decisions.repeat_row):
            assert found(connection, middle, desk.ada) is None
        assert [row.kind for row in decisions.history(connection, middle)] == [
            DecisionKind.BLIND,
            DecisionKind.CORRECT,
        ]


def test_the_newest_standing_row_of_a_person_is_the_one_that_counts(desk: Desk) -> None:
    clip_id = desk.clip()
    _judge(desk, clip_id, "positive", desk.ada)
    newer = desk.decide(DecisionKind.CORRECT, clip_id, "negative")
    with desk.database.read() as connection:
        before = decisions.standing(connection, clip_id, desk.ada)
    desk.decide(DecisionKind.UNDO, clip_id, undoes_id=newer.id)
    _judge(desk, desk.clip(), "negative", desk.ben)  # a younger row that stands makes none of the undone ones stand
    with desk.database.read() as connection:
        after = decisions.standing(connection, clip_id, desk.ada)
    assert before is not None
    assert after is not None
    assert (before.label, after.label) == ("negative", "positive")


def test_the_steps_that_can_be_undone_are_ones_own_standing_ones_newest_first(desk: Desk) -> None:
    first, second, bulk = (desk.clip() for _ in range(3))
    _judge(desk, first, "positive", desk.ben)
    rows = [desk.decide(DecisionKind.SKIP, first), desk.decide(DecisionKind.UNCLEAR, second)]
    desk.decide(DecisionKind.BLIND, first, "positive")
    rows.append(desk.decide(DecisionKind.CORRECT, first, "positive"))
    _bulk(desk, desk.answer(bulk, "positive"))
    undone = desk.decide(DecisionKind.UNCLEAR, first)
    desk.decide(DecisionKind.UNDO, first, undoes_id=undone.id)
    with desk.database.read() as connection:
        found = decisions.last_undoable(connection, desk.ada)
        newest = decisions.last_undoable(connection, desk.ada, limit=1)
    assert [row.id for row in found] == [row.id for row in rows[::-1]]
    assert newest == found[:1]


@pytest.mark.parametrize(("seconds", "accepted"), [(0.0, True), (0.5, True), (-0.5, False), (float("inf"), False)])
def test_seconds_spent_are_a_finite_number_from_nought(desk: Desk, seconds: float, *, accepted: bool) -> None:
    new = desk.new(DecisionKind.UNCLEAR, desk.clip(), seconds_spent=seconds)
    if accepted:
        assert desk.record(new).seconds_spent == seconds
    else:
        with pytest.raises(DecisionError, match="The seconds spent cannot be"):
            desk.record(new)


def test_rows_of_the_log_are_counted_by_kind_and_mode(desk: Desk) -> None:
    first, second = desk.clip(), desk.clip()
    for clip_id in (first, second):
        desk.decide(DecisionKind.SKIP, clip_id)
    desk.decide(DecisionKind.SKIP, first, mode=ReviewMode.ASSISTED, reviewer_id=desk.ben)
    desk.decide(DecisionKind.UNCLEAR, second)
    with desk.database.read() as connection:
        assert decisions.counts_by_mode(connection) == {
            (DecisionKind.SKIP, ReviewMode.BLIND): 2,
            (DecisionKind.SKIP, ReviewMode.ASSISTED): 1,
            (DecisionKind.UNCLEAR, ReviewMode.BLIND): 1,
        }


def test_a_role_is_given_to_one_person_alone(desk: Desk) -> None:
    with desk.database.write() as connection:
        third = reviewers.ensure(connection, "  Cleo ")
        assert reviewers.set_role(connection, desk.ben, "lead").role == "lead"
        assert [(one.name, one.role) for one in reviewers.all(connection)] == [
            ("Ada", "reviewer"),
            ("Ben", "lead"),
            ("Cleo", "reviewer"),
        ]
        assert reviewers.ensure(connection, "Cleo") == third
        assert reviewers.ensure(connection, "Aa").id == third.id + 1  # before all in the alphabet, and nobody yet
