"""The alternative: the loop of a typical notebook, written as in the first examples of the libraries.

Frame by frame: read, detect, crop, preprocess, encode. No batches, no threads, nothing stored.
"""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from benchmarks.perception.inputs import person_box
from core.settings.perception import PerceptionSettings
from labeling.perception.device import compute_dtype, pick_device
from labeling.perception.person.yolo_environment import import_ultralytics, threads_kept
from labeling.perception.pipeline.plan import ClipVideo, portrait_of


class NotebookLoop:
    """Has the models, classes, confidence, crop, device and precision of the pipeline, so that only the loop
    differs.

    It uses all processors, although Ultralytics would reduce them in a notebook.
    """

    def __init__(self, settings: PerceptionSettings, person_weights: Path, image_model: Path) -> None:
        import_ultralytics()
        from transformers import AutoImageProcessor, AutoModel  # takes seconds, as YOLO does
        from ultralytics import YOLO

        self._settings = settings
        self._device = pick_device(settings.device)
        self._detector = YOLO(str(person_weights), task="detect")
        self._processor = AutoImageProcessor.from_pretrained(image_model)
        dtype = compute_dtype(self._device)
        self._encoder = AutoModel.from_pretrained(image_model, dtype=dtype).to(self._device).eval()
        self._dtype = dtype
        with threads_kept():  # the first prediction picks the device
            self._detector.predict(np.zeros((64, 64, 3), np.uint8), device=self._device, verbose=False)

    def run(self, video: ClipVideo, *, frames: int | None = None) -> int:
        """Returns the number of frames; stops after `frames`."""
        settings, box = self._settings, person_box(video.width_px, video.height_px)
        features: list[npt.NDArray[np.float32]] = []
        capture = cv2.VideoCapture(str(video.path))
        try:
            while frames is None or len(features) < frames:
                there, picture = capture.read()
                if not there:
                    break
                self._detector.predict(picture, conf=settings.person_confidence, device=self._device, verbose=False)
                portrait = portrait_of(
                    picture.astype(np.uint8, copy=False), box, settings.crop_margin, settings.image_px
                )
                features.append(self._encode(portrait))
        finally:
            capture.release()
        return len(np.concatenate(features))

    def _encode(self, portrait_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        rgb = cv2.cvtColor(portrait_bgr, cv2.COLOR_BGR2RGB)
        with torch.inference_mode():
            prepared = self._processor(images=rgb, return_tensors="pt")["pixel_values"].to(self._device, self._dtype)
            features = self._encoder(pixel_values=prepared).last_hidden_state[:, 0]
            return np.asarray(features.float().cpu().numpy(), dtype=np.float32)
