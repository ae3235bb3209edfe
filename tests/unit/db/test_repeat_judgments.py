"""How many people judge a clip, and which clips come back to the one who judged them."""

from datetime import timedelta

import pytest

from core.errors import DecisionError
from core.settings.review import ReviewSettings
from core.types.decisions import DecisionKind, ReviewMode
from db import clips, leases, queues, repeat_judgments
from db.queues import Queue
from db.repeat_judgments import Repeat
from db.tables import now_utc
from tests.unit.db.conftest import Desk

TWO = ReviewSettings(judgments_per_clip=2, repeat_share=0)
ALL_AT_ONCE = ReviewSettings(repeat_share=1, repeat_after_days=0)


def _to_judge(desk: Desk, review: ReviewSettings, reviewer_id: int | None = None) -> list[int]:
    with desk.database.read() as connection:
        found = queues.items(connection, Queue.UNREVIEWED, reviewer_id or desk.ada, review=review)
        assert queues.size(connection, Queue.UNREVIEWED, reviewer_id or desk.ada, review=review) == len(found)
    return [item.clip_id for item in found]


def _judge_blind(desk: Desk, clip: int, label: str = "positive", reviewer_id: int | None = None) -> None:
    who = reviewer_id or desk.ada
    desk.decide(DecisionKind.BLIND, clip, label, rater_confidence=2, reviewer_id=who)
    desk.decide(DecisionKind.CORRECT, clip, label, reviewer_id=who)


def test_a_clip_stays_to_judge_until_as_many_people_have_as_should(desk: Desk) -> None:
    clip = desk.clip()
    _judge_blind(desk, clip)
    assert (_to_judge(desk, TWO), _to_judge(desk, TWO, desk.ben)) == ([], [clip])
    _judge_blind(desk, clip, "negative", desk.ben)
    assert (_to_judge(desk, TWO), _to_judge(desk, TWO, desk.ben)) == ([], [])


def test_a_clip_that_one_person_found_unclear_is_still_wanted_from_another(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(DecisionKind.UNCLEAR, clip)
    assert (_to_judge(desk, TWO), _to_judge(desk, TWO, desk.ben)) == ([], [clip])


def test_a_clip_that_was_adjudicated_wants_no_further_judgment(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(DecisionKind.ADJUDICATE, clip, "positive", mode=ReviewMode.ASSISTED)
    assert _to_judge(desk, TWO, desk.ben) == []


def test_a_bulk_accept_is_nobodys_judgment(desk: Desk) -> None:
    clip = desk.clip()
    given = desk.answer(clip, "positive")
    bulk = {"pseudo_label_id": given.id, "mode": ReviewMode.ASSISTED}
    desk.decide(DecisionKind.BULK_ACCEPT, clip, "positive", **bulk)
    assert _to_judge(desk, TWO, desk.ben) == [clip]


def test_the_reason_tells_a_second_person_that_others_have_judged(desk: Desk) -> None:
    clip = desk.clip()
    _judge_blind(desk, clip)
    with desk.database.read() as connection:
        (item,) = queues.items(connection, Queue.UNREVIEWED, desk.ben, review=TWO)
    assert item.reason.startswith("Others have judged this clip")


def test_a_clip_comes_back_to_the_one_who_judged_it_blind_and_to_nobody_else(desk: Desk) -> None:
    clip = desk.clip()
    _judge_blind(desk, clip)
    assert (_to_judge(desk, ALL_AT_ONCE), _to_judge(desk, ALL_AT_ONCE, desk.ben)) == ([clip], [])


def test_a_clip_comes_back_after_its_days_and_not_before(desk: Desk) -> None:
    clip = desk.clip()
    _judge_blind(desk, clip)
    week = ReviewSettings(repeat_share=1, repeat_after_days=7)
    assert _to_judge(desk, week) == []
    with desk.database.read() as connection:
        later = repeat_judgments.due(desk.ada, week, now=now_utc() + timedelta(days=7))
        assert list(connection.execute(later).scalars()) == [clip]


def test_a_clip_that_was_judged_with_the_rationale_in_view_never_comes_back(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED)
    assert _to_judge(desk, ALL_AT_ONCE) == []


def test_a_clip_comes_back_once(desk: Desk) -> None:
    clip = desk.clip()
    _judge_blind(desk, clip)
    desk.decide(DecisionKind.REPEAT, clip, "negative", rater_confidence=1)
    assert _to_judge(desk, ALL_AT_ONCE) == []
    with pytest.raises(DecisionError, match="a second time already"):
        desk.decide(DecisionKind.REPEAT, clip, "negative", rater_confidence=1)


def test_a_second_judgment_is_kept_beside_the_first_and_changes_no_label(desk: Desk) -> None:
    clip = desk.clip()
    _judge_blind(desk, clip)
    desk.decide(DecisionKind.REPEAT, clip, "negative", rater_confidence=1)
    with desk.database.read() as connection:
        subject_id = clips.get(connection, clip).subject_id
        assert repeat_judgments.made(connection) == [Repeat(clip, subject_id, desk.ada, "positive", "negative")]
    assert desk.label(clip) == ("positive", "human")


def test_a_clip_that_came_back_can_be_put_aside(desk: Desk) -> None:
    clip = desk.clip()
    _judge_blind(desk, clip)
    desk.decide(DecisionKind.SKIP, clip)
    assert _to_judge(desk, ALL_AT_ONCE) == []


def test_a_clip_that_somebody_has_open_does_not_come_back_now(desk: Desk) -> None:
    clip = desk.clip()
    _judge_blind(desk, clip)
    with desk.database.write() as connection:
        leases.take(connection, [clip], desk.ben, timedelta(minutes=10))
    assert _to_judge(desk, ALL_AT_ONCE) == []


@pytest.mark.parametrize("mode", list(ReviewMode))
def test_a_second_judgment_without_a_first_blind_one_is_refused(desk: Desk, mode: ReviewMode) -> None:
    clip = desk.clip()
    with pytest.raises(DecisionError, match="must have been judged blind before"):
        desk.decide(DecisionKind.REPEAT, clip, "positive", rater_confidence=1, mode=mode)


def test_about_the_wanted_share_comes_back_and_other_clips_to_another_person(desk: Desk) -> None:
    made = [desk.clip() for _ in range(60)]
    for clip in made:
        _judge_blind(desk, clip)
        _judge_blind(desk, clip, reviewer_id=desk.ben)
    third = ReviewSettings(repeat_share=1 / 3, repeat_after_days=0)
    ada, ben = _to_judge(desk, third), _to_judge(desk, third, desk.ben)
    assert 12 <= len(ada) <= 28
    assert 12 <= len(ben) <= 28
    assert ada != ben
