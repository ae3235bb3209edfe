"""Image features of portraits by a vision transformer: DINOv2-Base as in the paper, or any AutoModel vision checkpoint.

Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", TMLR 2024.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import WeightsError
from core.settings.perception import PerceptionSettings
from core.types.features import Producer
from labeling.perception.transformers_checkpoints import (
    digest_of_checkpoint,
    find_checkpoint,
    load_model,
    missing_checkpoint,
    unusable_checkpoint,
)
from labeling.settings_digest import settings_digest

_LARGEST = float(np.finfo(np.float16).max)


class TransformersImage:
    """The CLS token after the last layer, or the mean over all tokens if a model has none.

    Portraits are scaled to 0..1 and normalized with the mean and standard deviation of the checkpoint's image processor.
    Values beyond float16 (of no known checkpoint) are clipped.
    """

    def __init__(self, settings: PerceptionSettings, weights_dir: Path) -> None:
        """Raises WeightsError if the checkpoint is not on this machine."""
        folder = find_checkpoint(settings.image_model, weights_dir)
        if folder is None:
            raise WeightsError(missing_checkpoint("image", settings.image_model, weights_dir, "hog"))
        self._folder = folder
        self._settings = settings
        self._model: Any = None
        self.portrait_px = settings.image_px
        self.producer = Producer(
            "transformers-image",
            "1",
            settings_digest(
                {
                    "checkpoint": digest_of_checkpoint(folder),
                    "px": settings.image_px,
                    "every_s": settings.image_every_s,
                    "margin": settings.crop_margin,
                }
            ),
        )

    def encode(self, portraits_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float16]:
        """(N, portrait_px, portrait_px, 3) BGR to (N, D). Raises WeightsError if the checkpoint cannot be used."""
        self.load()
        import torch

        with torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(portraits_bgr[..., ::-1])).to(self._device)
            pixels = pixels.permute(0, 3, 1, 2).to(self._dtype).div_(255).sub_(self._mean).div_(self._deviation)
            states = self._model(pixel_values=pixels).last_hidden_state
            features = (
                states[:, 0] if self._has_cls else states.flatten(2).mean(-1) if states.ndim == 4 else states.mean(1)
            )
            return np.asarray(features.float().clamp(-_LARGEST, _LARGEST).cpu().numpy(), dtype=np.float16)

    def load(self) -> None:
        """Raises WeightsError if the checkpoint cannot be used."""
        if self._model is None:
            self._load()

    def _load(self) -> None:
        import torch

        from labeling.perception.device import compute_dtype, pick_device

        self._device = pick_device(self._settings.device)
        self._dtype = compute_dtype(self._device)
        model = load_model(self._folder, self._device, self._dtype)
        if getattr(model, "main_input_name", "") != "pixel_values":
            raise WeightsError(f"The checkpoint {self._folder} is no vision model ({type(model).__name__}).")
        self._has_cls = any(name.endswith(("cls_token", "class_embedding")) for name, _ in model.named_parameters())
        mean, deviation = self._normalization()
        self._mean = torch.tensor(mean, device=self._device, dtype=self._dtype).view(1, 3, 1, 1)
        self._deviation = torch.tensor(deviation, device=self._device, dtype=self._dtype).view(1, 3, 1, 1)
        self._model = model
        try:
            self.encode(np.zeros((1, self.portrait_px, self.portrait_px, 3), dtype=np.uint8))
        except Exception as error:  # such as for a size that is no multiple of the model's patches
            self._model = None
            raise WeightsError(unusable_checkpoint(self._folder, error)) from error

    def _normalization(self) -> tuple[list[float], list[float]]:
        from transformers import AutoImageProcessor

        if not (self._folder / "preprocessor_config.json").is_file():
            raise WeightsError(
                f"The checkpoint {self._folder} has no preprocessor_config.json to normalise pictures by."
            )
        try:
            processor = AutoImageProcessor.from_pretrained(str(self._folder), local_files_only=True)
            return list(processor.image_mean), list(processor.image_std)
        except Exception as error:  # as above
            raise WeightsError(unusable_checkpoint(self._folder, error)) from error
