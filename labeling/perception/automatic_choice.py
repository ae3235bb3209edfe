"""Resolving the setting `auto`: the model if its weights are on this machine, else the built-in backend.

It is resolved only here, before any work, and always reported, so that no backend replaces another silently. Imports no
model's library (nor OpenCV), as the web process and `telltale doctor` use this module.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import SettingsError
from core.settings.perception import PerceptionSettings
from labeling.perception.keypoints.mediapipe_packages import mediapipe_is_installed, missing_mediapipe
from labeling.perception.keypoints.rtmw_weights import find_pose_weights, rtmlib_is_installed
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
    keypoints = _keypoints(settings, weights_dir, person[0])
    if settings.keypoints == "rtmw" and person[0] != "yolo":
        raise SettingsError(
            "perception.keypoints = rtmw looks inside the boxes of a detector; set perception.person = yolo as well."
        )
    chosen = settings.model_copy(
        update={"person": person[0], "image": image[0], "keypoints": keypoints[0], "text": text[0]}
    )
    return Resolved(chosen, (person[1], image[1], keypoints[1], text[1]))


def person_is_found_in(settings: PerceptionSettings, weights_dir: Path) -> tuple[str, ...]:
    """Which of "video" and "key points" the person is found in, so that a clip with none of these cannot be measured."""
    if settings.person == "yolo" or (
        settings.person == "auto" and find_person_weights(settings, weights_dir) is not None
    ):
        return ("video",)
    estimated = _keypoints(settings, weights_dir, "keypoint-box")[0] == "mediapipe"
    return ("video", "key points") if estimated else ("key points",)


def estimates_keypoints(settings: PerceptionSettings, weights_dir: Path) -> bool:
    """Whether key points are found in videos that were imported without."""
    return settings.keypoints != "openpose-json" and (
        settings.keypoints != "auto" or _keypoints(settings, weights_dir, "yolo")[0] != "openpose-json"
    )


def _keypoints(settings: PerceptionSettings, weights_dir: Path, person: str) -> tuple[str, str]:
    """The backend's name, and the sentence on it; RTMW needs the boxes of a detector."""
    weights = settings.keypoint_weights
    if settings.keypoints != "auto":
        return settings.keypoints, f"key points: {settings.keypoints}, as the settings say."
    imported = "imported ones first, then"
    if person == "yolo" and rtmlib_is_installed() and find_pose_weights(settings, weights_dir) is not None:
        return "rtmw", f"key points: {imported} rtmw ({weights}), whose weights are on this machine."
    if mediapipe_is_installed():
        return "mediapipe", f"key points: {imported} mediapipe, which is built in."
    return "openpose-json", f"key points: imported ones alone. {missing_mediapipe()}"


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
