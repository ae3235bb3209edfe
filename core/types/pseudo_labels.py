"""Answers of labelers (pseudo-labels and their claims), failures, requests to models, and consent to send clips."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.types.cues import BodyRegion


class ClaimCheck(StrEnum):
    """Result of checking a claim against the key points. `UNCHECKED`: a claim about voice or words."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_MEASURABLE = "not_measurable"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Claim:
    """One observation that a rationale rests on.

    `cue` is a name of core.pose.cues.CATALOG or "other". `speaks_for` is the label that it supports, `weight` (0..1) how
    strongly. `kept` and `reflection` are the second pass's verdict and its reason; `check_note` states the measurements
    of the check. `leak` says what the claim relies on that is no behavior (the result, a name, a caption), else "".
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
    """A labeler: its name, model, and the version and digest of its prompt (or rules)."""

    name: str
    model_id: str
    prompt_version: str
    prompt_digest: str
    simulated: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True)
class LabelerAnswer:
    """A labeler's answer on one clip: the first pass (`first_*`) and the label after reflection. Confidences are 0..1.

    `thinking_tokens` are billed as output but are not in `output_tokens`. `leak` says what the reasoning relies on that is
    no behavior. `exclusion_reason` says why the label stays out of curated sets, `review_reason` why the agreement filter
    sends the clip to review first. Each is "" if it does not apply.
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
    """A stored answer. A resumed run skips clips that have one of the same labeler, prompt and `settings_digest`."""

    id: int
    clip_id: int
    labeler: Labeler
    settings_digest: str
    answer: LabelerAnswer
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LabelingFailure:
    """A clip for which a labeler gave no usable answer, and why."""

    clip_id: int
    labeler: Labeler
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One request to a model's server and its outcome, stored before the answer is parsed.

    `step` names the pass (`observe 2 of 5`, `conclude`, `reflect`). `request_digest` covers all that was sent, so that an
    answered request is never paid for twice. `answered`: `answer` is usable; if not, `failure` says why, and the tokens
    and dollars of a refused answer still count.
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
    """Consent to send clips to `receiver`: in which form (`shown`), whether with sound, and who gave it."""

    receiver: str
    shown: str
    with_sound: bool
    given_by: str
    created_at: datetime | None = None
