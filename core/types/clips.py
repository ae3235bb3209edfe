"""Clips, their splits and current labels. Times are float seconds from the clip's start, frame rates fractions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction


class Split(StrEnum):
    """No labeler and no training sees a `TEST` clip; each run predicts it at most once."""

    TRAIN = "train"
    TEST = "test"


class LabelSource(StrEnum):
    """Where a label comes from, in order of precedence: adjudicated > human > gold > pseudo."""

    ADJUDICATED = "adjudicated"
    HUMAN = "human"
    GOLD = "gold"
    PSEUDO = "pseudo"


class Dispute(StrEnum):
    """What a clip's label is disputed by.

    `REVIEWERS`: two reviewers' standing labels differ, and nobody has adjudicated. `GOLD`: a person's label counts and
    differs from gold.
    """

    REVIEWERS = "reviewers"
    GOLD = "gold"


COHORT_TRUTH = "cohort truth"
"""The source of a label that is known because the clip is simulated. It scores; nothing is trained on it."""


class ClipState(StrEnum):
    """How far a clip has come through labeling and review."""

    IMPORTED = "imported"
    LABELED = "labeled"
    REVIEWED = "reviewed"
    UNCLEAR = "unclear"

    @classmethod
    def _missing_(cls, value: object) -> "ClipState | None":
        return cls.LABELED if value == "labelled" else None  # in saved filters from before version 0.2


@dataclass(frozen=True, slots=True)
class NewClip:
    """A clip to be inserted into the database.

    `video_path` is absolute, or None if the cohort has key points only and no video has been rendered yet.
    `digest` is the hex SHA-256 of the video file, or of the key points if there is no video.
    """

    name: str
    subject: str
    split: Split
    video_path: str | None
    digest: str
    duration_s: float
    frame_count: int
    frame_rate: Fraction
    width_px: int
    height_px: int
    transcript: str | None = None
    gold_label: str | None = None
    simulated: bool = False
    simulated_truth: str | None = None
    reliability_sample: bool = False


@dataclass(frozen=True, slots=True)
class Clip:
    """One video of one person, as stored."""

    id: int
    name: str
    subject_id: int
    subject: str
    split: Split
    video_path: str | None
    digest: str
    duration_s: float
    frame_count: int
    frame_rate: Fraction
    width_px: int
    height_px: int
    transcript: str | None
    gold_label: str | None
    simulated: bool
    reliability_sample: bool
    state: ClipState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CurrentLabel:
    """The label of the source with the highest precedence. `conflict`: the human and the gold label differ.

    `disputed`: reviewers differ and nobody has settled it; `label` is then only the newest answer.
    `unwatched`: a bulk accept gave it; nobody has looked at the clip.
    """

    clip_id: int
    label: str
    source: LabelSource
    conflict: bool
    disputed: bool = False
    unwatched: bool = False

    @property
    def trusted(self) -> bool:
        """Whether a run may be scored by it. A pseudo-label accepted unwatched is still the labeler's word."""
        return self.source is not LabelSource.PSEUDO and not self.unwatched
