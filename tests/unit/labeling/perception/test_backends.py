"""Parts by name: what `auto` takes, and that it says so."""

from pathlib import Path

import pytest

from core.errors import SettingsError, WeightsError
from core.settings.perception import PerceptionSettings
from labeling.perception.automatic_choice import resolve
from labeling.perception.backends import image_encoder, keypoint_estimator, person_producer, text_encoder
from labeling.perception.image.hog import Hog

NOWHERE = {
    "person_weights": "nobody-has-this.pt",
    "image_model": "nobody/has-this",
    "text_model": "nobody/has-that",
}


def test_without_weights_auto_is_the_embedded_part_and_says_why(tmp_path: Path) -> None:
    resolved = resolve(PerceptionSettings(**NOWHERE), tmp_path)
    chosen = resolved.settings
    assert (chosen.person, chosen.image, chosen.text) == ("keypoint-box", "hog", "hashing")
    assert resolved.parts == (
        "person: keypoint-box, since nobody-has-this.pt is not on this machine.",
        "image: hog, since nobody/has-this is not on this machine.",
        "key points: openpose-json, as the settings say.",
        "text: hashing, since nobody/has-that is not on this machine.",
    )


def test_with_weights_auto_is_the_strong_part(tmp_path: Path) -> None:
    (tmp_path / "nobody-has-this.pt").write_bytes(b"weights")
    resolved = resolve(PerceptionSettings(**NOWHERE), tmp_path)
    assert resolved.settings.person == "yolo"
    assert resolved.parts[0] == "person: yolo (nobody-has-this.pt), whose weights are on this machine."


def test_a_part_that_was_named_is_taken_whatever_lies_there(tmp_path: Path) -> None:
    (tmp_path / "nobody-has-this.pt").write_bytes(b"weights")
    resolved = resolve(PerceptionSettings(person="keypoint-box", **NOWHERE), tmp_path)
    assert resolved.settings.person == "keypoint-box"
    assert resolved.parts[0] == "person: keypoint-box, as the settings say."


def test_the_embedded_parts_say_who_they_are(tmp_path: Path) -> None:
    settings = resolve(PerceptionSettings(**NOWHERE), tmp_path).settings
    assert person_producer(settings, tmp_path).name == "keypoint-box"
    assert image_encoder(settings, tmp_path).producer == Hog(0.2, 0.25).producer
    assert text_encoder(settings, tmp_path).producer.name == "hashing"
    assert keypoint_estimator(settings, tmp_path) is None


def test_key_points_cannot_be_estimated_in_the_boxes_of_key_points(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"keypoints = rtmw looks inside the boxes of a detector"):
        resolve(PerceptionSettings(person="keypoint-box", keypoints="rtmw"), tmp_path)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (
            lambda settings, folder: person_producer(settings.model_copy(update={"person": "yolo"}), folder),
            r"weights nobody-has-this.pt are not on this machine \(looked .*\); get them .*keypoint-box",
        ),
        (
            lambda settings, folder: image_encoder(settings.model_copy(update={"image": "transformers"}), folder),
            r"checkpoint nobody/has-this .* not on this machine \(looked at .*\); get it with `hf download .* = hog\.$",
        ),
        (
            lambda settings, folder: text_encoder(settings.model_copy(update={"text": "transformers"}), folder),
            r"checkpoint nobody/has-that .* not on this machine .*`hf download nobody/has-that.* = hashing\.$",
        ),
    ],
    ids=["person", "image", "text"],
)
def test_a_named_part_without_weights_says_what_where_and_the_two_ways_out(
    tmp_path: Path, part: object, sentence: str
) -> None:
    assert callable(part)
    with pytest.raises(WeightsError, match=sentence):
        part(PerceptionSettings(**NOWHERE), tmp_path / "weights")
