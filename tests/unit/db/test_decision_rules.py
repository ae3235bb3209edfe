"""What the log takes and what it refuses, each in one sentence."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DecisionError, NotFoundError
from core.types.decisions import ClaimVerdict, DecisionKind, ReviewMode
from db import decisions
from tests.unit.db.conftest import Desk

BLIND, ACCEPT, CORRECT, UNCLEAR, SKIP, ADJUDICATE, BULK, UNDO = (
    DecisionKind.BLIND,
    DecisionKind.ACCEPT,
    DecisionKind.CORRECT,
    DecisionKind.UNCLEAR,
    DecisionKind.SKIP,
    DecisionKind.ADJUDICATE,
    DecisionKind.BULK_ACCEPT,
    DecisionKind.UNDO,
)
ASSISTED = ReviewMode.ASSISTED


def test_the_blind_label_stands_on_the_final_row(desk: Desk) -> None:
    clip = desk.clip()
    shown = desk.answer(clip, "positive")
    desk.decide(BLIND, clip, "negative", rater_confidence=2)
    assert desk.decide(ACCEPT, clip, "positive", pseudo_label_id=shown.id).blind_label == "negative"


def test_a_blind_answer_alone_makes_no_current_label(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(BLIND, clip, "negative")
    assert desk.label(clip) is None


@pytest.mark.parametrize(("label", "kind"), [("positive", ACCEPT), ("negative", CORRECT)])
def test_a_final_row_is_an_acceptance_where_its_label_is_the_one_shown(
    desk: Desk, label: str, kind: DecisionKind
) -> None:
    clip = desk.clip()
    shown = desk.answer(clip, "positive")
    desk.decide(BLIND, clip, "negative", rater_confidence=2)
    final = desk.new(CORRECT, clip, label, pseudo_label_id=shown.id)
    with desk.database.write() as connection:
        first, fresh = decisions.record(connection, final, accept_if_same=True)
        again, fresh_again = decisions.record(connection, final, accept_if_same=True)
    assert (first.kind, fresh, fresh_again) == (kind, True, False)
    assert again == first


def test_no_final_row_before_the_blind_one(desk: Desk) -> None:
    clip = desk.clip()
    shown = desk.answer(clip, "positive")
    with pytest.raises(DecisionError, match="must be judged blind before"):
        desk.decide(ACCEPT, clip, "positive", pseudo_label_id=shown.id)


def test_unclear_needs_no_blind_row(desk: Desk) -> None:
    clip = desk.clip()
    unclear = desk.decide(UNCLEAR, clip)
    with desk.database.read() as connection:
        assert decisions.standing(connection, clip, desk.ada) == unclear
    assert desk.step(clip) == "label"  # whoever comes back judges it blind


def test_an_unclear_clip_has_no_label_even_where_gold_says_one(desk: Desk) -> None:
    clip = desk.clip(gold="positive")
    desk.answer(clip, "negative")
    desk.decide(UNCLEAR, clip)
    assert desk.label(clip) is None


@pytest.mark.parametrize("verdicts", [{}, {0: ClaimVerdict.TRUE, 1: ClaimVerdict.CANNOT_SEE}])
def test_what_recording_gives_back_is_what_the_log_holds(desk: Desk, verdicts: dict[int, ClaimVerdict]) -> None:
    clip = desk.clip()
    shown = desk.answer(clip, "positive")
    desk.decide(BLIND, clip, "negative", rater_confidence=2, seconds_spent=3.5)
    own = {shown.answer.claims[index].id: verdict for index, verdict in verdicts.items()}
    given = desk.decide(ACCEPT, clip, "positive", pseudo_label_id=shown.id, claim_verdicts=own, note="jaw")
    with desk.database.read() as connection:
        assert decisions.get(connection, given.id) == given


def test_a_second_blind_answer_is_refused(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(BLIND, clip, "negative")
    with pytest.raises(DecisionError, match="judged clip 1 blind already"):
        desk.decide(BLIND, clip, "positive")


def test_an_undone_accept_returns_the_clip_to_the_reveal(desk: Desk) -> None:
    clip = desk.clip()
    shown = desk.answer(clip, "positive")
    desk.decide(BLIND, clip, "positive")
    final = desk.decide(ACCEPT, clip, "positive", pseudo_label_id=shown.id)
    desk.decide(UNDO, clip, undoes_id=final.id)
    assert desk.step(clip) == "reveal"
    assert desk.label(clip) == ("positive", "pseudo")


def test_an_undone_unclear_before_any_blind_row_returns_the_clip_to_its_label_step(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(UNDO, clip, undoes_id=desk.decide(UNCLEAR, clip).id)
    assert desk.step(clip) == "label"


def test_undoing_a_later_judgment_brings_the_earlier_one_back(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(BLIND, clip, "positive")
    desk.decide(CORRECT, clip, "positive")
    second = desk.decide(CORRECT, clip, "negative")
    assert desk.label(clip) == ("negative", "human")
    desk.decide(UNDO, clip, undoes_id=second.id)
    assert desk.label(clip) == ("positive", "human")


def test_nobody_undoes_what_another_decided(desk: Desk) -> None:
    clip = desk.clip()
    mine = desk.decide(UNCLEAR, clip)
    with pytest.raises(DecisionError, match="not one of yours"):
        desk.decide(UNDO, clip, undoes_id=mine.id, reviewer_id=desk.ben)


def test_a_decision_is_undone_once(desk: Desk) -> None:
    clip = desk.clip()
    mine = desk.decide(UNCLEAR, clip)
    desk.decide(UNDO, clip, undoes_id=mine.id)
    with pytest.raises(DecisionError, match="undone already"):
        desk.decide(UNDO, clip, undoes_id=mine.id)


@pytest.mark.parametrize("kind", [BLIND, UNDO])
def test_what_was_seen_and_what_was_undone_cannot_be_undone(desk: Desk, kind: DecisionKind) -> None:
    clip = desk.clip()
    row = desk.decide(BLIND, clip, "positive")
    if kind is UNDO:
        row = desk.decide(UNDO, clip, undoes_id=desk.decide(UNCLEAR, clip).id)
    with pytest.raises(DecisionError, match=f"of kind {kind} cannot be undone"):
        desk.decide(UNDO, clip, undoes_id=row.id)


def test_a_clip_of_the_reliability_sample_is_judged_blind_alone(desk: Desk) -> None:
    clip = desk.clip(reliability_sample=True)
    shown = desk.answer(clip, "positive")
    with pytest.raises(DecisionError, match="reliability sample, which is judged blind"):
        desk.decide(ACCEPT, clip, "positive", pseudo_label_id=shown.id, mode=ASSISTED)


def test_a_bulk_accept_leaves_the_reliability_sample_alone(desk: Desk) -> None:
    clip = desk.clip(reliability_sample=True)
    shown = desk.answer(clip, "positive")
    with pytest.raises(DecisionError, match="no bulk accept touches"):
        desk.decide(BULK, clip, "positive", pseudo_label_id=shown.id, mode=ASSISTED)


def test_a_bulk_accept_never_covers_what_a_person_judged(desk: Desk) -> None:
    clip = desk.clip()
    shown = desk.answer(clip, "positive")
    desk.decide(CORRECT, clip, "negative", pseudo_label_id=shown.id, mode=ASSISTED)
    with pytest.raises(DecisionError, match="judged by a person"):
        desk.decide(BULK, clip, "positive", pseudo_label_id=shown.id, mode=ASSISTED, reviewer_id=desk.ben)
    assert desk.label(clip) == ("negative", "human")


def test_an_adjudication_counts_before_any_later_judgment(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(ADJUDICATE, clip, "positive")
    desk.decide(CORRECT, clip, "negative", mode=ASSISTED, reviewer_id=desk.ben)
    assert desk.label(clip) == ("positive", "adjudicated")


def test_the_step_of_one_reviewer_says_nothing_of_another(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(BLIND, clip, "positive")
    assert (desk.step(clip), desk.step(clip, desk.ben)) == ("reveal", "label")


def test_accepting_means_the_label_that_was_proposed(desk: Desk) -> None:
    clip = desk.clip()
    shown = desk.answer(clip, "positive")
    with pytest.raises(DecisionError, match="Accepting means the label 'positive'"):
        desk.decide(ACCEPT, clip, "negative", pseudo_label_id=shown.id, mode=ASSISTED)


def test_a_pseudo_label_of_another_clip_is_refused(desk: Desk) -> None:
    clip, other = desk.clip(), desk.clip()
    shown = desk.answer(other, "positive")
    with pytest.raises(DecisionError, match="is not of clip"):
        desk.decide(ACCEPT, clip, "positive", pseudo_label_id=shown.id, mode=ASSISTED)


def test_verdicts_are_kept_for_the_claims_that_were_shown(desk: Desk) -> None:
    clip = desk.clip()
    shown = desk.answer(clip, "positive")
    verdicts = {claim.id: ClaimVerdict.CANNOT_SEE for claim in shown.answer.claims if claim.id is not None}
    row = desk.decide(ACCEPT, clip, "positive", pseudo_label_id=shown.id, mode=ASSISTED, claim_verdicts=verdicts)
    assert dict(row.claim_verdicts) == verdicts
    assert len(verdicts) == 2


def test_a_verdict_on_a_claim_that_was_not_shown_is_refused(desk: Desk) -> None:
    clip = desk.clip()
    older, newer = desk.answer(clip, "positive"), desk.answer(clip, "positive")
    foreign = {older.answer.claims[0].id: ClaimVerdict.TRUE}
    with pytest.raises(DecisionError, match="is not of pseudo-label"):
        desk.decide(ACCEPT, clip, "positive", pseudo_label_id=newer.id, mode=ASSISTED, claim_verdicts=foreign)


def test_twice_pressed_is_once_saved(desk: Desk) -> None:
    new = desk.new(UNCLEAR, desk.clip(), note="a hand before the face")
    with desk.database.write() as connection:
        first, is_new = decisions.record(connection, new)
    with desk.database.write() as connection:
        again, is_new_again = decisions.record(connection, replace(new, seconds_spent=9.0))
    assert (first, is_new, is_new_again) == (again, True, False)


def test_a_token_with_other_contents_is_refused(desk: Desk) -> None:
    new = desk.new(UNCLEAR, desk.clip())
    desk.record(new)
    with pytest.raises(DecisionError, match="belongs to another decision"):
        desk.record(replace(new, note="something else"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"token": ""}, "needs a token"),
        ({"label": "positive"}, "carries no label"),
        ({"rater_confidence": 4}, "The confidence of the rater is 1, 2 or 3"),
        ({"seconds_spent": -0.1}, "seconds spent cannot be"),
        ({"seconds_spent": float("nan")}, "seconds spent cannot be"),
        ({"undoes_id": 1}, "An undo, and nothing else"),
        ({"claim_verdicts": {1: ClaimVerdict.TRUE}}, "need the pseudo-label"),
        ({"note": "half \ud83d"}, "half a character"),
        ({"kind": CORRECT}, "needs a label"),
        ({"kind": UNDO}, "An undo, and nothing else"),
        ({"kind": BULK, "label": "positive"}, "no pseudo-label to accept"),
    ],
)
def test_a_decision_that_contradicts_itself_is_refused(desk: Desk, change: dict[str, object], sentence: str) -> None:
    new = replace(desk.new(UNCLEAR, desk.clip()), **change)
    with pytest.raises(DecisionError, match=sentence):
        desk.record(new)


def test_an_unknown_clip_is_named(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="There is no clip 77"):
        desk.decide(UNCLEAR, 77)


def test_an_unknown_reviewer_is_named(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="There is no reviewer 77"):
        desk.decide(UNCLEAR, desk.clip(), reviewer_id=77)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(note=st.text(max_size=200))
def test_a_note_of_any_characters_survives(desk: Desk, note: str) -> None:
    stored = desk.decide(SKIP, desk.clip(), note=note)
    with desk.database.read() as connection:
        assert decisions.get(connection, stored.id).note == note


def test_the_newest_rows_that_can_be_undone_come_first(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(BLIND, clip, "positive")
    first, second = desk.decide(CORRECT, clip, "positive"), desk.decide(SKIP, clip)
    undone = desk.decide(UNCLEAR, clip)
    desk.decide(UNDO, clip, undoes_id=undone.id)
    desk.decide(UNCLEAR, clip, reviewer_id=desk.ben)
    with desk.database.read() as connection:
        assert [row.id for row in decisions.last_undoable(connection, desk.ada)] == [second.id, first.id]
