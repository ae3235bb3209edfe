"""Clips, their splits, and the label that counts. Times are float seconds from the clip's start, frame rates fractions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction


class Split(StrEnum):
    """`TEST` is seen by no labeler and no training and is scored at most once a run."""

    TRAIN = "train"
    TEST = "test"


class LabelSource(StrEnum):
    """Whose label counts, strongest first: adjudicated > human > gold > pseudo."""

    ADJUDICATED = "adjudicated"
    HUMAN = "human"
    GOLD = "gold"
    PSEUDO = "pseudo"


class ClipState(StrEnum):
    """Where a clip stands in the loop."""

    IMPORTED = "imported"
    LABELED = "labeled"
    REVIEWED = "reviewed"
    UNCLEAR = "unclear"

    @classmethod
    def _missing_(cls, value: object) -> "ClipState | None":
        return cls.LABELED if value == "labelled" else None  # in saved filters from before version 0.2


@dataclass(frozen=True, slots=True)
class NewClip:
    """A clip as the importer hands it to the database.

    `video_path` is absolute, or None while a clip of a key-point-only cohort has not been rendered.
    `digest` is the SHA-256 of the video file (or of the key points where there is no video), hex.
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
    """The label that counts for a clip now. `conflict`: a human label and the gold label differ."""

    clip_id: int
    label: str
    source: LabelSource
    conflict: bool
