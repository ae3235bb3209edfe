"""Which answers are excluded, and which a person should see before they are trained on."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from core.types.clips import Clip, ClipState, Split
from core.types.cues import BodyRegion, Cue, CueMeasurement
from core.types.pseudo_labels import Claim, ClaimCheck, LabelerAnswer
from core.types.transcript import TranscriptSegment
from labeling.interfaces import ClipEvidence
from labeling.rules.answer_check import check_answer, exclusion_reason, review_reason

SMILE = Claim(
    1.0, 2.0, "smile", BodyRegion.FACE, "The corners of the mouth go up.", "positive", 0.5, check=ClaimCheck.SUPPORTED
)
LEAKING = replace(SMILE, text="He smiles because he won the match.", leak="Leans on the outcome: “won”.")
ANSWER = LabelerAnswer("positive", 0.7, "", "positive", 0.8, "The smile is clear.", (SMILE,))
CLIP = Clip(
    id=1, name="byron_1", subject_id=1, subject="Ada Byron", split=Split.TRAIN, video_path="/videos/byron_1.mp4",
    digest="d", duration_s=8.0, frame_count=200, frame_rate=Fraction(25), width_px=640, height_px=360, transcript=None,
    gold_label=None, simulated=False, reliability_sample=False,
    state=ClipState.IMPORTED, created_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
EVIDENCE = ClipEvidence(
    CLIP,
    CueMeasurement((Cue("smile", 1.0, 2.0, 0.8, (25,)),), (), 8.0),
    (TranscriptSegment("It was windy.", 0.0, 2.0),),
)


def test_a_label_whose_claims_all_leak_is_excluded() -> None:
    assert exclusion_reason([LEAKING]) == "Its only claim leans on what is no evidence of an emotion."
    assert exclusion_reason([LEAKING, LEAKING]).startswith("All 2 claims that it keeps lean")


def test_one_innocent_claim_keeps_a_label_from_being_excluded() -> None:
    assert exclusion_reason([LEAKING, SMILE]) == ""


def test_a_dropped_claim_does_not_count_for_the_label() -> None:
    assert exclusion_reason([LEAKING, replace(SMILE, kept=False)]) != ""


def test_an_answer_without_claims_is_not_excluded_but_reviewed() -> None:
    empty = replace(ANSWER, claims=())
    assert exclusion_reason(empty.claims) == ""
    assert review_reason(empty, 0.6) == "No claim is left that the key points do not contradict."


def test_leaks_are_marked_on_claims_and_reasoning() -> None:
    told = replace(ANSWER, reasoning="She won her final.", claims=(replace(LEAKING, leak=""), SMILE))
    checked = check_answer(told, EVIDENCE, 0.6)
    assert checked.leak == "Leans on the outcome: “won her final”."
    assert [claim.leak for claim in checked.claims] == ["Leans on the outcome: “because he won the match”.", ""]
    assert [claim.check for claim in checked.claims] == [ClaimCheck.SUPPORTED, ClaimCheck.SUPPORTED]
    assert (checked.exclusion_reason, checked.review_reason) == ("", "Its reasoning leans on what is no evidence.")


def test_a_name_of_the_clip_or_its_file_is_a_leak() -> None:
    told = replace(ANSWER, reasoning="Ada Byron smiles.", claims=(replace(SMILE, text="As in byron_1.mp4, a smile."),))
    checked = check_answer(told, EVIDENCE, 0.6)
    assert checked.leak == "Leans on a name: “Ada Byron”."
    assert checked.claims[0].leak == "Leans on the name of the file: “byron_1.mp4”."
    assert (
        checked.exclusion_reason
        == checked.review_reason
        == "Its only claim leans on what is no evidence of an emotion."
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ANSWER, ""),
        (replace(ANSWER, first_label="negative"), "The two passes do not agree."),
        (replace(ANSWER, confidence=0.55), "Its confidence is 0.55, below 0.60."),
        (replace(ANSWER, exclusion_reason="Held back."), "Held back."),
        (replace(ANSWER, leak="Leans."), "Its reasoning leans on what is no evidence."),
        (
            replace(ANSWER, claims=(replace(SMILE, check=ClaimCheck.CONTRADICTED),)),
            "No claim is left that the key points do not contradict.",
        ),
        (replace(ANSWER, claims=(replace(SMILE, check=ClaimCheck.NOT_MEASURABLE),)), ""),
    ],
)
def test_the_agreement_filter_says_why_a_person_should_look(answer: LabelerAnswer, reason: str) -> None:
    assert review_reason(answer, 0.6) == reason
