"""What travels between the layers: frozen dataclasses, one per thing that the database keeps.

Times are float seconds from the start of the clip; frame rates are fractions. `db` returns these and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any


class Split(StrEnum):
    """`TEST` is seen by no labeler and no training and is scored at most once a run."""

    TRAIN = "train"
    TEST = "test"


class LabelSource(StrEnum):
    """Whose label counts, strongest first: adjudicated > human > gold > pseudo."""

    ADJUDICATED = "adjudicated"
    HUMAN = "human"
    GOLD = "gold"
    PSEUDO = "pseudo"


class ClipState(StrEnum):
    """Where a clip stands in the loop."""

    IMPORTED = "imported"
    LABELLED = "labelled"
    REVIEWED = "reviewed"
    UNCLEAR = "unclear"


class ReviewMode(StrEnum):
    BLIND = "blind"
    ASSISTED = "assisted"


class DecisionKind(StrEnum):
    """`BLIND` is the judgement before the reveal; the final row after it is `ACCEPT` or `CORRECT`.

    `ACCEPT` means the final label is the pseudo-label's, `CORRECT` that it differs or that there was none. `REPEAT` is the
    same reviewer's second blind judgement, long after the first: it measures how steady they are and changes no label.
    """

    BLIND = "blind"
    REPEAT = "repeat"
    ACCEPT = "accept"
    CORRECT = "correct"
    UNCLEAR = "unclear"
    SKIP = "skip"
    ADJUDICATE = "adjudicate"
    BULK_ACCEPT = "bulk_accept"
    UNDO = "undo"


class ClaimVerdict(StrEnum):
    """What a reviewer says of one claim."""

    TRUE = "true"
    FALSE = "false"
    CANNOT_SEE = "cannot_see"
    IRRELEVANT = "irrelevant"


class ClaimCheck(StrEnum):
    """What the key points say of one claim. `UNCHECKED`: a claim on voice or words, which they cannot speak of."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_MEASURABLE = "not_measurable"
    UNCHECKED = "unchecked"


class BodyRegion(StrEnum):
    FACE = "face"
    HEAD = "head"
    HANDS = "hands"
    ARMS = "arms"
    TORSO = "torso"
    VOICE = "voice"
    WORDS = "words"


class FeatureKind(StrEnum):
    PERSON = "person"
    IMAGE = "image"
    KEYPOINTS = "keypoints"
    TEXT = "text"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # its process is gone without a last word


class RunState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class NewClip:
    """A clip as the importer hands it to the database.

    `video_path` is absolute, or None while a clip of a key-point-only cohort has not been rendered.
    `digest` is the SHA-256 of the video file (or of the key points where there is no video), hex.
    """

    name: str
    subject: str
    split: Split
    video_path: str | None
    digest: str
    duration_s: float
    frame_count: int
    frame_rate: Fraction
    width_px: int
    height_px: int
    transcript: str | None = None
    gold_label: str | None = None
    simulated: bool = False
    simulated_truth: str | None = None
    audit: bool = False


@dataclass(frozen=True, slots=True)
class Clip:
    """One video of one person, as stored."""

    id: int
    name: str
    subject_id: int
    subject: str
    split: Split
    video_path: str | None
    digest: str
    duration_s: float
    frame_count: int
    frame_rate: Fraction
    width_px: int
    height_px: int
    transcript: str | None
    gold_label: str | None
    simulated: bool
    audit: bool
    state: ClipState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CurrentLabel:
    """The label that counts for a clip now. `conflict`: a human label and the gold label differ."""

    clip_id: int
    label: str
    source: LabelSource
    conflict: bool


@dataclass(frozen=True, slots=True)
class Producer:
    """Who made a feature: never mixed in one training set."""

    name: str
    version: str
    settings_digest: str


@dataclass(frozen=True, slots=True)
class FeatureRecord:
    """One feature file; `path` is relative to the workspace's `features/`."""

    clip_id: int
    kind: FeatureKind
    producer: Producer
    path: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Cue:
    """Something measured on the key points between `start_s` and `end_s`.

    `strength` is 0..1; `joints` are indices into the 137 points (core.pose.skeleton).
    """

    name: str
    start_s: float
    end_s: float
    strength: float
    joints: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CueCoverage:
    """How much of a clip a cue could be measured in; `reason` says why it could not in the rest.

    `spans_s` are the (start, end) stretches in which the needed points were there.
    """

    name: str
    measurable_s: float
    spans_s: tuple[tuple[float, float], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class CueMeasurement:
    """All cues of one clip, in order of start, with the coverage of each cue of the catalogue."""

    cues: tuple[Cue, ...]
    coverage: tuple[CueCoverage, ...]
    duration_s: float


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a rationale.

    `cue` is a name of core.pose.cues.CATALOGUE or "other". `speaks_for` is a label name, `weight` 0..1 how strongly.
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
    what is no evidence. `held_back` says why the label stays out of curated sets, `doubt` why the agreement filter sends
    the clip to review first; "" where neither does.
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
    held_back: str = ""
    doubt: str = ""


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


@dataclass(frozen=True, slots=True)
class Reviewer:
    id: int
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision as it is handed to the log.

    `token` is the idempotency token made by whoever pressed the key; `sureness` 1..3; `undoes_id` for UNDO alone;
    `claim_verdicts` maps claim id to verdict; `blind_label` is filled by the repository from the blind row.
    """

    token: str
    clip_id: int
    reviewer_id: int
    kind: DecisionKind
    mode: ReviewMode
    label: str | None = None
    sureness: int | None = None
    pseudo_label_id: int | None = None
    undoes_id: int | None = None
    claim_verdicts: Mapping[int, ClaimVerdict] = field(default_factory=dict)
    note: str = ""
    seconds_spent: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of the append-only log."""

    id: int
    token: str
    clip_id: int
    reviewer_id: int
    kind: DecisionKind
    mode: ReviewMode
    label: str | None
    sureness: int | None
    blind_label: str | None
    pseudo_label_id: int | None
    undoes_id: int | None
    claim_verdicts: Mapping[int, ClaimVerdict]
    note: str
    seconds_spent: float | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CuratedRow:
    """What one clip teaches. `shares`: of each label among the people's answers, where they differ, else empty."""

    clip_id: int
    subject_id: int
    label: str
    source: LabelSource
    weight: float
    shares: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class CuratedSet:
    """Rule, frozen rows and their digest. Rows come in order of clip id."""

    id: int
    name: str
    rule: Mapping[str, Any]
    digest: str
    rows: tuple[CuratedRow, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One training run. `metrics` is the honest table as JSON (training.evaluation.results_table), `settings` all
    that shaped it."""

    id: int
    curated_set_id: int
    job_id: int | None
    state: RunState
    settings: Mapping[str, Any]
    code_version: str
    metrics: Mapping[str, Any]
    artefacts_path: str
    current: bool
    error: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """Out-of-fold (fold >= 0) or full-model (fold = -1) probabilities, in the taxonomy's order.

    `label_quality` 0..1: how well the label that the run was given agrees with them, None where there was none to doubt;
    `label_issue`: that label is likely wrong.
    """

    run_id: int
    clip_id: int
    fold: int
    probabilities: tuple[float, ...]
    label: str
    label_quality: float | None = None
    label_issue: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Anything long. `progress` is 0..1."""

    id: int
    kind: str
    arguments: Mapping[str, Any]
    state: JobState
    progress: float
    message: str
    pid: int | None
    cancel_requested: bool
    result: Mapping[str, Any]
    error: str
    created_at: datetime
    started_at: datetime | None
    heartbeat_at: datetime | None
    finished_at: datetime | None
