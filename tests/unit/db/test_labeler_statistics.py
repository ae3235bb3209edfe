"""What is counted of the labelers, by hand."""

from dataclasses import replace

import pytest

from core.types.decisions import ClaimVerdict, DecisionKind
from core.types.pseudo_labels import ClaimCheck, Labeler, PseudoLabel
from db import clips, labeler_statistics, pseudo_labels, reviewers
from db.labeler_statistics import AnswerAgreement, BlindComparison, LabelerTotals
from tests.integration.db.log_oracle import LABELER, answer
from tests.unit.db.conftest import Desk

OTHER = replace(LABELER, name="another")


def say(
    desk: Desk, clip_id: int, label: str, confidence: float = 0.8, *, labeler: Labeler = LABELER, **changed: object
) -> PseudoLabel:
    """An answer without claims, of this labeler or of another."""
    made = replace(answer(label, confidence), **changed)  # type: ignore[arg-type]
    with desk.database.write() as connection:
        return pseudo_labels.store(connection, clip_id, labeler, f"{clip_id} {confidence}", made)


def judge(desk: Desk, shown: PseudoLabel, label: str, reviewer_id: int) -> None:
    """A blind judgment and the same label as the last word."""
    kind = DecisionKind.ACCEPT if shown.answer.label == label else DecisionKind.CORRECT
    desk.decide(DecisionKind.BLIND, shown.clip_id, label, reviewer_id=reviewer_id)
    desk.decide(kind, shown.clip_id, label, reviewer_id=reviewer_id, pseudo_label_id=shown.id)


def test_totals_are_of_each_labelers_newest_answers_and_its_cost_of_all(desk: Desk) -> None:
    plain, agreed, opposed = desk.clip(), desk.clip(gold="negative"), desk.clip(gold="positive")
    paid = {"input_tokens": 100, "output_tokens": 10, "thinking_tokens": 1, "cost_usd": 0.5}
    first = say(desk, plain, "positive", 0.5, first_label="negative", **paid)
    say(desk, plain, "positive", 0.7, **paid)
    say(desk, agreed, "negative", 0.9, exclusion_reason="It leaks.", input_tokens=7)
    say(desk, opposed, "negative", 0.9, review_reason="The passes differ.", **paid)
    second = say(desk, plain, "negative", 0.6, labeler=OTHER)
    with desk.database.read() as connection:
        found = labeler_statistics.totals_by_labeler(connection)
    assert found == {
        first.labeler.id: LabelerTotals(3, 1, 1, pytest.approx(2.5 / 3), 307, 30, 3, 1.5),
        second.labeler.id: LabelerTotals(1, 0, 0, 0.6, 0, 0, 0, 0.0),
    }


def test_the_two_passes_and_gold_are_held_against_each_newest_answer_by_subject(desk: Desk) -> None:
    plain, agreed, opposed = (desk.clip(subject=name, gold=gold) for name, gold in _OF_TWO_SUBJECTS)
    first = say(desk, plain, "positive", first_label="negative")
    say(desk, plain, "positive", 0.7)
    say(desk, agreed, "negative")
    say(desk, opposed, "negative", first_label="positive")
    second = say(desk, agreed, "positive", labeler=OTHER)
    with desk.database.read() as connection:
        found = labeler_statistics.answer_agreement(connection)
    assert found == {
        first.labeler.id: AnswerAgreement(unchanged=((2, 2), (0, 1)), with_gold=((1, 1), (0, 1))),
        second.labeler.id: AnswerAgreement(unchanged=((1, 1),), with_gold=((0, 1),)),
    }


_OF_TWO_SUBJECTS = (("Ann", None), ("Ann", "negative"), ("Bob", "positive"))


def test_claims_are_counted_by_labeler_cue_and_check(desk: Desk) -> None:
    labeler = desk.answer(desk.clip(), "positive", contradicted=1).labeler.id
    desk.answer(desk.clip(), "negative", contradicted=2)
    with desk.database.read() as connection:
        found = labeler_statistics.cue_check_counts(connection)
    assert found == {(labeler, "nodding", ClaimCheck.SUPPORTED): 4, (labeler, "nodding", ClaimCheck.CONTRADICTED): 3}


