"""[perception]: which backend extracts which features, and its parameters."""

from typing import Literal

from pydantic import Field

from core.outcome_words import OUTCOME_WORDS
from core.settings.section import Section


class _Person(Section):
    """The interviewee"""

    person: Literal["auto", "yolo", "keypoint-box"] = Field(
        "auto",
        description="How the interviewee is found: by an Ultralytics detector, or by the box around the key points.",
    )
    person_weights: str = Field(
        "yolo11x.pt", min_length=1, description="Ultralytics detector: name or path of a .pt, .onnx or OpenVINO folder."
    )
    person_classes: tuple[str, ...] = Field(
        ("person",), min_length=1, description="Names of the detector's classes that count as a person."
    )
    person_confidence: float = Field(0.25, gt=0, lt=1, description="Detections below are dropped.")
    person_every: int = Field(1, ge=1, le=250, description="The detector runs on every n-th frame; 1 as in the paper.")
    person_batch: int = Field(8, ge=1, le=256, description="Frames that the detector gets at once.")
    tracker: Literal["bytetrack", "botsort"] = Field(
        "bytetrack", description="Ultralytics tracker that joins the detections of one person over time."
    )


class _Portrait(Section):
    """The portrait"""

    image: Literal["auto", "transformers", "hog"] = Field(
        "auto",
        description="What turns a portrait into numbers: a vision checkpoint, or histograms of oriented gradients.",
    )
    image_model: str = Field(
        "facebook/dinov2-base", min_length=1, description="Any AutoModel vision checkpoint: name on the hub, or folder."
    )
    image_px: int = Field(224, ge=14, le=1024, description="Side of the image model's square input, in pixels.")
    image_batch: int = Field(16, ge=1, le=1024, description="Portraits that the image model gets at once.")
    image_every_s: float = Field(0.2, gt=0, description="Seconds between the frames of which image features are made.")
    crop_margin: float = Field(0.25, ge=0, le=2, description="Share of the box added on each side of the portrait.")


class _KeyPoints(Section):
    """Key points"""

    keypoints: Literal["auto", "openpose-json", "rtmw", "mediapipe"] = Field(
        "auto",
        description="Key points as they were imported from OpenPose alone, or those and, for videos without, estimates by "
        "RTMW or MediaPipe Holistic.",
    )
    keypoint_weights: str = Field(
        "rtmw-l.onnx",
        min_length=1,
        description="Whole-body pose model of rtmlib (133 COCO points): name or path of an .onnx.",
    )


class _Words(Section):
    """The words"""

    text: Literal["auto", "transformers", "hashing"] = Field(
        "auto", description="What turns a transcript into numbers: a text checkpoint, or hashed words."
    )
    text_model: str = Field(
        "bert-base-uncased", min_length=1, description="Any AutoModel text checkpoint: name on the hub, or folder."
    )
    mask_outcome_words: bool = Field(
        True, description="Hide words that state the result (outcome_words) before a transcript is encoded."
    )
    outcome_words: tuple[str, ...] = Field(
        OUTCOME_WORDS, description="Words and phrases that state the result; all their inflections must be listed."
    )


class _Machine(Section):
    """The machine"""

    device: str = Field("auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="Where the models run.")
    frame_memory_mib: int = Field(
        256, ge=32, le=65536, description="Decoded pictures of one clip that may be in memory at a time."
    )


class PerceptionSettings(_Machine, _Words, _KeyPoints, _Portrait, _Person):
    """Which backend does each stage; `telltale doctor` lists those that this machine has.

    `auto` takes the model if its weights are on this machine and the built-in backend otherwise, and every command
    that uses it says which it took. Weights are looked for in the workspace's `weights/` first.
    """
