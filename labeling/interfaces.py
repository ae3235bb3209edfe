"""Interfaces (typing.Protocol) of the backends of perception and labeling, models and built-in ones.

A backend is chosen by name in the settings, and its `core.types.features.Producer` is recorded with its features.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.taxonomy import Taxonomy
from core.types.clips import Clip
from core.types.cues import CueMeasurement
from core.types.features import Producer
from core.types.pseudo_labels import Labeler, LabelerAnswer
from core.types.transcript import TranscriptSegment

Picture = npt.NDArray[np.uint8]
"""(H, W, 3) BGR uint8, upright."""


@dataclass(frozen=True, slots=True)
class FrameDetections:
    """People found in one frame: `box_xyxy_px` float32 (N, 4) in pixels of that frame, `confidence` float32 (N,)."""

    box_xyxy_px: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32]


class PictureModel(Protocol):
    """A backend that works on pictures. The constructor is cheap: it only finds the weights.

    The pipeline calls `load` before its threads start, since some libraries change PyTorch's settings for all threads while
    they load.
    """

    producer: Producer

    def load(self) -> None:
        """Loads the weights, unless they are loaded. Raises WeightsError if they cannot be used."""


class PersonDetector(PictureModel, Protocol):
    """Detects people in pictures."""

    def detect(self, frames_bgr: Sequence[Picture]) -> list[FrameDetections]:
        """Detections of each frame, in order. Raises WeightsError if the weights cannot be used."""


class ImageEncoder(PictureModel, Protocol):
    """Turns portraits into features."""

    portrait_px: int

    def encode(self, portraits_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float16]:
        """(N, portrait_px, portrait_px, 3) square portraits to (N, D). Raises WeightsError."""


class KeypointEstimator(PictureModel, Protocol):
    """Estimates the 137 points of the person in a box."""

    def begin(self, name: str) -> None:
        """What follows are pictures of the video `name`, in order; called after `load`, before the first of them."""

    def estimate(self, frame_bgr: Picture, box_xyxy_px: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(137, 3) x px, y px, confidence in OpenPose's order; missing is (0, 0, 0). Raises WeightsError."""


class TextEncoder(Protocol):
    """Turns a transcript into features; masks outcome words if the settings say so."""

    producer: Producer

    def encode(self, sentences: Sequence[str]) -> npt.NDArray[np.float16]:
        """(S,) sentences in order to (S, D). Raises WeightsError."""


@dataclass(frozen=True, slots=True)
class ClipEvidence:
    """All information that a labeler gets on a clip. It has no gold or true label, and the clip is never of the test split."""

    clip: Clip
    cues: CueMeasurement
    words: tuple[TranscriptSegment, ...] = ()


class LabelerBackend(Protocol):
    """Proposes a label with checkable claims. `concurrency`: most clips that it may be asked about at a time.

    `equal_digests`: `settings_digest`, and those that earlier versions gave equal settings.
    """

    labeler: Labeler
    settings_digest: str
    equal_digests: frozenset[str]
    concurrency: int

    def label(self, evidence: ClipEvidence, taxonomy: Taxonomy) -> LabelerAnswer:
        """Labels one clip, in both passes. Raises LabelingError without a usable answer."""