def test_claims_and_confidence_of_an_answer_under_older_settings_do_not_count(desk: Desk) -> None:
    clip_id = desk.clip()
    claimed = desk.answer(clip_id, "positive", contradicted=1)
    labeler = say(desk, clip_id, "negative", 0.9).labeler.id
    assert claimed.labeler.id == labeler
    with desk.database.read() as connection:
        assert labeler_statistics.cue_check_counts(connection) == {}
        assert labeler_statistics.confidence_counts(connection, 2) == {labeler: {"negative": [0, 1]}}


def test_answers_are_held_against_the_label_of_the_person_who_was_shown_them_and_against_no_other(desk: Desk) -> None:
    kept, changed, third = desk.clip(subject="Ann"), desk.clip(subject="Ann"), desk.clip(subject="Bob")
    unjudged, imported = desk.clip(), desk.clip(gold="positive")
    accepted = say(desk, kept, "positive")
    judge(desk, accepted, "positive", desk.ada)
    judge(desk, say(desk, changed, "positive"), "negative", desk.ada)
    judge(desk, say(desk, third, "positive"), "positive", desk.ada)
    for clip_id in (unjudged, imported):
        say(desk, clip_id, "positive")
    say(desk, changed, "negative", labeler=OTHER)
    with desk.database.read() as connection:
        found = labeler_statistics.against_people(connection)
    assert found == {accepted.labeler.id: ((1, 2), (1, 1))}


def test_confidence_falls_into_bins_that_begin_at_their_lower_edge_and_the_last_holds_one(desk: Desk) -> None:
    for confidence in (0.0, 0.25, 0.3, 0.5, 1.0):
        labeler = say(desk, desk.clip(), "positive", confidence).labeler.id
    say(desk, desk.clip(), "negative", 0.74)
    with desk.database.read() as connection:
        found = labeler_statistics.confidence_counts(connection, 4)
    assert found == {labeler: {"positive": [1, 2, 1, 1], "negative": [0, 0, 1, 0]}}


def test_the_newest_answer_of_each_labeler_stands_beside_the_blind_label(desk: Desk) -> None:
    judged, unjudged = desk.clip(), desk.clip()
    with desk.database.read() as connection:
        subject_id = clips.get(connection, judged).subject_id
    for clip_id in (unjudged, judged):
        say(desk, clip_id, "negative", 0.6)
    newest, other = say(desk, judged, "positive", 0.7), say(desk, judged, "negative", 0.9, labeler=OTHER)
    desk.decide(DecisionKind.BLIND, judged, "positive")
    with desk.database.read() as connection:
        found = labeler_statistics.against_blind(connection)
    assert found == [
        BlindComparison(newest.labeler.id or 0, judged, subject_id, "positive", 0.7, "positive"),
        BlindComparison(other.labeler.id or 0, judged, subject_id, "negative", 0.9, "positive"),
    ]


def test_the_label_that_most_people_gave_blind_counts_and_a_draw_has_none(desk: Desk) -> None:
    drawn, decided = desk.clip(), desk.clip()
    with desk.database.write() as connection:
        cleo = reviewers.ensure(connection, "Cleo").id
    for clip_id in (drawn, decided):
        say(desk, clip_id, "positive")
        desk.decide(DecisionKind.BLIND, clip_id, "positive", reviewer_id=desk.ada)
        desk.decide(DecisionKind.BLIND, clip_id, "negative", reviewer_id=desk.ben)
    desk.decide(DecisionKind.BLIND, decided, "negative", reviewer_id=cleo)
    with desk.database.read() as connection:
        found = labeler_statistics.against_blind(connection)
    assert [(one.clip_id, one.blind_label) for one in found] == [(decided, "negative")]


def test_of_a_persons_blind_and_last_word_the_blind_one_counts_once(desk: Desk) -> None:
    clip_id = desk.clip(reliability_sample=True)
    shown = say(desk, clip_id, "negative")
    desk.decide(DecisionKind.BLIND, clip_id, "positive")
    desk.decide(DecisionKind.ACCEPT, clip_id, "negative", pseudo_label_id=shown.id)
    desk.decide(DecisionKind.BLIND, clip_id, "negative", reviewer_id=desk.ben)
    with desk.database.read() as connection:
        assert labeler_statistics.against_blind(connection) == []  # one each: a draw


@pytest.mark.parametrize("sampled", [True, False])
def test_an_adjudication_is_no_blind_label(desk: Desk, sampled: bool) -> None:
    clip_id = desk.clip(reliability_sample=sampled)
    say(desk, clip_id, "negative")
    desk.decide(DecisionKind.ADJUDICATE, clip_id, "positive")
    with desk.database.read() as connection:
        assert labeler_statistics.against_blind(connection) == []


