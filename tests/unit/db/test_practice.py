"""Practice clips: which can be marked, who meets them, and who may begin."""

from itertools import count

import pytest
import sqlalchemy as sa

from core.errors import DecisionError, InputError
from core.settings.review import ReviewSettings
from core.types.decisions import DecisionKind, ReviewMode, Seen
from core.types.practice import KnownFrom, NewPracticeAnswer, PracticeRecord, PracticeView
from db import assignment_draws, decisions, disclosures, practice_answers, practice_clips, queues, reviewers
from db.queues import Queue
from db.tables import label_successors
from tests.unit.db.conftest import Desk
from tests.unit.db.test_assignments import assign
from tests.unit.db.test_queues import _ids

_NUMBERS = count()


def mark(desk: Desk, clip_id: int, *, by: int | None = None, explanation: str = "", token: str | None = None) -> int:
    """Ben marks, unless told otherwise."""
    with desk.database.write() as connection:
        made, _ = practice_clips.mark(
            connection, clip_id, by or desk.ben, explanation=explanation, token=token or f"mark {next(_NUMBERS)}"
        )
    return made.id


def answer(desk: Desk, clip_id: int, label: str, *, token: str | None = None) -> tuple[PracticeView, bool]:
    """Ada answers."""
    new = NewPracticeAnswer(token or f"answer {next(_NUMBERS)}", clip_id, desk.ada, label, 2, 3.0)
    with desk.database.write() as connection:
        return practice_answers.record(connection, new)


def _record(desk: Desk) -> PracticeRecord:
    with desk.database.read() as connection:
        return practice_answers.of_coder(connection, desk.ada)


def _offered(desk: Desk) -> dict[int, tuple[str, KnownFrom]]:
    with desk.database.read() as connection:
        return {one.clip_id: (one.known_label, one.known_from) for one in practice_clips.offers(connection, 10)}


def test_clips_with_a_gold_or_adjudicated_label_are_offered_and_what_was_settled_counts_before_gold(desk: Desk) -> None:
    gold, settled, unknown = desk.clip(gold="positive"), desk.clip(gold="negative"), desk.clip()
    desk.clip(gold="positive", test=True)
    desk.clip(gold="positive", reliability_sample=True)
    assigned = desk.clip(gold="positive")
    assign(desk, desk.ada, [assigned])
    desk.decide(DecisionKind.ADJUDICATE, settled, "positive", mode=ReviewMode.ASSISTED)
    assert _offered(desk) == {gold: ("positive", KnownFrom.GOLD), settled: ("positive", KnownFrom.ADJUDICATED)}
    with pytest.raises(InputError, match="cannot be a practice clip"):
        mark(desk, unknown)


def test_a_mark_pressed_twice_is_made_once_and_a_marked_clip_is_offered_no_more(desk: Desk) -> None:
    clip_id = desk.clip(gold="positive")
    assert mark(desk, clip_id, token="one") == mark(desk, clip_id, token="one")
    assert _offered(desk) == {}


def test_a_practice_clip_is_in_no_open_queue_and_no_draw_and_comes_back_when_the_mark_is_taken_away(desk: Desk) -> None:
    clip_id, other = desk.clip(gold="positive"), desk.clip()
    made = mark(desk, clip_id)
    assert (_ids(desk, Queue.UNREVIEWED), _ids(desk, Queue.PRACTICE)) == ([other], [clip_id])
    with desk.database.write() as connection:
        assert assignment_draws.open_clips(connection, reliability_sample=True) == [other]
        assert [practice_clips.withdraw(connection, made, desk.ben) for _ in range(2)] == [True, False]
    assert (_ids(desk, Queue.UNREVIEWED), _ids(desk, Queue.PRACTICE)) == ([clip_id, other], [])


def test_who_marked_a_clip_or_judged_it_or_leads_does_not_practice_on_it(desk: Desk) -> None:
    marked, judged = desk.clip(gold="positive"), desk.clip(gold="positive")
    mark(desk, marked, by=desk.ada)
    desk.decide(DecisionKind.CORRECT, judged, "positive", mode=ReviewMode.ASSISTED)
    mark(desk, judged)
    assert (_ids(desk, Queue.PRACTICE), _ids(desk, Queue.PRACTICE, desk.ben)) == ([], [marked])
    with desk.database.write() as connection:
        reviewers.set_role(connection, desk.ben, "lead")
    assert _ids(desk, Queue.PRACTICE, desk.ben) == []


