"""Parts by name: what `auto` takes, and that it says so."""

import sys
from pathlib import Path

import pytest

from core.errors import SettingsError, WeightsError
from core.settings.perception import PerceptionSettings
from core.types.features import KEYPOINT_ESTIMATORS
from labeling.perception.automatic_choice import person_is_found_in, resolve
from labeling.perception.backends import image_encoder, keypoint_estimator, person_producer, text_encoder
from labeling.perception.image.hog import Hog
from labeling.perception.keypoints import mediapipe_packages
from labeling.perception.keypoints.mediapipe_packages import missing_mediapipe

ROOT = Path(__file__).parents[4]

NOWHERE = {
    "keypoint_weights": "nobody-has-this.onnx",
    "person_weights": "nobody-has-this.pt",
    "image_model": "nobody/has-this",
    "text_model": "nobody/has-that",
}


@pytest.fixture
def no_mediapipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))


@pytest.fixture
def mediapipe_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    for name in mediapipe_packages.NEEDED:
        path = mediapipe_packages.packages_dir() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.usefixtures("no_mediapipe")
def test_without_weights_auto_is_the_embedded_part_and_says_why(tmp_path: Path) -> None:
    resolved = resolve(PerceptionSettings(**NOWHERE), tmp_path)
    chosen = resolved.settings
    assert (chosen.person, chosen.image, chosen.text) == ("keypoint-box", "hog", "hashing")
    assert resolved.parts == (
        "person: keypoint-box, since nobody-has-this.pt is not on this machine.",
        "image: hog, since nobody/has-this is not on this machine.",
        f"key points: imported ones alone. {missing_mediapipe()}",
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


@pytest.mark.usefixtures("mediapipe_there")
def test_where_mediapipe_is_auto_finds_key_points_with_it(tmp_path: Path) -> None:
    resolved = resolve(PerceptionSettings(**NOWHERE), tmp_path)
    assert resolved.settings.keypoints == "mediapipe"
    assert resolved.parts[2] == "key points: imported ones first, then mediapipe, which is built in."
    estimator = keypoint_estimator(resolved.settings, tmp_path)
    assert estimator is not None
    assert estimator.producer.name in KEYPOINT_ESTIMATORS


@pytest.mark.usefixtures("mediapipe_there")
@pytest.mark.parametrize(
    ("there", "taken"),
    [
        (("nobody-has-this.pt", "nobody-has-this.onnx"), "rtmw"),
        (("nobody-has-this.onnx",), "mediapipe"),  # without a detector there is no box for RTMW to look in
        (("nobody-has-this.pt",), "mediapipe"),
    ],
)
def test_auto_takes_rtmw_where_its_weights_and_a_detector_are(
    tmp_path: Path, there: tuple[str, ...], taken: str
) -> None:
    for name in there:
        (tmp_path / name).write_bytes(b"weights")
    assert resolve(PerceptionSettings(**NOWHERE), tmp_path).settings.keypoints == taken


@pytest.mark.usefixtures("no_mediapipe")
def test_mediapipe_by_name_without_its_packages_says_what_and_the_ways(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        keypoint_estimator(PerceptionSettings(keypoints="mediapipe", **NOWHERE), tmp_path)
    said = str(refusal.value)
    assert f"is not installed in {tmp_path}/mediapipe" in said
    assert "pip install --no-deps --upgrade --target" in said
    assert "--openpose" in said


def test_what_is_installed_is_what_the_requirements_name() -> None:
    lines = (ROOT / "requirements-mediapipe.txt").read_text(encoding="utf-8").splitlines()
    asked = [line.split("#")[0].strip() for line in lines if not line.startswith("#")]
    assert tuple(asked) == mediapipe_packages.PINNED


@pytest.mark.parametrize(
    ("settings", "found_in"),
    [
        ({"keypoints": "mediapipe"}, ("video", "key points")),
        ({"keypoints": "openpose-json"}, ("key points",)),
        ({"keypoints": "mediapipe", "person": "yolo"}, ("video",)),
    ],
)
def test_a_person_is_found_in_what_the_parts_look_at(
    tmp_path: Path, settings: dict[str, str], found_in: tuple[str, ...]
) -> None:
    assert person_is_found_in(PerceptionSettings(**NOWHERE, **settings), tmp_path) == found_in


def test_the_embedded_parts_say_who_they_are(tmp_path: Path) -> None:
    settings = resolve(PerceptionSettings(keypoints="openpose-json", **NOWHERE), tmp_path).settings
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
