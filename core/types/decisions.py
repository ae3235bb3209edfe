"""What reviewers decide, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ReviewMode(StrEnum):
    """Whether the reviewer sees the rationale after (`BLIND`) or before (`ASSISTED`) giving a label."""

    BLIND = "blind"
    ASSISTED = "assisted"


class DecisionKind(StrEnum):
    """`BLIND` is the judgment before the pseudo-label is revealed; the final row after it is `ACCEPT` or `CORRECT`.

    `ACCEPT`: the final label equals the pseudo-label. `CORRECT`: it differs, or there was none. `REPEAT` is the
    same reviewer's second blind judgment, days after the first: it measures intra-rater agreement and changes no label.
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


class Seen(StrEnum):
    """What a reviewer had been shown of a clip when answering.

    `ANSWERS`: labels of other people or of the import. `RATIONALE`: a labeler's label or rationale, or measured cues.
    `RUN`: a run's prediction.
    """

    ANSWERS = "answers"
    RATIONALE = "rationale"
    RUN = "run"


LEAD, MEMBER = "lead", "reviewer"
"""The roles of reviewers."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    id: int
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision to be appended to the log.

    `token` is the client's idempotency token: sending a decision twice records it once. `rater_confidence` is 1..3.
    `undoes_id` is set for UNDO only. `claim_verdicts` maps claim id to verdict. `queue`: that of Review which brought
    the clip up, as the screen tells it, so that nothing may depend on it but statistics; None: not known, or none.
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
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of the append-only log. `blind_label` is the label of the reviewer's blind row for the clip, if any.

    `seen`: what the reviewer had been shown of the clip; None where that is not known or nobody looked. Only an empty
    set makes an answer blind.
    """

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
    seen: frozenset[Seen] | None
    queue: str | None