def test_a_practice_answer_is_no_decision_and_leaves_the_clip_as_it_was(desk: Desk) -> None:
    clip_id = desk.clip(gold="positive")
    mark(desk, clip_id)
    found, fresh = answer(desk, clip_id, "negative")
    assert found.answer is not None
    assert (found.answer.right, fresh) == (False, True)
    with desk.database.read() as connection:
        assert decisions.history(connection, clip_id) == []
    assert desk.label(clip_id) == ("positive", "gold")
    assert _ids(desk, Queue.PRACTICE) == []


def test_an_answer_pressed_twice_is_stored_once_and_another_one_is_refused(desk: Desk) -> None:
    clip_id = desk.clip(gold="positive")
    mark(desk, clip_id)
    (_, first), (_, second) = (answer(desk, clip_id, "positive", token="one") for _ in range(2))
    assert (first, second, _record(desk).rights) == (True, False, (True,))
    with pytest.raises(DecisionError, match="answered practice clip"):
        answer(desk, clip_id, "negative", token="another")


def test_a_later_judgment_of_a_practiced_clip_says_that_its_answer_was_seen(desk: Desk) -> None:
    clip_id = desk.clip(gold="positive")
    made = mark(desk, clip_id)
    answer(desk, clip_id, "positive")
    with desk.database.write() as connection:
        practice_clips.withdraw(connection, made, desk.ben)
        assert disclosures.of_clip(connection, clip_id, desk.ada) == {Seen.ANSWERS}
    assert desk.decide(DecisionKind.BLIND, clip_id, "positive").seen == {Seen.ANSWERS}


def test_as_many_clips_come_as_are_asked_for_and_more_until_enough_are_right(desk: Desk) -> None:
    made = [desk.clip(gold="positive") for _ in range(4)]
    for clip_id in made:
        mark(desk, clip_id)
    review = ReviewSettings(practice_clips=2, practice_pass_share=1.0)

    def waiting() -> list[int]:
        with desk.database.read() as connection:
            found = queues.items(connection, Queue.PRACTICE, desk.ada, review=review)
            assert queues.size(connection, Queue.PRACTICE, desk.ada, review=review) == len(found)
        return [one.clip_id for one in found]

    assert waiting() == made[:2]
    answer(desk, made[0], "negative")
    answer(desk, made[1], "positive")
    assert waiting() == made[2:]
    answer(desk, made[2], "positive")
    assert waiting() == []
    assert _record(desk).may_begin(2, 1.0)


@pytest.mark.parametrize(
    ("rights", "left", "clips", "begins"),
    [
        ((), 3, 2, False),
        ((True,), 2, 2, False),
        ((True, True), 1, 2, True),
        ((True, False), 1, 2, False),
        ((False, True, True), 0, 2, True),
        ((True,), 0, 2, True),  # one clip is marked where two are asked for
        ((False,), 0, 2, False),
        ((), 0, 2, True),  # none is marked
        ((), 3, 0, True),  # none is asked for
    ],
)
def test_who_may_begin(rights: tuple[bool, ...], left: int, clips: int, begins: bool) -> None:
    assert PracticeRecord(1, rights, left, asked=True, released=False).may_begin(clips, 0.8) is begins


def test_practice_is_not_asked_of_a_lead_nor_of_who_has_judged_before(desk: Desk) -> None:
    mark(desk, desk.clip(gold="positive"))
    assert _record(desk).asked
    desk.decide(DecisionKind.SKIP, desk.clip())
    assert not _record(desk).asked
    with desk.database.write() as connection:
        reviewers.set_role(connection, desk.ben, "lead")
        assert not practice_answers.of_coder(connection, desk.ben).asked


def test_a_lead_lets_a_coder_begin_who_has_not_passed(desk: Desk) -> None:
    clip_id = desk.clip(gold="positive")
    mark(desk, clip_id)
    answer(desk, clip_id, "negative")
    assert not _record(desk).may_begin(1, 0.8)
    with desk.database.write() as connection:
        for _ in range(2):
            practice_answers.release(connection, desk.ada, desk.ben)
    assert _record(desk).may_begin(1, 0.8)


def test_known_labels_and_answers_are_read_by_the_names_of_today(desk: Desk) -> None:
    renamed, gone = desk.clip(gold="positive"), desk.clip(gold="negative")
    for clip_id in (renamed, gone):
        mark(desk, clip_id)
    answer(desk, renamed, "positive")
    with desk.database.write() as connection:
        for name, successor in (("positive", "relieved"), ("negative", "")):
            connection.execute(sa.insert(label_successors).values(name=name, successor=successor))
        known = [one.known_label for one in practice_clips.all(connection)]
    assert known == ["relieved"]
    assert (_record(desk).rights, _ids(desk, Queue.PRACTICE)) == ((True,), [])
