"""What each stage of perception and labelling must offer; every part, embedded or strong, is one of these.

A part is chosen by name in the settings and records itself as a `core.records.Producer` with all that it made.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.keypoints import KeypointTrack
from core.records import Clip, CueMeasurement, Labeler, LabelerAnswer, Producer
from core.taxonomy import Taxonomy


class PersonDetector(Protocol):
    """Finds the interviewee."""

    producer: Producer

    def boxes(self, clip: Clip, track: KeypointTrack | None) -> npt.NDArray[np.float32]:
        """(T, 4) x0, y0, x1, y1 in pixels of the upright frame, NaN where nobody is there."""


class ImageEncoder(Protocol):
    """Turns portraits into features."""

    producer: Producer
    width: int

    def encode(self, portraits_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float16]:
        """(N, H, W, 3) square portraits to (N, width)."""


class TextEncoder(Protocol):
    """Turns a transcript into features."""

    producer: Producer
    width: int

    def encode(self, sentences: list[str]) -> npt.NDArray[np.float16]:
        """(S,) sentences to (S, width)."""


@dataclass(frozen=True, slots=True)
class ClipEvidence:
    """All that a labeler may look at. It never holds a gold label, a truth, or a clip of the test split."""

    clip: Clip
    cues: CueMeasurement


class LabelerPart(Protocol):
    """Proposes a label with checkable claims."""

    labeler: Labeler
    settings_digest: str

    def label(self, evidence: ClipEvidence, taxonomy: Taxonomy) -> LabelerAnswer:
        """Both passes on one clip. Raises LabelingError where no usable answer came."""
