"""Feature files and who made them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FeatureKind(StrEnum):
    """Kind of a feature file: detections and boxes of the interviewee, portrait features, key points, transcript features."""

    PERSON = "person"
    IMAGE = "image"
    KEYPOINTS = "keypoints"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Producer:
    """The model or method that made a feature. A training set never mixes producers of one kind."""

    name: str
    version: str
    settings_digest: str


@dataclass(frozen=True, slots=True)
class FeatureRecord:
    """One feature file; `path` is relative to the workspace's `features/`."""

    clip_id: int
    kind: FeatureKind
    producer: Producer
    path: str
    created_at: datetime


KEYPOINT_ESTIMATORS = {"rtmw": "rtmw", "mediapipe-holistic": "mediapipe"}
"""Names of the producers of key points that were estimated here, each with its name in the settings (`perception.keypoints`);
the key points of all other producers were imported."""
