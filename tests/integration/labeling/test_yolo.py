"""Ultralytics detectors: weights of every kind, and those that must not be used."""

import importlib.metadata
import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from core.errors import SettingsError, WeightsError
from core.settings import PerceptionSettings
from labeling.perception.yolo import YoloPersons
from labeling.perception.yolo_environment import import_ultralytics

FACES = ("FACE_FEMALE", "FACE_MALE")


def file_of(package: str, name: str) -> Path:
    """A file of an installed wheel, which is not imported."""
    files = importlib.metadata.files(package) or []
    return Path(str(next(file.locate() for file in files if file.name == name)))


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import_ultralytics()
    from ultralytics import YOLO

    path = tmp_path_factory.mktemp("weights") / "yolo11n-random.pt"
    model = YOLO("yolo11n.yaml")
    model.model.names = {0: "person", 1: "bicycle", **{number: f"thing {number}" for number in range(2, 80)}}
    model.save(str(path))
    return path


def detector(weights: Path, **settings: Any) -> YoloPersons:
    return YoloPersons(PerceptionSettings(person_weights=str(weights), **settings), weights.parent)


def grey(count: int = 2) -> list[Any]:
    return [np.full((120, 160, 3), 90, dtype=np.uint8)] * count


def test_random_weights_answer_for_each_frame_in_its_pixels(random_weights: Path) -> None:
    found = detector(random_weights, person_confidence=0.0001).detect(grey())
    assert len(found) == 2
    boxes = np.concatenate([each.box_xyxy_px for each in found])
    assert boxes.dtype == np.float32
    assert (boxes >= 0).all()
    assert (boxes <= [160, 120, 160, 120]).all()


def test_real_faces_are_found_by_a_real_detector_given_as_onnx() -> None:
    picture = cv2.imread(str(file_of("ultralytics", "zidane.jpg")))
    assert picture is not None
    faces = detector(file_of("nudenet", "320n.onnx"), person_classes=FACES)
    first, second = faces.detect([picture, picture])
    assert len(first.confidence) >= 1
    assert np.array_equal(first.box_xyxy_px, second.box_xyxy_px)
    middle = (first.box_xyxy_px[0, :2] + first.box_xyxy_px[0, 2:]) / 2
    assert 400 < middle[0] < 1150
    assert middle[1] < 450


def test_other_weights_or_classes_are_another_producer(random_weights: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied.pt"
    copied.write_bytes(random_weights.read_bytes())
    assert detector(copied).producer == detector(random_weights).producer
    assert detector(random_weights, person_classes=("cat",)).producer != detector(random_weights).producer
    copied.write_bytes(copied.read_bytes() + b"x")
    assert detector(copied).producer != detector(random_weights).producer


def test_a_class_that_the_weights_do_not_know_is_a_sentence_with_those_they_know(random_weights: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"yolo11n-random.pt knows no class 'interviewee'; it knows person, bicycle"
    ):
        detector(random_weights, person_classes=("interviewee",)).detect(grey())


class Malicious:
    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._marker,)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_a_pickle_that_wants_to_run_code_is_refused_and_its_code_is_not_run(tmp_path: Path, how: str) -> None:
    marker, weights = tmp_path / "was-run", tmp_path / "evil.pt"
    if how == "torch":
        torch.save({"model": Malicious(marker)}, weights)
    else:
        weights.write_bytes(pickle.dumps({"model": Malicious(marker)}))
    with pytest.raises(WeightsError, match=r"evil\.pt"):
        detector(weights).detect(grey())
    assert not marker.exists()


@pytest.mark.parametrize("name", ["cut.pt", "cut.onnx"])
def test_damaged_weights_are_one_sentence_that_names_them(random_weights: Path, tmp_path: Path, name: str) -> None:
    whole = random_weights if name.endswith(".pt") else file_of("nudenet", "320n.onnx")
    cut = tmp_path / name
    cut.write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(WeightsError, match=name) as refused:
        detector(cut).detect(grey())
    assert "\n" not in str(refused.value)


def test_weights_of_another_task_are_refused(tmp_path: Path) -> None:
    import_ultralytics()
    from ultralytics import YOLO

    weights = tmp_path / "classifier.pt"
    YOLO("yolo11n-cls.yaml").save(str(weights))
    with pytest.raises(WeightsError, match=r"classifier\.pt is a model for the task 'classify'"):
        detector(weights).detect(grey())
