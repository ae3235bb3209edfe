"""Resolving the setting `auto`: the model if its weights are on this machine, else the built-in backend.

It is resolved only here, before any work, and always reported, so that no backend replaces another silently. Imports no
model's library (nor OpenCV), as the web process and `telltale doctor` use this module.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import SettingsError
from core.settings.perception import PerceptionSettings
from labeling.perception.person.yolo_weights import find_person_weights
from labeling.perception.transformers_checkpoints import find_checkpoint


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings without `auto`, and in `parts` one sentence per stage: which backend it uses, and why."""

    settings: PerceptionSettings
    parts: tuple[str, ...]


def resolve(settings: PerceptionSettings, weights_dir: Path) -> Resolved:
    """Replaces `auto` by the backends of this machine. Raises SettingsError for backends that cannot be combined."""
    person = _resolved(
        "person",
        settings.person,
        _Model("yolo", settings.person_weights, lambda: find_person_weights(settings, weights_dir)),
        "keypoint-box",
    )
    image = _resolved("image", settings.image, _checkpoint(settings.image_model, weights_dir), "hog")
    text = _resolved("text", settings.text, _checkpoint(settings.text_model, weights_dir), "hashing")
    keypoints = f"key points: {settings.keypoints}, as the settings say."
    if settings.keypoints == "rtmw" and person[0] != "yolo":
        raise SettingsError(
            "perception.keypoints = rtmw looks inside the boxes of a detector; set perception.person = yolo as well."
        )
    chosen = settings.model_copy(update={"person": person[0], "image": image[0], "text": text[0]})
    return Resolved(chosen, (person[1], image[1], keypoints, text[1]))


def boxes_come_from_keypoints(settings: PerceptionSettings, weights_dir: Path) -> bool:
    """Whether the person is found by the key points alone, so that a clip without any cannot be measured."""
    if settings.person != "auto":
        return settings.person == "keypoint-box"
    return find_person_weights(settings, weights_dir) is None


@dataclass(frozen=True, slots=True)
class _Model:
    """A backend with weights; `find` returns None if they are not on this machine."""

    backend: str
    weights: str
    find: Callable[[], object]


def _checkpoint(name: str, weights_dir: Path) -> _Model:
    return _Model("transformers", name, lambda: find_checkpoint(name, weights_dir))


def _resolved(stage: str, name: str, model: _Model, built_in: str) -> tuple[str, str]:
    """The backend's name, and the sentence on it."""
    told = f"{model.backend} ({model.weights})"
    if name != "auto":
        return name, f"{stage}: {built_in if name == built_in else told}, as the settings say."
    if model.find() is not None:
        return model.backend, f"{stage}: {told}, whose weights are on this machine."
    return built_in, f"{stage}: {built_in}, since {model.weights} is not on this machine."
