"""People in pictures by an Ultralytics detector: YOLO 11x as in the paper, or any other weights and class names."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import SettingsError, WeightsError
from core.records import Producer
from core.settings import PerceptionSettings
from labeling.digest import settings_digest
from labeling.perception.box_track import SMOOTHING
from labeling.perception.interviewee import CHOICE
from labeling.perception.yolo_environment import quiet_ultralytics
from labeling.perception.yolo_weights import find_person_weights, missing_person_weights
from labeling.protocols import FrameDetections, Picture

_NAMES_SHOWN = 12


class YoloPersons:
    """Detections of the settings' classes. The weights are named at once and loaded at the first picture."""

    def __init__(self, settings: PerceptionSettings, weights_dir: Path) -> None:
        """Raises WeightsError where the weights are not on this machine."""
        weights = find_person_weights(settings, weights_dir)
        if weights is None:
            raise WeightsError(missing_person_weights(settings, weights_dir))
        self._weights = weights
        self._settings = settings
        self._model: Any = None
        self._classes: list[int] = []
        self._one_by_one = False
        self.producer = Producer(
            "yolo",
            "1",
            settings_digest(
                {
                    "weights": digest_of(weights),
                    "classes": list(settings.person_classes),
                    "confidence": settings.person_confidence,
                    "every": settings.person_every,
                    "tracker": settings.tracker,
                    "choice": CHOICE,
                    **SMOOTHING,
                }
            ),
        )

    def detect(self, frames_bgr: Sequence[Picture]) -> list[FrameDetections]:
        """One answer a frame: boxes in that frame's pixels, best first. Raises WeightsError, SettingsError."""
        if self._model is None:
            self._load()
        batches = [[frame] for frame in frames_bgr] if self._one_by_one else [list(frames_bgr)]
        return [found for batch in batches if batch for found in self._predict(batch)]

    def _predict(self, frames_bgr: list[Picture]) -> list[FrameDetections]:
        device = str(self._device)
        results = self._model.predict(
            frames_bgr,
            conf=self._settings.person_confidence,
            classes=self._classes,
            device=device,
            half=device.startswith("cuda"),
            verbose=False,
        )
        found = []
        for result in results:
            boxes = result.boxes.cpu().numpy()
            found.append(
                FrameDetections(np.asarray(boxes.xyxy, dtype=np.float32), np.asarray(boxes.conf, dtype=np.float32))
            )
        return found

    def _load(self) -> None:
        quiet_ultralytics()
        import ultralytics.nn.tasks
        from ultralytics import YOLO

        from labeling.perception.device import pick_device

        self._device = pick_device(self._settings.device)
        path = self._weights
        if path.suffix == ".pt" and not (ultralytics.nn.tasks._SafeLoad.SUPPORTED and ultralytics.nn.tasks.SAFE_LOAD):
            raise WeightsError(
                f"{path} is not loaded: this Ultralytics cannot read weights without running their code."
            )
        try:
            model = YOLO(str(path), task="detect" if path.suffix != ".pt" else None)
            names = model.names
        except WeightsError:
            raise
        except Exception as error:  # the library raises whatever its readers do; all mean that the file is of no use
            raise WeightsError(_unusable(path, error)) from error
        if model.task != "detect":
            raise WeightsError(f"{path} is a model for the task {model.task!r}; a detector of people is needed.")
        self._classes = self._ids(dict(names))
        self._model = model
        self._one_by_one = path.suffix != ".pt" and not self._takes_batches()

    def _takes_batches(self) -> bool:
        """Whether an exported model was made for batches of any size: tried, since not every export says so."""
        blank = np.zeros((64, 64, 3), dtype=np.uint8)
        try:
            self._predict([blank, blank])
        except Exception:  # whatever the runtime raises for a batch it was not made for
            self._predict([blank])
            return False
        return True

    def _ids(self, names: dict[int, str]) -> list[int]:
        wanted = self._settings.person_classes
        ids = [number for number, name in names.items() if name in wanted]
        missing = sorted(set(wanted) - set(names.values()))
        if missing:
            some = ", ".join(list(names.values())[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
            raise SettingsError(
                f"perception.person_classes: {self._weights.name} knows no class {missing[0]!r}; it knows {some}."
            )
        return ids


def digest_of(weights: Path) -> str:
    """SHA-256, hex, of a file, or of all files of a folder with their names."""
    if weights.is_file():
        with weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    whole = hashlib.sha256()
    for path in sorted(path for path in weights.rglob("*") if path.is_file()):
        whole.update(path.relative_to(weights).as_posix().encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()


def _unusable(path: Path, error: Exception) -> str:
    text = str(error)
    if "outside the supported" in text or "Unsupported" in text or "weights_only" in text.lower():
        return f"{path} is refused: it holds more than the weights of a known model, and reading it might run its code."
    first = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    return f"{path} cannot be read as the weights of an Ultralytics model ({first})."
