"""The parts of perception by name, as `telltale.toml` names them.

A part that does not exist is a sentence with the names that do; a part of the design that this version lacks says that
it comes later. No part ever stands in for another.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from core.errors import NotYetError, SettingsError
from core.settings import PerceptionSettings
from labeling.perception.image import Hog
from labeling.perception.keypoints import OpenPoseJson
from labeling.perception.person import KeypointBox
from labeling.perception.text import HashingText
from labeling.protocols import ImageEncoder, PersonDetector, TextEncoder

Factory = TypeVar("Factory")

PERSON: Mapping[str, Callable[[PerceptionSettings], PersonDetector]] = {"keypoint-box": lambda _settings: KeypointBox()}
IMAGE: Mapping[str, Callable[[PerceptionSettings], ImageEncoder]] = {
    "hog": lambda settings: Hog(settings.image_every_s, settings.crop_margin)
}
KEYPOINTS: Mapping[str, Callable[[PerceptionSettings], OpenPoseJson]] = {
    "openpose-json": lambda _settings: OpenPoseJson()
}
TEXT: Mapping[str, Callable[[PerceptionSettings], TextEncoder]] = {"hashing": lambda _settings: HashingText()}

LATER: Mapping[str, tuple[str, ...]] = {
    "person": ("yolo11x",),
    "image": ("dinov2-base",),
    "keypoints": ("rtmw",),
    "text": ("bert-base-uncased",),
}


def person_detector(settings: PerceptionSettings) -> PersonDetector:
    return _part("person", settings.person, PERSON)(settings)


def image_encoder(settings: PerceptionSettings) -> ImageEncoder:
    return _part("image", settings.image, IMAGE)(settings)


def keypoint_reader(settings: PerceptionSettings) -> OpenPoseJson:
    return _part("keypoints", settings.keypoints, KEYPOINTS)(settings)


def text_encoder(settings: PerceptionSettings) -> TextEncoder:
    return _part("text", settings.text, TEXT)(settings)


def _part(stage: str, name: str, parts: Mapping[str, Factory]) -> Factory:
    if name in parts:
        return parts[name]
    have = ", ".join(sorted(parts))
    if name in LATER[stage]:
        raise NotYetError(f"perception.{stage}: {name} comes with a later version; this one has {have}.")
    raise SettingsError(f"perception.{stage}: there is no part called {name!r}; this version has {have}.")
