"""Clips assigned to named coders."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """Why a clip is assigned.

    `DOUBLE_CODING`: its coder's judgment is wanted beside another coder's, blind whatever the mode of the study is, to see
    how far the two agree.
    """

    CODING = "coding"
    DOUBLE_CODING = "double_coding"


@dataclass(frozen=True, slots=True)
class Assignment:
    """A clip that one coder is to judge."""

    clip_id: int
    coder_id: int


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What one press assigns.

    `token` makes the press count once. `drawn_from` says in words which clips the draw was from, and `seed` repeats it.
    """

    token: str
    purpose: Purpose
    assigned_by: int
    drawn_from: str
    seed: int
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class CoderShare:
    """One coder's part of a batch: clips assigned, those taken back, and those that still wait to be judged."""

    coder_id: int
    assigned: int
    withdrawn: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A stored batch with the part of each coder."""

    id: int
    purpose: Purpose
    assigned_by: int
    drawn_from: str
    seed: int
    created_at: datetime
    shares: tuple[CoderShare, ...]


@dataclass(frozen=True, slots=True)
class CoderProgress:
    """How far one coder is with the clips assigned to them, without those taken back.

    `judged` + `unclear` + `skipped` + `left` = `assigned`. `seconds_per_clip`: median over the judged and unclear ones from
    opening the clip to the last word on it; None without any.
    """

    coder_id: int
    assigned: int
    judged: int
    unclear: int
    skipped: int
    left: int
    seconds_per_clip: float | None
