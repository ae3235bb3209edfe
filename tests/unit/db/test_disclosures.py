"""What a reviewer had seen when answering, and that only an answer that saw nothing is called blind."""

import pytest

from core.types.decisions import DecisionKind, ReviewMode, Seen
from db import disclosures, judgments, labeler_statistics, workspace_counts
from tests.unit.db.conftest import Desk


def show(desk: Desk, seen: Seen, clip_id: int, reviewer_id: int | None = None) -> None:
    with desk.database.write() as connection:
        disclosures.record(connection, reviewer_id or desk.ada, {seen: [clip_id]})


def test_an_answer_before_which_nothing_was_shown_saw_nothing(desk: Desk) -> None:
    assert desk.decide(DecisionKind.BLIND, desk.clip(), "positive").seen == frozenset()


@pytest.mark.parametrize("seen", Seen)
def test_what_was_shown_is_stored_with_the_answer(desk: Desk, seen: Seen) -> None:
    clip_id = desk.clip()
    show(desk, seen, clip_id)
    show(desk, seen, clip_id)
    stored = desk.decide(DecisionKind.BLIND, clip_id, "positive")
    with desk.database.read() as connection:
        assert disclosures.of_clip(connection, clip_id, desk.ada) == frozenset({seen})
    assert stored.seen == frozenset({seen})


def test_what_was_shown_of_another_clip_or_to_another_person_is_not_stored_with_the_answer(desk: Desk) -> None:
    clip_id, other = desk.clip(), desk.clip()
    show(desk, Seen.ANSWERS, other)
    show(desk, Seen.RUN, clip_id, desk.ben)
    assert desk.decide(DecisionKind.BLIND, clip_id, "positive").seen == frozenset()


def test_an_adjudication_has_seen_the_answers_that_it_settles(desk: Desk) -> None:
    assert desk.decide(DecisionKind.ADJUDICATE, desk.clip(), "positive").seen == frozenset({Seen.ANSWERS})


def test_a_final_answer_has_seen_the_pseudo_label_that_it_names(desk: Desk) -> None:
    shown = desk.answer(desk.clip(), "positive")
    row = desk.decide(
        DecisionKind.ACCEPT, shown.clip_id, "positive", pseudo_label_id=shown.id, mode=ReviewMode.ASSISTED
    )
    assert row.seen == frozenset({Seen.RATIONALE})


def test_of_what_nobody_looked_at_it_is_not_known_what_was_seen(desk: Desk) -> None:
    shown = desk.answer(desk.clip(), "positive")
    row = desk.decide(DecisionKind.BULK_ACCEPT, shown.clip_id, "positive", pseudo_label_id=shown.id)
    undo = desk.decide(DecisionKind.UNDO, shown.clip_id, undoes_id=row.id)
    assert (row.seen, undo.seen) == (None, None)


@pytest.mark.parametrize("seen", Seen)
@pytest.mark.parametrize("sampled", [True, False])
def test_an_answer_that_saw_another_counts_as_blind_nowhere(desk: Desk, seen: Seen, sampled: bool) -> None:
    clip_id = desk.clip(reliability_sample=sampled)
    shown = desk.answer(clip_id, "positive")
    show(desk, seen, clip_id)
    desk.decide(DecisionKind.BLIND, clip_id, "positive")
    desk.decide(DecisionKind.ACCEPT, clip_id, "positive", pseudo_label_id=shown.id)
    with desk.database.read() as connection:
        agreement = workspace_counts.human_agreement(connection)
        assert labeler_statistics.against_blind(connection) == []
        assert [one.blind_label for one in judgments.all(connection)] == [None]
    assert (agreement.reliability_sample, agreement.before_reveal) == ((), {})


def test_an_adjudication_is_no_second_answer_of_its_lead(desk: Desk) -> None:
    clip_id = desk.clip(gold="positive")
    shown = desk.answer(clip_id, "positive")
    desk.decide(DecisionKind.BLIND, clip_id, "positive")
    desk.decide(DecisionKind.ACCEPT, clip_id, "positive", pseudo_label_id=shown.id)
    desk.decide(DecisionKind.ADJUDICATE, clip_id, "negative")
    with desk.database.read() as connection:
        found = workspace_counts.human_agreement(connection)
    assert found.before_reveal == found.after_reveal == {shown.labeler.id: ((1, 1),)}
    assert found.with_gold == ((1, 1),)
