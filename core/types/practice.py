"""Practice clips: clips with a known answer on which a new coder learns the coding before it counts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KnownFrom(StrEnum):
    """Where the known label of a practice clip comes from."""

    GOLD = "gold"
    ADJUDICATED = "adjudicated"


@dataclass(frozen=True, slots=True)
class PracticeClip:
    """A clip marked for practice. `explanation`: why the known label is right, "" without one."""

    id: int
    clip_id: int
    known_label: str
    known_from: KnownFrom
    explanation: str
    marked_by: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewPracticeAnswer:
    """An answer to be appended. `token` makes it count once; `rater_confidence` is 1..3."""

    token: str
    clip_id: int
    reviewer_id: int
    label: str
    rater_confidence: int
    seconds_spent: float | None = None


@dataclass(frozen=True, slots=True)
class PracticeAnswer:
    """A coder's answer on a practice clip."""

    id: int
    practice_clip_id: int
    reviewer_id: int
    label: str
    rater_confidence: int
    right: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PracticeView:
    """A practice clip as one coder meets it; without an answer, nothing of it may be shown."""

    clip: PracticeClip
    answer: PracticeAnswer | None


@dataclass(frozen=True, slots=True)
class PracticeRecord:
    """A coder's practice: answers from the oldest on, `left` clips to answer.

    `asked`: practice is for this coder, who is no lead and had judged nothing before. `released`: a lead lets the coder begin
    all the same.
    """

    reviewer_id: int
    rights: tuple[bool, ...]
    left: int
    asked: bool
    released: bool

    def wanted(self, clips: int) -> int:
        """Answers wanted where the study asks for so many clips: no more than there are for this coder."""
        return min(clips, len(self.rights) + self.left)

    def right(self, clips: int) -> int:
        """Right answers among the last `wanted` ones."""
        wanted = self.wanted(clips)
        return sum(self.rights[-wanted:]) if wanted else 0

    def passed(self, clips: int, pass_share: float) -> bool:
        """Whether enough were answered, and of the last `wanted` ones the share `pass_share` was right."""
        wanted = self.wanted(clips)
        return len(self.rights) >= wanted and self.right(clips) >= pass_share * wanted

    def may_begin(self, clips: int, pass_share: float) -> bool:
        """Whether this coder may judge clips of the study."""
        return not self.asked or self.released or self.passed(clips, pass_share)
