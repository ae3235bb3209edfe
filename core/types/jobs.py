"""Long work in a process of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # its process is gone without a last word


@dataclass(frozen=True, slots=True)
class Job:
    """Anything long. `progress` is 0..1; `pid_started_at_s` (seconds since 1970) tells its process from a later one."""

    id: int
    kind: str
    arguments: Mapping[str, Any]
    state: JobState
    progress: float
    message: str
    pid: int | None
    pid_started_at_s: float | None
    cancel_requested: bool
    result: Mapping[str, Any]
    error: str
    created_at: datetime
    started_at: datetime | None
    heartbeat_at: datetime | None
    finished_at: datetime | None
