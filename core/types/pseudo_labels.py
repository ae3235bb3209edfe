"""What labelers answer: pseudo-labels with their claims, failures, requests to models, and consent to send."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.types.cues import BodyRegion


class ClaimCheck(StrEnum):
    """What the key points say of one claim. `UNCHECKED`: a claim on voice or words, which they cannot speak of."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_MEASURABLE = "not_measurable"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a rationale.

    `cue` is a name of core.pose.cues.CATALOG or "other". `speaks_for` is a label name, `weight` 0..1 how strongly.
    `kept` and `reflection` are the second pass's verdict and its reason; `check_note` carries the numbers of the check.
    `leak` is a sentence where the claim leans on what is no evidence (the result, a name, a caption), else "".
    """

    start_s: float
    end_s: float
    cue: str
    region: BodyRegion
    text: str
    speaks_for: str
    weight: float
    kept: bool = True
    reflection: str = ""
    check: ClaimCheck = ClaimCheck.UNCHECKED
    check_note: str = ""
    joints: tuple[int, ...] = ()
    leak: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Labeler:
    """Who answered: a labeler's name, its model and the version and digest of its prompt (or rules)."""

    name: str
    model_id: str
    prompt_version: str
    prompt_digest: str
    simulated: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True)
class LabelerAnswer:
    """What a labeler says of one clip, both passes. Costs are 0 for labelers that cost nothing.

    `thinking_tokens` are paid as output but are not in `output_tokens`. `leak` is a sentence where the reasoning leans on
    what is no evidence. `exclusion_reason` says why the label stays out of curated sets, `review_reason` why the agreement
    filter sends the clip to review first; "" where neither does.
    """

    first_label: str
    first_confidence: float
    first_reasoning: str
    label: str
    confidence: float
    reasoning: str
    claims: tuple[Claim, ...]
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    raw_answer: str = ""
    thinking_tokens: int = 0
    leak: str = ""
    exclusion_reason: str = ""
    review_reason: str = ""


@dataclass(frozen=True, slots=True)
class PseudoLabel:
    """A stored answer. `settings_digest` with clip, labeler and prompt is the key that resume goes by."""

    id: int
    clip_id: int
    labeler: Labeler
    settings_digest: str
    answer: LabelerAnswer
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LabelingFailure:
    """A failed answer, kept with its reason; never a label."""

    clip_id: int
    labeler: Labeler
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One request to a model's server and what came of it, kept before anything is made of it.

    `step` names the pass (`observe 2 of 5`, `conclude`, `reflect`). `request_digest` is over all that was sent, so that a
    request that was answered is never paid again. `answered`: `answer` is usable; else `failure` says why it is not, and
    the tokens and dollars of an answer that came but was refused are counted all the same.
    """

    clip_id: int
    labeler: str
    model_id: str
    step: str
    request_digest: str
    answered: bool
    answer: str
    failure: str
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    cost_usd: float
    seconds: float
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SendingConsent:
    """Somebody's word that clips may leave this machine: to whom, in which form (`shown`), and whether with sound."""

    receiver: str
    shown: str
    with_sound: bool
    given_by: str
    created_at: datetime | None = None
