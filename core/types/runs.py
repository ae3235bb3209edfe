"""Curated sets, training runs and their predictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.types.clips import LabelSource


class RunState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CuratedRow:
    """What one clip teaches. `soft_labels`: the share of each label among the people's answers, where they differ, else empty."""

    clip_id: int
    subject_id: int
    label: str
    source: LabelSource
    weight: float
    soft_labels: tuple[tuple[str, float], ...] = ()


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
    """One training run. `metrics` is the results table as JSON (training.evaluation.results_table), `settings` all
    that shaped it."""

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
