"""Person detection by Ultralytics: YOLO 11x as in the paper (arXiv 2602.08057), or other weights and class names."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import SettingsError, WeightsError
from core.settings.perception import PerceptionSettings
from core.types.features import Producer
from labeling.interfaces import FrameDetections, Picture
from labeling.perception.person.box_track import SMOOTHING
from labeling.perception.person.interviewee import CHOICE
from labeling.perception.person.yolo_environment import import_ultralytics, threads_kept
from labeling.perception.person.yolo_weights import OPENVINO_FOLDER, find_person_weights, missing_person_weights
from labeling.settings_digest import settings_digest

_NAMES_SHOWN = 12


class YoloPersons:
    """Detects the settings' classes. Weights are found and hashed by the constructor, loaded on first use.

    Weights are a `.pt` (unpickled without running its code), an `.onnx`, or the folder of an OpenVINO export. On CUDA, a
    `.pt` runs in half precision if its boxes can be computed in float32.
    """

    def __init__(self, settings: PerceptionSettings, weights_dir: Path) -> None:
        """Raises WeightsError if the weights are not on this machine, or of an unsupported kind."""
        weights = find_person_weights(settings, weights_dir)
        if weights is None:
            raise WeightsError(missing_person_weights(settings, weights_dir))
        self._weights = weights
        self._is_pickle = weights.is_file() and weights.suffix == ".pt"
        is_openvino = weights.is_dir() and weights.name.endswith(OPENVINO_FOLDER)
        if not (self._is_pickle or is_openvino or (weights.is_file() and weights.suffix == ".onnx")):
            raise WeightsError(
                f"{weights} is not loaded as a person detector: it is no .pt, no .onnx, and no OpenVINO folder whose name "
                f"ends with {OPENVINO_FOLDER}."
            )
        self._settings = settings
        self._model: Any = None
        self._classes: list[int] | None = None
        self._one_by_one = False
        self._in_half = False
        self.producer = Producer(
            "yolo",
            "1",
            settings_digest(
                {
                    "weights": digest_of(weights),
                    "classes": sorted(settings.person_classes),
                    "confidence": settings.person_confidence,
                    "every": settings.person_every,
                    "tracker": settings.tracker,
                    "choice": CHOICE,
                    **SMOOTHING,
                }
            ),
        )

    def detect(self, frames_bgr: Sequence[Picture]) -> list[FrameDetections]:
        """Detections of each frame, in that frame's pixels, by descending confidence.

        Raises WeightsError if the weights cannot be used, SettingsError if they have none of the classes.
        """
        self.load()
        return self._found_in(self._model, frames_bgr)

    def load(self) -> None:
        """Raises WeightsError if the weights cannot be used, SettingsError if they have none of the classes."""
        if self._model is None:
            self._model = self._load()

    def _found_in(self, model: Any, frames_bgr: Sequence[Picture]) -> list[FrameDetections]:
        batches = [[frame] for frame in frames_bgr] if self._one_by_one else [list(frames_bgr)]
        return [_detections(result) for batch in batches if batch for result in self._predict(model, batch)]

    def _predict(self, model: Any, frames_bgr: list[Picture]) -> list[Any]:
        results: list[Any] = model.predict(
            frames_bgr,
            conf=self._settings.person_confidence,
            classes=self._classes,
            agnostic_nms=True,  # a person who matches several of the classes is detected once
            device=self._device,
            quantize=16 if self._in_half and self._device.type == "cuda" else None,
            verbose=False,
        )
        return results

    def _load(self) -> Any:
        import_ultralytics()
        from ultralytics import YOLO

        from labeling.perception.device import loading_alone, pick_device
        from labeling.perception.person.float_boxes import decode_in_float32

        self._device = pick_device(self._settings.device)
        path = self._weights
        try:
            with loading_alone(), threads_kept():
                model = YOLO(str(path), task=None if self._is_pickle else "detect")
                if self._is_pickle:  # the task of an export is known only after a run
                    self._check_task(model.task)
                    self._in_half = decode_in_float32(model.model)
                self._one_by_one = not self._takes_batches(model)
        except WeightsError:
            raise
        except Exception as error:  # the library raises many types; each means that the file cannot be used
            raise WeightsError(_unusable(path, error)) from error
        backend = model.predictor.model
        self._check_task(backend.task or "detect")
        self._classes = self._ids(backend.names)
        return model

    def _takes_batches(self, model: Any) -> bool:
        """Whether the model accepts a batch of two; tried out, as exports do not always state it."""
        blank = np.zeros((64, 64, 3), dtype=np.uint8)
        self._predict(model, [blank])
        if self._is_pickle:
            return True
        try:
            self._predict(model, [blank, blank])
        except Exception:  # runtimes raise various types for an unsupported batch size
            return False
        return True

    def _check_task(self, task: str) -> None:
        if task != "detect":
            raise WeightsError(f"{self._weights} is a model for the task {task!r}; a detector of people is needed.")

    def _ids(self, names: Mapping[int, str]) -> list[int]:
        known = list(names.values())
        for wanted in self._settings.person_classes:
            if wanted not in known:
                some = ", ".join(known[:_NAMES_SHOWN]) + (", …" if len(known) > _NAMES_SHOWN else "")
                raise SettingsError(
                    f"perception.person_classes: {self._weights.name} knows no class {wanted!r}; it knows {some}."
                )
        return [number for number, name in names.items() if name in self._settings.person_classes]


def digest_of(weights: Path) -> str:
    """Hex SHA-256 of a file, or of all files of a folder with their names."""
    if weights.is_file():
        with weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    whole = hashlib.sha256()
    for path in sorted(path for path in weights.rglob("*") if path.is_file()):
        whole.update(path.relative_to(weights).as_posix().encode() + b"\0")
        whole.update(digest_of(path).encode())
    return whole.hexdigest()


def _detections(result: Any) -> FrameDetections:
    boxes = result.boxes.cpu().numpy()
    return FrameDetections(np.asarray(boxes.xyxy, dtype=np.float32), np.asarray(boxes.conf, dtype=np.float32))


def _unusable(path: Path, error: Exception) -> str:
    if "outside the supported" in str(error):
        return f"{path} is refused: it holds something other than an Ultralytics model, and reading that could run its code."
    first = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return f"{path} cannot be read as the weights of an Ultralytics detector ({first.rstrip('.')})."
