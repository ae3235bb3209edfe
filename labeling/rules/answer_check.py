"""Checks on a labeler's answer before it is stored: claims against measured cues, leaks, and whether it needs a review."""

from collections.abc import Sequence
from dataclasses import replace

from core.types.pseudo_labels import Claim, ClaimCheck, LabelerAnswer
from labeling.interfaces import ClipEvidence
from labeling.rules.claim_check import check_claims
from labeling.rules.leaks.alarm import LeakContext, claim_leak, text_leak


def check_answer(answer: LabelerAnswer, evidence: ClipEvidence, min_confidence: float) -> LabelerAnswer:
    """The answer with checked claims, leaks, and the reasons to exclude it or to review it.

    `min_confidence`: the least confidence that passes the agreement filter.
    """
    clip = evidence.clip
    context = LeakContext(clip.subject, clip.name, (clip.video_path or "").rsplit("/", 1)[-1], evidence.words)
    checked = check_claims(answer.claims, evidence.cues)
    claims = tuple(replace(claim, leak=claim_leak(claim, context)) for claim in checked)
    leak = text_leak(answer.reasoning, context)
    marked = replace(answer, claims=claims, leak=leak, exclusion_reason=exclusion_reason(claims))
    return replace(marked, review_reason=review_reason(marked, min_confidence))


def exclusion_reason(claims: Sequence[Claim]) -> str:
    """Why a label with these claims stays out of curated sets (all kept claims leak), or ""."""
    kept = [claim for claim in claims if claim.kept]
    if kept and all(claim.leak for claim in kept):
        number = "Its only claim leans" if len(kept) == 1 else f"All {len(kept)} claims that it keeps lean"
        return f"{number} on what is no evidence of an emotion."
    return ""


def review_reason(answer: LabelerAnswer, min_confidence: float) -> str:
    """Why the agreement filter sends an answer to review before it is trained on, or ""."""
    if answer.exclusion_reason:
        return answer.exclusion_reason
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
