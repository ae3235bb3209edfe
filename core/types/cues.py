"""Cues measured on the key points, and in which parts of a clip they could be measured."""

from dataclasses import dataclass
from enum import StrEnum


class BodyRegion(StrEnum):
    """The part of behavior that a cue or claim is about; key points cannot measure voice and words."""

    FACE = "face"
    HEAD = "head"
    HANDS = "hands"
    ARMS = "arms"
    TORSO = "torso"
    VOICE = "voice"
    WORDS = "words"


class CueFamily(StrEnum):
    """Cues that belong together, in the order of their rows on the timeline; each cue is of one."""

    FACE = "face"
    HEAD = "head"
    SELF_TOUCH = "self-touch"
    HANDS = "hands"
    POSTURE = "posture"


@dataclass(frozen=True, slots=True)
class Cue:
    """Something measured on the key points between `start_s` and `end_s`.

    `strength` is 0..1; `joints` are the key points it was measured on, as indices into the 137 (core.pose.skeleton).
    """

    name: str
    start_s: float
    end_s: float
    strength: float
    joints: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CueCoverage:
    """For how many seconds of a clip a cue could be measured, and the reason why not for the rest.

    `spans_s` are the (start, end) spans in which the needed points were detected.
    """

    name: str
    measurable_s: float
    spans_s: tuple[tuple[float, float], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class CueMeasurement:
    """All cues of one clip, in order of start, with the coverage of each cue of the catalog."""

    cues: tuple[Cue, ...]
    coverage: tuple[CueCoverage, ...]
    duration_s: float

    @property
    def not_measurable(self) -> str:
        """Why no cue at all could be measured in the clip; "" where one could."""
        if not self.coverage or any(one.measurable_s for one in self.coverage):
            return ""
        reasons = {one.reason for one in self.coverage}
        return reasons.pop() if len(reasons) == 1 else "the points that they need are missing"
