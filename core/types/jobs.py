"""Jobs: long work, each in its own process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """State of a job; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # its process ended without recording a result


@dataclass(frozen=True, slots=True)
class Job:
    """A job. `progress` is 0..1; `pid_started_at_s`, `host` and `process_mark` guard against a reused process id, see
    `core.process_identity`. `in_terminal`: a command of somebody's terminal does it, not a process of the app.
    """

    id: int
    kind: str
    arguments: Mapping[str, Any]
    state: JobState
    progress: float
    message: str
    pid: int | None
    pid_started_at_s: float | None
    host: str | None
    process_mark: str | None
    in_terminal: bool
    cancel_requested: bool
    result: Mapping[str, Any]
    error: str
    created_at: datetime
    started_at: datetime | None
    heartbeat_at: datetime | None
    finished_at: datetime | None
