"""Why a claim that people rejected is wrong: one error family per claim, by fixed rules that the page shows."""

from collections.abc import Mapping
from enum import StrEnum

from core.pose.cues import CATALOG
from core.types.cues import BodyRegion, CueMeasurement
from core.types.decisions import ClaimVerdict
from core.types.pseudo_labels import Claim, ClaimCheck
from labeling.rules.claim_check import TOLERANCE_S

REJECTING = frozenset({ClaimVerdict.FALSE, ClaimVerdict.CANNOT_SEE, ClaimVerdict.IRRELEVANT})
_NO_GESTURE = frozenset({BodyRegion.VOICE, BodyRegion.WORDS})


class ErrorFamily(StrEnum):
    """The families in order; the first that fits a claim is its family."""

    LEAK = "leak"
    OVER_READING = "over-reading"
    WRONG_TIME = "wrong time"
    WRONG_PERSON = "wrong person"
    HALLUCINATED = "hallucinated gesture"
    NONE = "rejected, no family"


RULES: Mapping[ErrorFamily, str] = {
    ErrorFamily.LEAK: "The claim leans on what is no evidence, such as the result, a name or a caption.",
    ErrorFamily.OVER_READING: "Called irrelevant, or called false although the key points show the gesture there.",
    ErrorFamily.WRONG_TIME: "Called false; the gesture was measured elsewhere in the clip, and not in the claim's span.",
    ErrorFamily.WRONG_PERSON: "Called false; the interviewee does not do it there, and somebody else is in view.",
    ErrorFamily.HALLUCINATED: (
        "Called false; the key points contradict it and show the gesture nowhere in the clip, or no such gesture is known."
    ),
    ErrorFamily.NONE: "Rejected, and none of these rules fits.",
}


def family_of(
    claim: Claim, verdict: ClaimVerdict, measured: CueMeasurement | None, *, others_in_view: bool | None
) -> ErrorFamily | None:
    """The family of a claim; None where people did not reject it.

    `measured`: the cues measured in its clip, None without key points. `others_in_view`: whether anybody but the
    interviewee was in view in its span, None where no detector has looked.
    """
    if verdict not in REJECTING:
        return None
    if claim.leak:
        return ErrorFamily.LEAK
    if verdict is ClaimVerdict.IRRELEVANT:
        return ErrorFamily.OVER_READING
    if verdict is not ClaimVerdict.FALSE or claim.region in _NO_GESTURE:
        return ErrorFamily.NONE
    if claim.check is ClaimCheck.SUPPORTED:
        return ErrorFamily.OVER_READING
    same = [cue for cue in measured.cues if cue.name == claim.cue] if measured else []
    here = [
        cue for cue in same if cue.start_s <= claim.end_s + TOLERANCE_S and cue.end_s >= claim.start_s - TOLERANCE_S
    ]
    if same and not here:
        return ErrorFamily.WRONG_TIME
    if others_in_view:
        return ErrorFamily.WRONG_PERSON
    if claim.cue not in CATALOG or (claim.check is ClaimCheck.CONTRADICTED and not same):
        return ErrorFamily.HALLUCINATED
    return ErrorFamily.NONE
