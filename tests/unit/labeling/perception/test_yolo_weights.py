"""Where the detector's weights are looked for, and what is said where they are not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings.perception import PerceptionSettings
from labeling.perception.person.yolo_weights import find_person_weights, missing_person_weights


def settings(weights: str = "yolo11x.pt") -> PerceptionSettings:
    return PerceptionSettings(person="yolo", person_weights=weights)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder and a home that hold nothing."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path


@pytest.mark.parametrize("place", ["workspace", "here", "workspace/weights", "cache"])
def test_weights_are_found_in_each_of_the_places(home: Path, place: str) -> None:
    config = home / "config" / "Ultralytics" / "settings.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"weights_dir": str(home / "cache")}))
    path = home / place / "yolo11x.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert find_person_weights(settings(), home / "workspace" / "weights") == path


def test_the_workspace_comes_before_the_current_folder(home: Path) -> None:
    for place in ("here", "workspace"):
        (home / place).mkdir(exist_ok=True)
        (home / place / "yolo11x.pt").touch()
    assert find_person_weights(settings(), home / "workspace" / "weights") == home / "workspace" / "yolo11x.pt"


def test_a_whole_path_means_that_file_and_no_other(home: Path) -> None:
    (home / "here" / "a.onnx").touch()
    assert find_person_weights(settings(str(home / "here" / "a.onnx")), home / "weights") == home / "here" / "a.onnx"
    assert find_person_weights(settings(str(home / "a.onnx")), home / "weights") is None


def test_the_folder_of_an_openvino_export_is_found(home: Path) -> None:
    (home / "weights" / "a_openvino_model").mkdir(parents=True)
    assert find_person_weights(settings("a_openvino_model"), home / "weights") == home / "weights" / "a_openvino_model"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"weights_dir": 3}'])
def test_a_settings_file_of_ultralytics_that_cannot_be_read_is_no_place(home: Path, text: str) -> None:
    config = home / "config" / "Ultralytics" / "settings.json"
    config.parent.mkdir(parents=True)
    config.write_text(text)
    assert find_person_weights(settings(), home / "weights") is None


def test_missing_weights_are_named_with_all_places_and_two_ways_out(home: Path) -> None:
    sentence = missing_person_weights(settings(), home / "workspace" / "weights")
    for place in ("workspace/yolo11x.pt", "here/yolo11x.pt", "workspace/weights/yolo11x.pt"):
        assert str(home / place) in sentence
    assert f"get them with `telltale models get yolo11x --workspace {home / 'workspace'}`" in sentence
    assert "perception.person = keypoint-box" in sentence


def test_weights_that_nobody_offers_are_not_said_to_be_on_offer(home: Path) -> None:
    sentence = missing_person_weights(settings("our-own.onnx"), home / "weights")
    assert "telltale models get" not in sentence
    assert str(home / "weights" / "our-own.onnx") in sentence


def test_looking_for_weights_imports_no_model_library() -> None:
    code = "import sys, labeling.perception.person.yolo_weights; assert not {'torch', 'ultralytics', 'cv2'} & set(sys.modules)"
    root = Path(__file__).parents[4]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
