"""Key points by RTMW, a whole-body pose model (Jiang et al., arXiv 2407.08634), run by rtmlib on ONNX Runtime.

Works with any model of the RTMPose and RTMW families with the 133 points of COCO-WholeBody. rtmlib crops the picture to the
person box, decodes the model's SimCC and converts the points to its OpenPose form; `openpose137` maps those to the 137.

**Confidences differ from OpenPose's.** A point's score is the maximum of its SimCC responses, averaged over x and y. These
are unbounded logits: about 0 to 1 for models of the RTMPose family, up to 5 and more for RTMW, whose training
scales them by ten. A score s becomes the confidence s / (1 + s), which is below 1 and keeps the order, whereas clipping at 1
would make most of RTMW's points equal. It is neither a probability nor the height of OpenPose's heatmap; thresholds that
were set for OpenPose have another meaning here.

RTMW always places every point. To be similar to OpenPose, these count as missing, (0, 0, 0):

- a point with a score below `MISSING_BELOW`, rtmlib's own threshold, or outside the picture
- a hand whose wrist, elbow or shoulder is missing
- a face or hand of which fewer than half the points remain
"""

import hashlib
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import SettingsError, WeightsError
from core.pose.skeleton import (
    FACE,
    JOINT_COUNT,
    LEFT_ELBOW,
    LEFT_HAND,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_HAND,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from core.settings.perception import PerceptionSettings
from core.types.features import Producer
from labeling.interfaces import Picture
from labeling.perception.keypoints.openpose137 import to_openpose137
from labeling.perception.keypoints.rtmw_weights import (
    MISSING_RTMLIB,
    find_pose_weights,
    missing_pose_weights,
    rtmlib_is_installed,
)
from labeling.settings_digest import settings_digest

MISSING_BELOW = 0.3
"""Score (before the conversion to a confidence) below which a point is missing."""

_COCO_WHOLEBODY_JOINTS = 133
_BINS_PER_PIXEL = 2  # of SimCC; rtmlib supports no other value
_ARMS = (
    (LEFT_HAND, (LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST)),
    (RIGHT_HAND, (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST)),
)
_PROVIDERS = {"cuda": "CUDAExecutionProvider", "mps": "CoreMLExecutionProvider", "cpu": "CPUExecutionProvider"}


class RtmwKeypoints:
    """Estimates the points of the person in a box. Weights are found and hashed by the constructor, loaded on first use."""

    def __init__(self, settings: PerceptionSettings, weights_dir: Path) -> None:
        """Raises SettingsError if rtmlib is not installed, WeightsError if the weights are not on this machine."""
        if not rtmlib_is_installed():
            raise SettingsError(MISSING_RTMLIB)
        weights = find_pose_weights(settings, weights_dir)
        if weights is None:
            raise WeightsError(missing_pose_weights(settings, weights_dir))
        self._weights = weights
        self._device = settings.device
        self._model: Any = None
        with weights.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.producer = Producer("rtmw", "1", settings_digest({"weights": digest, "missing_below": MISSING_BELOW}))

    def begin(self, name: str) -> None:
        """Nothing to do: each picture is looked at by itself."""

    def estimate(self, frame_bgr: Picture, box_xyxy_px: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(137, 3): x px, y px, confidence (see the module); all missing if the box is NaN or empty.

        Raises WeightsError if the weights cannot be used, SettingsError if ONNX Runtime lacks the device.
        """
        self.load()
        height, width = frame_bgr.shape[:2]
        box = np.clip(box_xyxy_px, 0, (width, height, width, height))
        if not (box[2:] - box[:2] >= 1).all():  # also true for NaN
            return np.zeros((JOINT_COUNT, 3), dtype=np.float32)
        # The models expect RGB (`bgr_to_rgb` in their settings); rtmlib does not convert.
        places, scores = self._model(cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2RGB), bboxes=[box_xyxy_px])
        points = to_openpose137(np.column_stack((places[0], scores[0])))
        return _as_openpose_would(points, width, height)

    def load(self) -> None:
        """Raises WeightsError if the weights cannot be used, SettingsError if ONNX Runtime lacks the device."""
        if self._model is None:
            self._model = self._load()

    def _load(self) -> Any:
        from rtmlib import RTMPose

        device = _rtmlib_device(self._device)
        try:
            with redirect_stdout(sys.stderr):  # rtmlib prints to stdout, where commands print JSON
                model = RTMPose(str(self._weights), to_openpose=True, backend="onnxruntime", device=device)
        except (
            Exception
        ) as error:  # ONNX Runtime's errors have no common base class; each means that the file cannot be used
            raise WeightsError(f"{self._weights} cannot be loaded by ONNX Runtime ({_first_line(error)}).") from error
        provider = model.session.get_providers()[0]
        if self._device != "auto" and provider != _PROVIDERS[self._device.split(":")[0]]:
            raise SettingsError(
                f"perception.device is {self._device!r}, but ONNX Runtime could only start {provider}; repair its "
                "libraries, or set perception.device = auto."
            )
        model.model_input_size = self._checked_input_size(model)
        return model

    def _checked_input_size(self, model: Any) -> tuple[int, int]:
        """The model's input (width, height) px, read from its file and verified with an empty picture."""
        inputs, outputs = model.session.get_inputs(), model.session.get_outputs()
        shape = inputs[0].shape
        if len(inputs) != 1 or len(outputs) != 2 or len(shape) != 4 or shape[1] != 3:
            raise self._of_another_task(f"it has {len(inputs)} input, {shape}, and {len(outputs)} outputs")
        height, width = shape[2:]
        if not isinstance(height, int) or not isinstance(width, int):
            raise self._of_another_task(f"its input {shape} has no fixed size")
        try:
            found = [response.shape for response in model.inference(np.zeros((height, width, 3), dtype=np.float32))]
        except Exception as error:  # see _load
            raise WeightsError(f"{self._weights} cannot be run by ONNX Runtime ({_first_line(error)}).") from error
        if found != [(1, _COCO_WHOLEBODY_JOINTS, _BINS_PER_PIXEL * side) for side in (width, height)]:
            raise self._of_another_task(f"its outputs for {width} x {height} pixels are {found[0]} and {found[1]}")
        return width, height

    def _of_another_task(self, what: str) -> WeightsError:
        return WeightsError(
            f"{self._weights} is no whole-body pose model of rtmlib: {what}; one picture in and two SimCC responses of "
            f"{_COCO_WHOLEBODY_JOINTS} points out are needed (perception.keypoint_weights)."
        )


def _rtmlib_device(name: str) -> str:
    """rtmlib's name of the device `perception.device`. Raises SettingsError for one that ONNX Runtime does not have."""
    from onnxruntime import get_available_providers

    available = get_available_providers()
    if name == "auto":
        return "cuda" if _PROVIDERS["cuda"] in available else "cpu"
    provider = _PROVIDERS[name.split(":", maxsplit=1)[0]]
    if provider not in available:
        raise SettingsError(
            f"perception.device is {name!r}, but this ONNX Runtime has no {provider} for the key points; install one that "
            "has (onnxruntime-gpu in place of onnxruntime), or set perception.device = auto."
        )
    return name


def _as_openpose_would(points: npt.NDArray[np.float32], width_px: int, height_px: int) -> npt.NDArray[np.float32]:
    """Converts scores (third column of (137, 3)) to confidences and removes points that count as missing."""
    x, y, score = points.T
    missing = ~((score >= MISSING_BELOW) & (x >= 0) & (x < width_px) & (y >= 0) & (y < height_px))
    for hand, arm in _ARMS:
        missing[hand] |= missing[list(arm)].any()
    for part in (FACE, LEFT_HAND, RIGHT_HAND):
        missing[part] |= missing[part].mean() > 0.5
    kept = np.column_stack((x, y, score / (1 + score))).astype(np.float32)
    kept[missing] = 0
    return kept


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
