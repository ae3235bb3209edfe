"""What `auto` means on this machine.

No backend ever stands in for another silently: `auto` is resolved here alone, before any work, and says what it took. Nothing
here imports a model's library, OpenCV included: doctor asks too.
"""

from dataclasses import dataclass
from pathlib import Path

from core.errors import SettingsError
from core.settings.perception import PerceptionSettings
from labeling.perception.person.yolo_weights import find_person_weights
from labeling.perception.transformers_checkpoints import find_checkpoint


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings in which no backend is `auto` any more, and one sentence for each stage: which backend it is, and why."""

    settings: PerceptionSettings
    parts: tuple[str, ...]


def resolve(settings: PerceptionSettings, weights_dir: Path) -> Resolved:
    """Decides what `auto` means on this machine. Raises SettingsError for backends that do not go together."""
    person = _resolved(
        "person",
        settings.person,
        model=f"yolo ({settings.person_weights})",
        built_in="keypoint-box",
        weights=settings.person_weights,
        there=settings.person == "auto" and find_person_weights(settings, weights_dir) is not None,
    )
    image = _resolved(
        "image",
        settings.image,
        model=f"transformers ({settings.image_model})",
        built_in="hog",
        weights=settings.image_model,
        there=settings.image == "auto" and find_checkpoint(settings.image_model, weights_dir) is not None,
    )
    text = _resolved(
        "text",
        settings.text,
        model=f"transformers ({settings.text_model})",
        built_in="hashing",
        weights=settings.text_model,
        there=settings.text == "auto" and find_checkpoint(settings.text_model, weights_dir) is not None,
    )
    keypoints = f"key points: {settings.keypoints}, as the settings say."
    if settings.keypoints == "rtmw" and person[0] != "yolo":
        raise SettingsError(
            "perception.keypoints = rtmw looks inside the boxes of a detector; set perception.person = yolo as well."
        )
    chosen = settings.model_copy(update={"person": person[0], "image": image[0], "text": text[0]})
    return Resolved(chosen, (person[1], image[1], keypoints, text[1]))


def _resolved(stage: str, name: str, *, model: str, built_in: str, weights: str, there: bool) -> tuple[str, str]:
    if name != "auto":
        return name, f"{stage}: {model if name != built_in else built_in}, as the settings say."
    if there:
        return model.split(" ", maxsplit=1)[0], f"{stage}: {model}, whose weights are on this machine."
    return built_in, f"{stage}: {built_in}, since {weights} is not on this machine."
