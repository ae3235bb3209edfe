"""Labelers side by side: how much each said, and how it agrees with people, gold and itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.facts.intervals import Share
from app.services import Services
from core.errors import InputError
from core.records import Labeler, PseudoLabel, Split
from db import clips, features, pseudo_labels

BINS = 10


@dataclass(frozen=True, slots=True)
class LabelerFacts:
    """One labeler with the version of its prompt or rules."""

    labeler: Labeler
    labelled: int
    failed: int
    with_humans: Share
    with_gold: Share
    between_passes: Share
    mean_confidence: float | None
    claims: Mapping[str, int] = field(default_factory=dict)  # check -> number of claims
    histogram: Mapping[str, Sequence[int]] = field(default_factory=dict)  # label -> pseudo-labels a bin of confidence


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """What a labelling job would do."""

    labeler: str
    clips: int
    already_labelled: int
    test_split_left_out: int
    cost_usd: float

    def as_json(self) -> dict[str, Any]:
        """For the command line."""
        return asdict(self)
