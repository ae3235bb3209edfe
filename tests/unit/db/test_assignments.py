"""Clips assigned to coders: whose queue they are in, what is taken back, and how far each coder is."""

from collections.abc import Collection
from itertools import count

import pytest

from core.errors import DecisionError, InputError
from core.types.assignments import Assignment, Batch, NewBatch, Purpose
from core.types.decisions import DecisionKind, ReviewMode
from db import assignments, queues
from db.queues import Queue
from tests.unit.db.conftest import Desk
from tests.unit.db.test_queues import _ids, _lease

_NUMBERS = count()


def assign(
    desk: Desk,
    coder_id: int,
    clip_ids: Collection[int],
    *,
    purpose: Purpose = Purpose.CODING,
    token: str | None = None,
    by: int | None = None,
) -> Batch:
    """Ben assigns, unless told otherwise."""
    new = NewBatch(
        token or f"press {next(_NUMBERS)}",
        purpose,
        by or desk.ben,
        "clips that nobody has judged",
        1,
        tuple(Assignment(clip_id, coder_id) for clip_id in clip_ids),
    )
    with desk.database.write() as connection:
        return assignments.assign(connection, new)[0]


def _judge(desk: Desk, clip_id: int, **options: object) -> None:
    desk.decide(DecisionKind.CORRECT, clip_id, "positive", mode=ReviewMode.ASSISTED, **options)


def test_an_assigned_clip_is_in_the_queue_of_its_coder_and_in_no_open_queue_of_others(desk: Desk) -> None:
    own, free = desk.clip(), desk.clip()
    for clip_id in (own, free):
        desk.answer(clip_id, "positive", 0.6, first="negative", contradicted=1, leak="Leans on a name.")
    assign(desk, desk.ada, [own])
    open_queues = (Queue.UNREVIEWED, Queue.UNCERTAIN, Queue.DISAGREE, Queue.CONTRADICTED, Queue.LEAKS)
    assert {queue: _ids(desk, queue, desk.ben) for queue in open_queues} == {queue: [free] for queue in open_queues}
    assert (_ids(desk, Queue.ASSIGNED), _ids(desk, Queue.ASSIGNED, desk.ben)) == ([own], [])
    assert set(_ids(desk, Queue.UNREVIEWED)) == {own, free}


def test_assigned_clips_come_in_the_order_of_assigning_with_the_name_of_who_assigned_them(desk: Desk) -> None:
    first, second, third = desk.clip(), desk.clip(), desk.clip()
    assign(desk, desk.ada, [third])
    assign(desk, desk.ada, [second, first])
    assert _ids(desk, Queue.ASSIGNED) == [third, second, first]
    with desk.database.read() as connection:
        reasons = {one.reason for one in queues.items(connection, Queue.ASSIGNED, desk.ada)}
    assert reasons == {"Assigned to you by Ben."}


def test_a_clip_that_a_colleague_has_open_is_still_to_judge_for_its_coder(desk: Desk) -> None:
    clip_id = desk.clip()
    assign(desk, desk.ada, [clip_id])
    _lease(desk, clip_id, desk.ben)
    assert _ids(desk, Queue.ASSIGNED) == [clip_id]


def test_an_assigned_clip_is_to_judge_also_where_a_colleague_judged_it_before(desk: Desk) -> None:
    clip_id = desk.clip()
    _judge(desk, clip_id, reviewer_id=desk.ben)
    assign(desk, desk.ada, [clip_id])
    assert _ids(desk, Queue.ASSIGNED) == [clip_id]
    _judge(desk, clip_id)
    assert _ids(desk, Queue.ASSIGNED) == []


def test_what_is_taken_back_is_open_to_all_again_and_what_was_judged_stays(desk: Desk) -> None:
    judged, waiting = desk.clip(), desk.clip()
    made = assign(desk, desk.ada, [judged, waiting])
    _judge(desk, judged)
    with desk.database.write() as connection:
        taken = [assignments.withdraw(connection, made.id, desk.ben) for _ in range(2)]
        (share,) = assignments.batch(connection, made.id).shares
    assert taken == [1, 0]
    assert (share.assigned, share.withdrawn, share.waiting) == (2, 1, 0)
    assert (_ids(desk, Queue.ASSIGNED), _ids(desk, Queue.UNREVIEWED, desk.ben)) == ([], [waiting])


def test_a_press_that_comes_twice_assigns_once(desk: Desk) -> None:
    clip_id = desk.clip()
    first, second = (assign(desk, desk.ada, [clip_id], token="one") for _ in range(2))
    assert first == second
    with desk.database.read() as connection:
        assert [one.assigned for one in assignments.progress(connection)] == [1]
    with pytest.raises(DecisionError, match="another's assignment"):
        assign(desk, desk.ada, [clip_id], token="one", by=desk.ada)


def test_a_clip_of_the_test_split_is_assigned_to_nobody(desk: Desk) -> None:
    clip_id = desk.clip(test=True)
    with pytest.raises(InputError, match="test split"):
        assign(desk, desk.ada, [clip_id])


def test_progress_tells_each_assigned_clip_once(desk: Desk) -> None:
    judged, unclear, skipped, untouched, returned, accepted_in_bulk = made = [desk.clip() for _ in range(6)]
    assign(desk, desk.ada, made)
    _judge(desk, judged, seconds_spent=4.0)
    desk.decide(DecisionKind.UNCLEAR, unclear, seconds_spent=10.0)
    desk.decide(DecisionKind.SKIP, skipped)
    undone = desk.decide(DecisionKind.UNCLEAR, returned, seconds_spent=99.0)
    desk.decide(DecisionKind.UNDO, returned, undoes_id=undone.id)
    shown = desk.answer(accepted_in_bulk, "positive")
    desk.decide(DecisionKind.BULK_ACCEPT, accepted_in_bulk, "positive", pseudo_label_id=shown.id)
    with desk.database.read() as connection:
        (found,) = assignments.progress(connection)
    assert found.coder_id == desk.ada
    assert (found.assigned, found.judged, found.unclear, found.skipped, found.left) == (6, 1, 1, 1, 3)
    assert found.seconds_per_clip == 7.0
    assert _ids(desk, Queue.ASSIGNED) == [untouched, returned, accepted_in_bulk]
