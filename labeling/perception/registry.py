"""The parts of perception by name, as `telltale.toml` names them.

No part ever stands in for another silently: `auto` is resolved in one place, before any work, and says what it took.
Nothing here imports a model's library; the parts do, when their first picture or sentence comes.
"""

from dataclasses import dataclass
from pathlib import Path

from core.errors import SettingsError
from core.records import Producer
from core.settings import PerceptionSettings
from labeling.perception.checkpoints import find_checkpoint
from labeling.perception.film_plan import FilmParts
from labeling.perception.image import Hog
from labeling.perception.person import KeypointBox
from labeling.perception.text import HashingText
from labeling.perception.yolo_weights import find_person_weights
from labeling.protocols import ImageEncoder, KeypointEstimator, PersonDetector, TextEncoder


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings in which no part is `auto` any more, and one sentence for each stage: which part it is, and why."""

    settings: PerceptionSettings
    parts: tuple[str, ...]


def resolve(settings: PerceptionSettings, weights_dir: Path) -> Resolved:
    """Decides what `auto` means on this machine. Raises SettingsError for parts that do not go together."""
    person = _resolved(
        "person",
        settings.person,
        strong=f"yolo ({settings.person_weights})",
        embedded="keypoint-box",
        weights=settings.person_weights,
        there=settings.person == "auto" and find_person_weights(settings, weights_dir) is not None,
    )
    image = _resolved(
        "image",
        settings.image,
        strong=f"transformers ({settings.image_model})",
        embedded="hog",
        weights=settings.image_model,
        there=settings.image == "auto" and find_checkpoint(settings.image_model, weights_dir) is not None,
    )
    text = _resolved(
        "text",
        settings.text,
        strong=f"transformers ({settings.text_model})",
        embedded="hashing",
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


def _resolved(stage: str, name: str, *, strong: str, embedded: str, weights: str, there: bool) -> tuple[str, str]:
    if name != "auto":
        return name, f"{stage}: {strong if name != embedded else embedded}, as the settings say."
    if there:
        return strong.split(" ", maxsplit=1)[0], f"{stage}: {strong}, whose weights are on this machine."
    return embedded, f"{stage}: {embedded}, since {weights} is not on this machine."


def person_producer(settings: PerceptionSettings, weights_dir: Path) -> Producer:
    """Who finds the person, of resolved settings. Raises WeightsError where weights cannot be found."""
    detector = _detector(settings, weights_dir)
    return KeypointBox.producer if detector is None else detector.producer


def _detector(settings: PerceptionSettings, weights_dir: Path) -> PersonDetector | None:
    """None where the box of the key points is taken instead."""
    if settings.person == "keypoint-box":
        return None
    from labeling.perception.yolo import YoloPersons

    return YoloPersons(settings, weights_dir)


def image_encoder(settings: PerceptionSettings, weights_dir: Path) -> ImageEncoder:
    """Of resolved settings. Raises WeightsError where its checkpoint cannot be found."""
    if settings.image == "hog":
        return Hog(settings.image_every_s, settings.crop_margin)
    from labeling.perception.image_model import TransformersImage

    return TransformersImage(settings, weights_dir)


def keypoint_estimator(settings: PerceptionSettings, weights_dir: Path) -> KeypointEstimator | None:
    """None where key points are only imported. Raises WeightsError where the model cannot be found."""
    if settings.keypoints != "rtmw":
        return None
    from labeling.perception.rtmw import RtmwKeypoints

    return RtmwKeypoints(settings, weights_dir)


def text_encoder(settings: PerceptionSettings, weights_dir: Path) -> TextEncoder:
    """Of resolved settings. Raises WeightsError where its checkpoint cannot be found."""
    if settings.text == "hashing":
        return HashingText(settings)
    from labeling.perception.text_model import TransformersText

    return TransformersText(settings, weights_dir)


def film_parts(settings: PerceptionSettings, weights_dir: Path, *, image: bool, keypoints: bool) -> FilmParts:
    """The parts that look at pictures; of resolved settings."""
    return FilmParts(
        detector=_detector(settings, weights_dir),
        encoder=image_encoder(settings, weights_dir) if image else None,
        estimator=keypoint_estimator(settings, weights_dir) if keypoints else None,
    )
