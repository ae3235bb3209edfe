"""Accepting many pseudo-labels unviewed, and taking them back."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from core.errors import DecisionError, InputError
from core.types.decisions import DecisionKind, ReviewMode
from db import bulk_accepts, decisions, practice_clips
from db.bulk_accepts import Bulk, BulkPreview, BulkRule
from tests.unit.db.conftest import Desk


def _preview(desk: Desk, **rule: object) -> BulkPreview:
    with desk.database.read() as connection:
        return bulk_accepts.preview(connection, BulkRule(**rule))  # type: ignore[arg-type]


def _accept(desk: Desk, found: BulkPreview, *, token: str = "t", reason: str = "sure enough") -> Bulk:
    with desk.database.write() as connection:
        return bulk_accepts.accept(
            connection, desk.ada, found.accepted, reason=reason, mode=ReviewMode.ASSISTED, token=token
        )


def test_the_preview_says_what_is_left_out_and_why(desk: Desk) -> None:
    taken, unsure, contradicted, other, sampled = (
        desk.clip(),
        desk.clip(),
        desk.clip(),
        desk.clip(),
        desk.clip(reliability_sample=True),
    )
    desk.answer(taken, "positive", 0.95)
    desk.answer(unsure, "positive", 0.7)
    desk.answer(contradicted, "positive", 0.95, contradicted=1)
    desk.answer(other, "negative", 0.95)
    desk.answer(sampled, "positive", 0.99)
    found = _preview(desk, label="positive")
    assert (list(found.accepted), found.by_label) == ([taken], {"positive": 1})
    assert found.left_out == {
        "less sure than 0.90": 1,
        "with a claim that the key points contradict": 1,
        "with another label": 1,
        "of the reliability sample, which is always judged by looking": 1,
    }


def _read_by_ada(desk: Desk, *, all_open: bool, **rule: object) -> BulkPreview:
    with desk.database.read() as connection:
        return bulk_accepts.preview(connection, BulkRule(**rule), reader_id=desk.ada, all_open=all_open)  # type: ignore[arg-type]


def test_to_whom_labels_are_hidden_a_preview_counts_none_and_accepts_none_by_its_label(desk: Desk) -> None:
    for label in ("positive", "negative"):
        desk.answer(desk.clip(), label, 0.95)
    found = _read_by_ada(desk, all_open=False)
    assert (len(found.accepted), found.by_label, found.told) == (2, {}, frozenset())
    found = _read_by_ada(desk, all_open=False, label="positive")
    assert (found.accepted, found.by_label) == ({}, {})
    assert found.left_out == {"whose label you are not to be told before your own answer": 2}


def test_a_preview_gives_a_label_away_where_all_clips_are_on_one_side_of_it(desk: Desk) -> None:
    first, second = desk.clip(), desk.clip()
    desk.answer(first, "positive", 0.95)
    desk.answer(second, "negative", 0.95)
    assert _read_by_ada(desk, all_open=True, label="positive").told == frozenset()
    for label in ("positive", "negative"):
        among = frozenset({first})
        assert _read_by_ada(desk, all_open=True, label=label, among=among).told == among


def test_of_clips_outside_the_selection_no_number_of_a_preview_tells_the_label(desk: Desk) -> None:
    first, second = desk.clip(), desk.clip()
    for clip in (first, second):
        desk.answer(clip, "negative", 0.95)
    found = _read_by_ada(desk, all_open=True, label="positive", among=frozenset({first}))
    assert found.left_out == {"with another label": 1, "outside the selection": 1}


def _gold(desk: Desk) -> int:
    return desk.clip(gold="negative")


def _practice(desk: Desk) -> int:
    """Marked while it was adjudicated, which was taken back since."""
    clip = desk.clip()
    row = desk.decide(DecisionKind.ADJUDICATE, clip, "negative", mode=ReviewMode.ASSISTED)
    with desk.database.write() as connection:
        practice_clips.mark(connection, clip, desk.ben, explanation="", token="mark")
    desk.decide(DecisionKind.UNDO, clip, undoes_id=row.id)
    return clip


def _disputed(desk: Desk) -> int:
    clip = desk.clip()
    for reviewer, label in ((desk.ada, "negative"), (desk.ben, "positive")):
        desk.decide(DecisionKind.CORRECT, clip, label, mode=ReviewMode.ASSISTED, reviewer_id=reviewer)
    return clip


def _answered(desk: Desk) -> int:
    clip = desk.clip()
    desk.decide(DecisionKind.BLIND, clip, "negative")
    return clip


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (_gold, "with a gold label, which a pseudo-label must not replace"),
        (_practice, "marked for practice"),
        (_disputed, "with a disputed label"),
        (_answered, "answered blind by somebody who has not finished"),
    ],
)
def test_a_clip_of_which_more_is_known_is_left_out_and_refused(
    desk: Desk, made: Callable[[Desk], int], why: str
) -> None:
    clip = made(desk)
    shown = desk.answer(clip, "positive", 0.95)
    before = desk.label(clip)
    assert _preview(desk) == BulkPreview({}, {}, {why: 1})
    with pytest.raises(DecisionError, match=f"No bulk accept takes a clip {why}: clip {clip}"):
        _accept(desk, BulkPreview({clip: shown.id}, {}, {}))
    with desk.database.write() as connection:
        part = bulk_accepts.begin(connection, desk.ada, "sure enough", "parts")
        assert bulk_accepts.accept_part(connection, part.id, {clip: shown.id}, ReviewMode.ASSISTED) == 0
    assert desk.label(clip) == before


def test_clips_that_somebody_judged_are_not_asked_about(desk: Desk) -> None:
    clip = desk.clip()
    desk.answer(clip, "positive", 0.95)
    desk.decide(DecisionKind.UNCLEAR, clip)
    assert _preview(desk) == BulkPreview({}, {}, {})


def test_what_was_accepted_counts_and_is_taken_back_in_one_step(desk: Desk) -> None:
    ids = [desk.clip() for _ in range(3)]
    for clip in ids:
        desk.answer(clip, "positive", 0.95)
    made = _accept(desk, _preview(desk))
    assert (made.clips, made.standing, made.reason) == (3, 3, "sure enough")
    assert [desk.label(clip) for clip in ids] == [("positive", "human")] * 3
    with desk.database.write() as connection:
        assert bulk_accepts.take_back(connection, made.id, desk.ada) == 3
        assert bulk_accepts.take_back(connection, made.id, desk.ada) == 0
    assert [desk.label(clip) for clip in ids] == [("positive", "pseudo")] * 3


def test_pressed_twice_is_accepted_once(desk: Desk) -> None:
    clip = desk.clip()
    desk.answer(clip, "positive", 0.95)
    found = _preview(desk)
    assert _accept(desk, found).id == _accept(desk, found).id
    assert len([row for row in _history(desk, clip) if row is DecisionKind.BULK_ACCEPT]) == 1


def _history(desk: Desk, clip: int) -> list[DecisionKind]:
    with desk.database.read() as connection:
        return [row.kind for row in decisions.history(connection, clip)]


def test_one_clip_judged_meanwhile_stops_all_of_it(desk: Desk) -> None:
    first, second = desk.clip(), desk.clip()
    for clip in (first, second):
        desk.answer(clip, "positive", 0.95)
    found = _preview(desk)
    desk.decide(DecisionKind.UNCLEAR, second)
    with pytest.raises(DecisionError, match=f"Clip {second} has been judged by a person"):
        _accept(desk, found)
    assert _history(desk, first) == []


def test_a_newer_answer_than_the_one_shown_stops_it(desk: Desk) -> None:
    clip = desk.clip()
    desk.answer(clip, "positive", 0.95)
    found = _preview(desk)
    desk.answer(clip, "negative", 0.95)
    with pytest.raises(DecisionError, match=f"Clip {clip} has a newer pseudo-label than the preview showed"):
        _accept(desk, found)


def test_a_judgment_by_looking_survives_the_taking_back(desk: Desk) -> None:
    clip = desk.clip()
    desk.answer(clip, "positive", 0.95)
    made = _accept(desk, _preview(desk))
    desk.decide(DecisionKind.CORRECT, clip, "negative", mode=ReviewMode.ASSISTED, reviewer_id=desk.ben)
    with desk.database.write() as connection:
        bulk_accepts.take_back(connection, made.id, desk.ada)
    assert desk.label(clip) == ("negative", "human")


@pytest.mark.parametrize("reason", ["", "  "])
def test_no_bulk_without_a_reason(desk: Desk, reason: str) -> None:
    with pytest.raises(InputError, match="needs a reason"):
        _accept(desk, BulkPreview({}, {}, {}), reason=reason)


def test_no_bulk_of_more_than_two_thousand(desk: Desk) -> None:
    many = {number: number for number in range(2_001)}
    with pytest.raises(InputError, match="at most 2,000 clips at once, not 2,001"):
        _accept(desk, BulkPreview(many, {}, {}))


def test_another_does_not_take_it_back(desk: Desk) -> None:
    made = _accept(desk, BulkPreview({}, {}, {}))
    with desk.database.write() as connection, pytest.raises(DecisionError, match="Only whoever accepted in bulk"):
        bulk_accepts.take_back(connection, made.id, desk.ben)


def test_a_bulk_accept_is_not_among_the_single_undos(desk: Desk) -> None:
    clip = desk.clip()
    desk.answer(clip, "positive", 0.95)
    _accept(desk, _preview(desk))
    with desk.database.read() as connection:
        assert decisions.last_undoable(connection, desk.ada) == []


@pytest.mark.parametrize("statement", ["UPDATE bulk_accepts SET reason = 'x'", "DELETE FROM bulk_rows"])
def test_what_was_accepted_is_never_changed_or_deleted(desk: Desk, statement: str) -> None:
    clip = desk.clip()
    desk.answer(clip, "positive", 0.95)
    _accept(desk, _preview(desk))
    with desk.database.write() as connection, pytest.raises(sa.exc.IntegrityError, match="never changed or deleted"):
        connection.execute(sa.text(statement))
