"""Which clips come back to whom, among others."""

from core.settings.review import ReviewSettings
from core.types.decisions import DecisionKind, ReviewMode
from db import clips, repeat_judgments
from db.repeat_judgments import Repeat
from tests.older_versions import decide_unchecked
from tests.unit.db.conftest import Desk

ALL_AT_ONCE = ReviewSettings(repeat_share=1, repeat_after_days=0)


def _judge(desk: Desk, clip_id: int, label: str, reviewer_id: int) -> None:
    desk.decide(DecisionKind.BLIND, clip_id, label, reviewer_id=reviewer_id)
    desk.decide(DecisionKind.CORRECT, clip_id, label, reviewer_id=reviewer_id)


def _due(desk: Desk, reviewer_id: int, review: ReviewSettings = ALL_AT_ONCE) -> list[int]:
    with desk.database.read() as connection:
        found = list(connection.execute(repeat_judgments.due(reviewer_id, review)).scalars())
        assert [one for one in found if repeat_judgments.is_due(connection, one, reviewer_id, review)] == found
    return sorted(found)


def test_each_clip_comes_back_once_to_its_own_judge(desk: Desk) -> None:
    made = [desk.clip() for _ in range(4)]
    for clip_id, reviewer_id in zip(made, (desk.ada, desk.ben, desk.ada, desk.ben), strict=True):
        _judge(desk, clip_id, "positive", reviewer_id)
    assert (_due(desk, desk.ada), _due(desk, desk.ben)) == (made[::2], made[1::2])


def test_accepting_or_adjudicating_with_the_rationale_in_view_is_no_blind_judgment(desk: Desk) -> None:
    accepted, adjudicated = desk.clip(), desk.clip()
    shown = desk.answer(accepted, "positive").id
    desk.decide(DecisionKind.ACCEPT, accepted, "positive", pseudo_label_id=shown, mode=ReviewMode.ASSISTED)
    desk.decide(DecisionKind.ADJUDICATE, adjudicated, "positive", mode=ReviewMode.ASSISTED)
    assert _due(desk, desk.ada) == []


def test_a_clip_of_the_test_split_never_comes_back(desk: Desk) -> None:
    clip_id = desk.clip(test=True)
    for kind in (DecisionKind.BLIND, DecisionKind.CORRECT):
        decide_unchecked(desk.database, clip_id, desk.ada, kind, "positive")
    assert _due(desk, desk.ada) == []


def test_a_clip_without_a_last_word_does_not_come_back_yet(desk: Desk) -> None:
    clip_id = desk.clip()
    desk.decide(DecisionKind.BLIND, clip_id, "positive")
    _judge(desk, clip_id, "positive", desk.ben)
    assert _due(desk, desk.ada) == []


def test_a_skip_before_the_first_judgment_or_one_that_was_taken_back_keeps_nothing_away(desk: Desk) -> None:
    before, undone, bens = (desk.clip() for _ in range(3))
    desk.decide(DecisionKind.SKIP, before)
    for clip_id in (before, undone, bens):
        _judge(desk, clip_id, "positive", desk.ada)
    row = desk.decide(DecisionKind.SKIP, undone)
    desk.decide(DecisionKind.UNDO, undone, undoes_id=row.id)
    desk.decide(DecisionKind.SKIP, bens, reviewer_id=desk.ben)
    assert _due(desk, desk.ada) == [before, undone, bens]


def test_what_came_back_to_one_person_still_comes_back_to_another(desk: Desk) -> None:
    clip_id = desk.clip()
    for reviewer_id in (desk.ada, desk.ben):
        _judge(desk, clip_id, "positive", reviewer_id)
    desk.decide(DecisionKind.REPEAT, clip_id, "negative")
    assert (_due(desk, desk.ada), _due(desk, desk.ben)) == ([], [clip_id])


def test_with_a_share_of_nought_nothing_comes_back(desk: Desk) -> None:
    clip_id = desk.clip()
    _judge(desk, clip_id, "positive", desk.ada)
    none = ReviewSettings(repeat_share=0, repeat_after_days=0)
    with desk.database.read() as connection:
        assert not repeat_judgments.is_due(connection, clip_id, desk.ada, none)
    assert _due(desk, desk.ada, none) == []


def test_two_judgments_of_one_person_and_clip_make_a_pair_in_the_order_of_the_second(desk: Desk) -> None:
    first, second = desk.clip(), desk.clip()
    for clip_id in (first, second):
        _judge(desk, clip_id, "positive", desk.ada)
        _judge(desk, clip_id, "negative", desk.ben)
    with desk.database.read() as connection:
        subject_of = {clip_id: clips.get(connection, clip_id).subject_id for clip_id in (first, second)}
    desk.decide(DecisionKind.REPEAT, second, "negative")
    desk.decide(DecisionKind.REPEAT, first, "positive", reviewer_id=desk.ben)
    with desk.database.read() as connection:
        assert repeat_judgments.made(connection) == [
            Repeat(second, subject_of[second], desk.ada, "positive", "negative"),
            Repeat(first, subject_of[first], desk.ben, "negative", "positive"),
        ]
