"""Families of rejected claims, and claims of two labelers in pairs."""

from dataclasses import replace

import pytest

from app.queries.claim_error_families import RULES, ErrorFamily, family_of
from app.queries.labeler_comparison import pair_claims
from core.types.cues import BodyRegion, Cue, CueMeasurement
from core.types.decisions import ClaimVerdict
from core.types.pseudo_labels import Claim, ClaimCheck

JAW = Claim(4.0, 5.0, "touching jaw", BodyRegion.HANDS, "Touches the jaw.", "negative", 0.5)
NOWHERE = CueMeasurement((Cue("smile", 4.0, 5.0, 0.9, ()),), (), 20.0)
ELSEWHERE = CueMeasurement((Cue("touching jaw", 12.0, 13.0, 0.9, ()),), (), 20.0)
THERE = CueMeasurement((Cue("touching jaw", 5.4, 6.0, 0.9, ()),), (), 20.0)
CONTRADICTED = replace(JAW, check=ClaimCheck.CONTRADICTED)


def family(
    claim: Claim,
    verdict: ClaimVerdict = ClaimVerdict.FALSE,
    measured: CueMeasurement | None = NOWHERE,
    others: bool | None = None,
) -> ErrorFamily | None:
    return family_of(claim, verdict, measured, others_in_view=others)


def test_a_claim_that_people_found_true_has_no_family() -> None:
    assert family(CONTRADICTED, ClaimVerdict.TRUE) is None


@pytest.mark.parametrize("verdict", [ClaimVerdict.FALSE, ClaimVerdict.CANNOT_SEE, ClaimVerdict.IRRELEVANT])
def test_a_rejected_claim_that_leaks_is_a_leak_whatever_else_it_is(verdict: ClaimVerdict) -> None:
    assert family(replace(CONTRADICTED, leak="It names the result."), verdict) is ErrorFamily.LEAK


def test_a_leak_that_people_did_not_reject_is_not_counted() -> None:
    assert family(replace(JAW, leak="It names the result."), ClaimVerdict.TRUE) is None


def test_an_irrelevant_claim_is_over_reading() -> None:
    assert family(replace(JAW, check=ClaimCheck.SUPPORTED), ClaimVerdict.IRRELEVANT) is ErrorFamily.OVER_READING


def test_a_false_claim_that_the_key_points_support_is_over_reading() -> None:
    assert family(replace(JAW, check=ClaimCheck.SUPPORTED), measured=THERE) is ErrorFamily.OVER_READING


def test_a_gesture_that_was_measured_elsewhere_alone_has_the_wrong_time() -> None:
    assert family(CONTRADICTED, measured=ELSEWHERE) is ErrorFamily.WRONG_TIME


def test_a_gesture_within_the_tolerance_of_its_span_has_the_right_time() -> None:
    assert family(replace(JAW, check=ClaimCheck.NOT_MEASURABLE), measured=THERE) is ErrorFamily.NONE


def test_a_contradicted_gesture_that_is_nowhere_is_hallucinated() -> None:
    assert family(CONTRADICTED) is ErrorFamily.HALLUCINATED


def test_a_gesture_that_no_catalog_knows_is_hallucinated() -> None:
    assert family(replace(JAW, cue="cracking knuckles")) is ErrorFamily.HALLUCINATED


def test_somebody_else_in_view_makes_it_the_wrong_person() -> None:
    assert family(CONTRADICTED, others=True) is ErrorFamily.WRONG_PERSON


def test_nobody_else_in_view_leaves_it_hallucinated() -> None:
    assert family(CONTRADICTED, others=False) is ErrorFamily.HALLUCINATED


def test_a_gesture_that_cannot_be_measured_and_that_people_call_false_has_no_family() -> None:
    assert family(replace(JAW, check=ClaimCheck.NOT_MEASURABLE)) is ErrorFamily.NONE


def test_what_people_cannot_see_has_no_family() -> None:
    assert family(CONTRADICTED, ClaimVerdict.CANNOT_SEE, ELSEWHERE) is ErrorFamily.NONE


@pytest.mark.parametrize("region", [BodyRegion.VOICE, BodyRegion.WORDS])
def test_a_false_claim_on_voice_or_words_is_no_gesture(region: BodyRegion) -> None:
    assert family(replace(JAW, cue="other", region=region), others=True) is ErrorFamily.NONE


def test_a_clip_without_measured_cues_has_no_wrong_time() -> None:
    assert family(replace(JAW, check=ClaimCheck.NOT_MEASURABLE), measured=None) is ErrorFamily.NONE


def test_every_family_states_its_rule() -> None:
    assert set(RULES) == set(ErrorFamily)


def test_the_same_claim_twice_is_one_pair() -> None:
    (pair,) = pair_claims([JAW], [JAW])
    assert (pair.first, pair.second, pair.change) == (JAW, JAW, "same")


def test_claims_apart_in_time_appear_and_vanish() -> None:
    later = replace(JAW, start_s=9.0, end_s=10.0)
    assert [pair.change for pair in pair_claims([JAW], [later])] == ["only the first", "only the second"]


def test_claims_on_another_region_are_not_paired() -> None:
    smile = replace(JAW, cue="smile", region=BodyRegion.FACE)
    assert len(pair_claims([JAW], [smile])) == 2


def test_the_same_cue_is_paired_before_another_cue_of_the_region_that_overlaps_more() -> None:
    neck = replace(JAW, cue="touching neck")
    late_jaw = replace(JAW, start_s=4.9, end_s=6.0)
    pairs = pair_claims([JAW], [neck, late_jaw])
    assert [(pair.first, pair.second) for pair in pairs] == [(JAW, late_jaw), (None, neck)]


def test_another_cue_of_the_same_region_is_told() -> None:
    (pair,) = pair_claims([JAW], [replace(JAW, cue="touching neck")])
    assert pair.change == "another cue"


def test_a_flipped_label_and_a_flipped_verdict_are_told_together() -> None:
    (pair,) = pair_claims([JAW], [replace(JAW, speaks_for="positive", kept=False)])
    assert pair.change == "speaks for another label, dropped"


def test_of_several_claims_on_one_cue_those_that_overlap_most_are_paired() -> None:
    first, second = replace(JAW, start_s=4.0, end_s=6.0), replace(JAW, start_s=6.0, end_s=8.0)
    pairs = pair_claims([first, second], [replace(second, start_s=6.2), replace(first, end_s=5.8)])
    assert [(pair.first.start_s, pair.second.start_s) for pair in pairs if pair.first and pair.second] == [
        (4.0, 4.0),
        (6.0, 6.2),
    ]


def test_pairs_come_in_order_of_time() -> None:
    late = replace(JAW, start_s=15.0, end_s=16.0)
    pairs = pair_claims([late], [replace(JAW, start_s=1.0, end_s=2.0)])
    assert [pair.start_s for pair in pairs] == [1.0, 15.0]
