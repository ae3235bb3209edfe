"""Cues measured on the key points, and what could not be measured."""

from dataclasses import dataclass
from enum import StrEnum


class BodyRegion(StrEnum):
    FACE = "face"
    HEAD = "head"
    HANDS = "hands"
    ARMS = "arms"
    TORSO = "torso"
    VOICE = "voice"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Cue:
    """Something measured on the key points between `start_s` and `end_s`.

    `strength` is 0..1; `joints` are indices into the 137 points (core.pose.skeleton).
    """

    name: str
    start_s: float
    end_s: float
    strength: float
    joints: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CueCoverage:
    """How much of a clip a cue could be measured in; `reason` says why it could not in the rest.

    `spans_s` are the (start, end) stretches in which the needed points were there.
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
