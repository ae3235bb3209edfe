"""Which answers are held back, and which a person should see before they are trained on."""

from dataclasses import replace

import pytest

from core.types.cues import BodyRegion
from core.types.pseudo_labels import Claim, ClaimCheck, LabelerAnswer
from core.types.transcript import TranscriptSegment
from labeling.vlm.answers.agreement_filter import doubt_of, held_back_because, with_leaks
from labeling.vlm.leaks.alarm import LeakContext

SMILE = Claim(
    1.0, 2.0, "smile", BodyRegion.FACE, "The corners of the mouth go up.", "positive", 0.5, check=ClaimCheck.SUPPORTED
)
LEAKING = replace(SMILE, text="He smiles because he won the match.", leak="Leans on the outcome: “won”.")
ANSWER = LabelerAnswer("positive", 0.7, "", "positive", 0.8, "The smile is clear.", (SMILE,))
CONTEXT = LeakContext("Ada Byron", "byron_1", "byron_1.mp4", (TranscriptSegment("It was windy.", 0.0, 2.0),))


def test_a_label_whose_claims_all_leak_is_held_back() -> None:
    assert held_back_because([LEAKING]) == "Its only claim leans on what is no evidence of an emotion."
    assert held_back_because([LEAKING, LEAKING]).startswith("All 2 claims that it keeps lean")


def test_one_innocent_claim_keeps_a_label_from_being_held_back() -> None:
    assert held_back_because([LEAKING, SMILE]) == ""


def test_a_dropped_claim_does_not_count_for_the_label() -> None:
    assert held_back_because([LEAKING, replace(SMILE, kept=False)]) != ""


def test_an_answer_without_claims_is_not_held_back_but_doubted() -> None:
    empty = replace(ANSWER, claims=())
    assert held_back_because(empty.claims) == ""
    assert doubt_of(empty, 0.6) == "No claim is left that the key points do not contradict."


def test_leaks_are_marked_on_claims_and_reasoning() -> None:
    told = replace(ANSWER, reasoning="She won her final.", claims=(replace(LEAKING, leak=""), SMILE))
    marked = with_leaks(told, CONTEXT)
    assert marked.leak != ""
    assert [claim.leak != "" for claim in marked.claims] == [True, False]


@pytest.mark.parametrize(
    ("answer", "doubt"),
    [
        (ANSWER, ""),
        (replace(ANSWER, first_label="negative"), "The two passes do not agree."),
        (replace(ANSWER, confidence=0.55), "Its confidence is 0.55, below 0.60."),
        (replace(ANSWER, held_back="Held back."), "Held back."),
        (replace(ANSWER, leak="Leans."), "Its reasoning leans on what is no evidence."),
        (
            replace(ANSWER, claims=(replace(SMILE, check=ClaimCheck.CONTRADICTED),)),
            "No claim is left that the key points do not contradict.",
        ),
        (replace(ANSWER, claims=(replace(SMILE, check=ClaimCheck.NOT_MEASURABLE),)), ""),
    ],
)
def test_the_agreement_filter_says_why_it_doubts(answer: LabelerAnswer, doubt: str) -> None:
    assert doubt_of(answer, 0.6) == doubt