def test_the_newest_standing_verdict_on_a_claim_is_told_once(desk: Desk) -> None:
    shown = desk.answer(desk.clip(), "positive")
    right, wrong = (claim.id or 0 for claim in shown.answer.claims)
    for reviewer_id, verdict in ((desk.ada, ClaimVerdict.TRUE), (desk.ben, ClaimVerdict.FALSE)):
        desk.decide(DecisionKind.BLIND, shown.clip_id, "positive", reviewer_id=reviewer_id)
        desk.decide(
            DecisionKind.ACCEPT,
            shown.clip_id,
            "positive",
            reviewer_id=reviewer_id,
            pseudo_label_id=shown.id,
            claim_verdicts={right: verdict} | ({wrong: verdict} if reviewer_id == desk.ben else {}),
        )
    with desk.database.read() as connection:
        found = labeler_statistics.judged_claims(connection)
    assert [(one.claim.id, one.verdict) for one in found] == [(right, ClaimVerdict.FALSE), (wrong, ClaimVerdict.FALSE)]
    assert {(one.labeler_id, one.clip_id) for one in found} == {(shown.labeler.id, shown.clip_id)}


def test_a_verdict_that_was_undone_does_not_count(desk: Desk) -> None:
    shown = desk.answer(desk.clip(), "positive")
    desk.decide(DecisionKind.BLIND, shown.clip_id, "positive")
    verdicts = {shown.answer.claims[0].id: ClaimVerdict.FALSE}
    row = desk.decide(DecisionKind.ACCEPT, shown.clip_id, "positive", pseudo_label_id=shown.id, claim_verdicts=verdicts)
    desk.decide(DecisionKind.UNDO, shown.clip_id, undoes_id=row.id)
    with desk.database.read() as connection:
        assert labeler_statistics.judged_claims(connection) == []


def test_clips_of_two_labelers_are_shown_with_those_first_on_which_they_differ(desk: Desk) -> None:
    same, differing, alone = desk.clip(subject="Ann"), desk.clip(subject="Ann"), desk.clip()
    sampled = desk.clip(subject="Bob", reliability_sample=True)
    for clip_id in (same, differing, sampled, alone):
        one = say(desk, clip_id, "positive", 0.7)
    say(desk, differing, "positive", 0.5, labeler=OTHER)
    for clip_id, label in ((same, "positive"), (differing, "negative"), (sampled, "negative")):
        other = say(desk, clip_id, label, 0.6, labeler=OTHER)
    with desk.database.read() as connection:
        found = labeler_statistics.common_clips(connection, one.labeler.id or 0, other.labeler.id or 0, limit=5)
        first = labeler_statistics.common_clips(connection, one.labeler.id or 0, other.labeler.id or 0, limit=1)
        turned = labeler_statistics.common_clips(connection, other.labeler.id or 0, one.labeler.id or 0, limit=1)
    assert found.agreement == ((1, 2), (0, 1))
    assert [(shown.clip_id, shown.first_label, shown.second_label) for shown in found.shown] == [
        (differing, "positive", "negative"),
        (same, "positive", "positive"),
    ]
    assert first.shown == found.shown[:1]
    assert (turned.shown[0].first_label, turned.shown[0].second_label) == ("negative", "positive")


def test_of_two_labelers_a_person_sees_only_the_clips_that_they_have_judged(desk: Desk) -> None:
    mine, bens, nobodys = desk.clip(), desk.clip(), desk.clip()
    for clip_id in (mine, bens, nobodys):
        one, other = say(desk, clip_id, "positive"), say(desk, clip_id, "negative", labeler=OTHER)
    desk.decide(DecisionKind.BLIND, bens, "positive", reviewer_id=desk.ben)
    desk.decide(DecisionKind.BLIND, mine, "positive", reviewer_id=desk.ada)
    ids = (one.labeler.id or 0, other.labeler.id or 0)
    with desk.database.read() as connection:
        found = labeler_statistics.common_clips(connection, *ids, limit=5, judged_by=desk.ada)
        nothing = labeler_statistics.common_clips(connection, *ids, limit=5, judged_by=77)
    assert (found.agreement, [shown.clip_id for shown in found.shown]) == (((0, 1),), [mine])
    assert (nothing.agreement, nothing.shown) == ((), ())
