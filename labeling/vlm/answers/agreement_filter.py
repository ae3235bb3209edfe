"""Leaks marked, labels held back, and the agreement filter: which answers a person should see before they are trained on."""

from collections.abc import Sequence
from dataclasses import replace

from core.types.pseudo_labels import Claim, ClaimCheck, LabelerAnswer
from labeling.vlm.leaks.alarm import LeakContext, claim_leak, text_leak


def with_leaks(answer: LabelerAnswer, context: LeakContext) -> LabelerAnswer:
    """The same answer with its leaks marked; held back where every claim that it still makes leaks."""
    claims = tuple(replace(claim, leak=claim_leak(claim, context)) for claim in answer.claims)
    return replace(
        answer, claims=claims, leak=text_leak(answer.reasoning, context), held_back=held_back_because(claims)
    )


def held_back_because(claims: Sequence[Claim]) -> str:
    """Why a label with these claims stays out of curated sets; "" where it does not."""
    kept = [claim for claim in claims if claim.kept]
    if kept and all(claim.leak for claim in kept):
        number = "Its only claim leans" if len(kept) == 1 else f"All {len(kept)} claims that it keeps lean"
        return f"{number} on what is no evidence of an emotion."
    return ""


def doubt_of(answer: LabelerAnswer, min_confidence: float) -> str:
    """Why the agreement filter does not let an answer through; "" where it does."""
    if answer.held_back:
        return answer.held_back
    if answer.first_label != answer.label:
        return "The two passes do not agree."
    if answer.confidence < min_confidence:
        return f"Its confidence is {answer.confidence:.2f}, below {min_confidence:.2f}."
    standing = [claim for claim in answer.claims if claim.kept and claim.check is not ClaimCheck.CONTRADICTED]
    if answer.leak:
        return "Its reasoning leans on what is no evidence."
    if not standing:
        return "No claim is left that the key points do not contradict."
    return ""
