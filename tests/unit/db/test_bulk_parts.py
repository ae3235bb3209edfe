"""A bulk accept made in parts and taken back in parts, beside those of others."""

import pytest

from core.errors import DecisionError, NotFoundError
from core.types.clips import ClipState
from core.types.decisions import DecisionKind, ReviewMode
from db import bulk_accepts, clips
from db.bulk_accepts import Bulk, BulkRule
from tests.unit.db.conftest import Desk


def _answered(desk: Desk, number: int) -> dict[int, int]:
    """Clip id to pseudo-label id."""
    return {clip_id: desk.answer(clip_id, "positive", 0.95).id for clip_id in (desk.clip() for _ in range(number))}


def _begin(desk: Desk, token: str = "t", reviewer_id: int | None = None) -> Bulk:
    with desk.database.write() as connection:
        return bulk_accepts.begin(connection, reviewer_id or desk.ada, " sure enough ", token)


def _part(desk: Desk, bulk: Bulk, accepted: dict[int, int]) -> int:
    with desk.database.write() as connection:
        return bulk_accepts.accept_part(connection, bulk.id, accepted, ReviewMode.ASSISTED)


def _get(desk: Desk, bulk: Bulk) -> Bulk:
    with desk.database.read() as connection:
        return bulk_accepts.get(connection, bulk.id)


def test_parts_add_up_to_one_bulk_accept_with_its_reason(desk: Desk) -> None:
    accepted = _answered(desk, 3)
    bulk = _begin(desk)
    first, *rest = accepted
    assert (bulk.clips, bulk.standing, bulk.reason) == (0, 0, "sure enough")
    assert _part(desk, bulk, {first: accepted[first]}) == 1
    assert _part(desk, bulk, {clip_id: accepted[clip_id] for clip_id in rest}) == 2
    assert (_get(desk, bulk).clips, _get(desk, bulk).standing) == (3, 3)
    assert {desk.label(clip_id) for clip_id in accepted} == {("positive", "human")}


def test_a_part_leaves_alone_what_has_changed_since_it_was_looked_at(desk: Desk) -> None:
    accepted = _answered(desk, 5)
    open_one, unclear, judged, newer, taken = accepted
    desk.decide(DecisionKind.UNCLEAR, unclear)
    desk.decide(DecisionKind.CORRECT, judged, "negative", mode=ReviewMode.ASSISTED)
    desk.answer(newer, "negative", 0.99)
    other = _begin(desk, "another", desk.ben)
    _part(desk, other, {taken: accepted[taken]})
    bulk = _begin(desk)
    assert _part(desk, bulk, accepted) == 1
    assert (_get(desk, bulk).clips, _get(desk, other).clips) == (1, 1)
    with desk.database.read() as connection:
        assert clips.get(connection, open_one).state is ClipState.REVIEWED
        assert clips.get(connection, unclear).state is ClipState.UNCLEAR


def test_a_bulk_accept_is_taken_back_in_parts_and_no_other_with_it(desk: Desk) -> None:
    below, bulk, above = (_begin(desk, token) for token in ("a", "b", "c"))
    for one in (below, bulk, above):
        _part(desk, one, _answered(desk, 3))
    with desk.database.write() as connection:
        assert bulk_accepts.take_back(connection, bulk.id, desk.ada, limit=2) == 2
    assert [_get(desk, one).standing for one in (below, bulk, above)] == [3, 1, 3]
    with desk.database.write() as connection:
        assert bulk_accepts.take_back(connection, bulk.id, desk.ada) == 1
        assert bulk_accepts.take_back(connection, bulk.id, desk.ada) == 0
    assert [(_get(desk, one).clips, _get(desk, one).standing) for one in (below, bulk, above)] == [
        (3, 3),
        (3, 0),
        (3, 3),
    ]


def test_ones_own_bulk_accepts_of_which_something_stands_can_be_undone_newest_first(desk: Desk) -> None:
    made = [_begin(desk, token) for token in ("a", "b", "c")]
    bens = _begin(desk, "d", desk.ben)
    for number, one in ((1, made[2]), (2, made[0]), (1, made[1]), (1, bens)):
        _part(desk, one, _answered(desk, number))
    with desk.database.write() as connection:
        bulk_accepts.take_back(connection, made[1].id, desk.ada)
        found = bulk_accepts.last_undoable(connection, desk.ada)
        newest = bulk_accepts.last_undoable(connection, desk.ada, limit=1)
        of_ben = bulk_accepts.last_undoable(connection, desk.ben)
    assert [(one.bulk_id, one.standing) for one in found] == [(made[0].id, 2), (made[2].id, 1)]
    assert found[0].last_decision_id > found[1].last_decision_id
    assert newest == found[:1]
    assert [one.bulk_id for one in of_ben] == [bens.id]


def test_the_newest_bulk_accepts_come_first(desk: Desk) -> None:
    made = [_begin(desk, token).id for token in ("a", "b", "c")]
    with desk.database.read() as connection:
        assert [one.id for one in bulk_accepts.newest(connection)] == made[::-1]
        assert [one.id for one in bulk_accepts.newest(connection, limit=2)] == made[:0:-1]
        with pytest.raises(NotFoundError, match="There is no bulk accept 77"):
            bulk_accepts.get(connection, 77)


def test_a_token_begins_one_bulk_accept_of_one_person(desk: Desk) -> None:
    bulk = _begin(desk, "t")
    assert _begin(desk, "t") == bulk
    with pytest.raises(DecisionError, match="The token t belongs to another's bulk accept"):
        _begin(desk, "t", desk.ben)


def test_a_rule_narrows_by_subject_by_selection_and_at_its_very_confidence(desk: Desk) -> None:
    accepted = _answered(desk, 3)
    first, second, third = accepted
    with desk.database.read() as connection:
        subject = clips.get(connection, second).subject
        by_subject = bulk_accepts.preview(connection, BulkRule(subject=subject))
        among = bulk_accepts.preview(connection, BulkRule(among=frozenset({first, third})))
        at = bulk_accepts.preview(connection, BulkRule(min_confidence=0.95))
        above = bulk_accepts.preview(connection, BulkRule(min_confidence=0.96))
    assert (list(by_subject.accepted), by_subject.left_out) == ([second], {"of another subject": 2})
    assert (list(among.accepted), among.left_out) == ([first, third], {"outside the selection": 1})
    assert (at.accepted, at.left_out) == (accepted, {})
    assert (above.accepted, above.left_out) == ({}, {"less sure than 0.96": 3})
