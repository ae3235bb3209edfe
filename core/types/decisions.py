"""What reviewers decide, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Reviewer:
    id: int
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision as it is handed to the log.

    `token` is the idempotency token made by whoever pressed the key; `rater_confidence` 1..3; `undoes_id` for UNDO alone;
    `claim_verdicts` maps claim id to verdict; `blind_label` is filled by the repository from the blind row.
    """

    token: str
    clip_id: int
    reviewer_id: int
    kind: DecisionKind
    mode: ReviewMode
    label: str | None = None
    rater_confidence: int | None = None
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
    rater_confidence: int | None
    blind_label: str | None
    pseudo_label_id: int | None
    undoes_id: int | None
    claim_verdicts: Mapping[int, ClaimVerdict]
    note: str
    seconds_spent: float | None
    created_at: datetime
