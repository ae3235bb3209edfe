"""Curated sets, training runs and their predictions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.types.clips import LabelSource


class RunState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # its process ended without recording a result


@dataclass(frozen=True, slots=True)
class CuratedRow:
    """A training example: a clip, its label and weight. `soft_labels`: shares of each label if reviewers differ, else empty."""

    clip_id: int
    subject_id: int
    label: str
    source: LabelSource
    weight: float
    soft_labels: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class CuratedSet:
    """A fixed training set: the rule that selected its rows, the rows by clip id, and their digest.

    `test_labels`: by clip id, label and source of the test clips that could be scored when the set was made, by which
    its runs are scored ever after; empty for sets of older versions, which did not keep them.
    """

    id: int
    name: str
    rule: Mapping[str, Any]
    digest: str
    rows: tuple[CuratedRow, ...]
    created_at: datetime
    test_labels: Mapping[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One training run. `metrics` is the results table as JSON (training.evaluation.results_table); `settings` are all
    settings that the result depends on."""

    id: int
    curated_set_id: int
    job_id: int | None
    state: RunState
    settings: Mapping[str, Any]
    code_version: str
    metrics: Mapping[str, Any]
    artifacts_path: str
    selected: bool
    error: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """Out-of-fold (fold >= 0) or full-model (fold = -1) probabilities, in the taxonomy's order.

    `label_quality` (0..1): how well the clip's training label agrees with them, None without such a label;
    `label_issue`: that label is likely wrong.
    """

    run_id: int
    clip_id: int
    fold: int
    probabilities: tuple[float, ...]
    label: str
    label_quality: float | None = None
    label_issue: bool = False
