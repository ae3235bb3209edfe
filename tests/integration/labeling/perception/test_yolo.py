"""Ultralytics detectors: YOLO 11n with random weights saved to a .pt, its exports, and files that must not be loaded."""

import os
import pickle
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
import torch

from core.errors import SettingsError, WeightsError
from core.settings.perception import PerceptionSettings
from labeling.perception.person.yolo import YoloPersons
from labeling.perception.person.yolo_environment import import_ultralytics
from tests.integration.labeling.perception.random_models import save_detector

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="module")
def weights(folder: Path) -> Path:
    return save_detector("yolo11n.yaml", folder / "small.pt")


def settings(weights: Path, **changes: Any) -> PerceptionSettings:
    return PerceptionSettings(person="yolo", person_weights=str(weights), device="cpu", **changes)


def detector(weights: Path, **changes: Any) -> YoloPersons:
    return YoloPersons(settings(weights, **changes), weights.parent)


def pictures(count: int, height: int = 180, width: int = 320) -> list[npt.NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 255, (height, width, 3), dtype=np.uint8) for _ in range(count)]


def test_boxes_lie_in_the_pixels_of_the_frame_surest_first(weights: Path) -> None:
    (found,) = detector(weights, person_confidence=0.5).detect(pictures(1))
    assert len(found.confidence) > 1
    assert found.box_xyxy_px.shape == (len(found.confidence), 4)
    assert (found.box_xyxy_px.dtype, found.confidence.dtype) == (np.float32, np.float32)
    assert (found.box_xyxy_px >= 0).all()
    assert (found.box_xyxy_px <= (320, 180, 320, 180)).all()
    assert found.box_xyxy_px[:, 2].max() > 180
    assert (np.diff(found.confidence) <= 0).all()
    assert (found.confidence >= 0.5).all()


def test_yolo26_of_the_catalog_is_read_without_non_maximum_suppression(folder: Path) -> None:
    people, frames = detector(save_detector("yolo26n.yaml", folder / "end2end.pt")), pictures(2)
    found = people.detect(frames)
    assert all(len(one.confidence) > 1 for one in found)
    for one, frame in zip(found, frames, strict=True):
        assert (one.box_xyxy_px >= 0).all()
        assert (one.box_xyxy_px <= (320, 180, 320, 180)).all()
        assert (np.diff(one.confidence) <= 0).all()
        alone = people.detect([frame])[0]
        assert one.box_xyxy_px == pytest.approx(alone.box_xyxy_px, abs=0.05)


def test_a_batch_finds_what_single_frames_do(weights: Path) -> None:
    people, frames = detector(weights), pictures(3)
    alone = [people.detect([frame])[0] for frame in frames]
    for one, other in zip(people.detect(frames), alone, strict=True):
        assert one.box_xyxy_px == pytest.approx(other.box_xyxy_px, abs=0.05)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_boxes_of_a_network_in_half_precision_are_computed_in_float32(
    weights: Path, kind: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = detector(weights)
    people.load()
    network = people._model.predictor.model.backend.model
    raw = dict[str, torch.Tensor]()
    monkeypatch.setattr(network.model[-1].dfl, "forward", lambda boxes: raw.setdefault("boxes", boxes)[:, :4] * 0 + 2.3)
    with torch.inference_mode():
        predictions = network.to(kind)(torch.zeros(1, 3, 640, 1280, dtype=kind))[0]
    x, y, width, height = predictions[0, :4]
    assert (predictions.dtype, raw["boxes"].dtype) == (torch.float32, torch.float32)
    assert (x.max(), y.max()) == (1276, 636)  # the middle of the last cell of 8 px
    sides = torch.tensor([[4.6 * 8], [4.6 * 16], [4.6 * 32]])
    for side in (width, height):
        assert (side - sides).abs().amin(0).max() < 0.01


def test_no_frames_are_no_answers(weights: Path) -> None:
    assert detector(weights).detect([]) == []


def test_only_the_wanted_classes_are_found(weights: Path) -> None:
    frame = pictures(1)
    one, other = (detector(weights, person_classes=(name,)).detect(frame)[0] for name in ("person", "chair"))
    assert {tuple(box) for box in one.box_xyxy_px}.isdisjoint({tuple(box) for box in other.box_xyxy_px})


def test_one_thing_of_two_wanted_classes_is_found_once(weights: Path) -> None:
    (found,) = detector(weights, person_classes=("person", "chair"), person_confidence=0.5).detect(pictures(1))
    low = np.maximum(found.box_xyxy_px[:, None, :2], found.box_xyxy_px[None, :, :2])
    high = np.minimum(found.box_xyxy_px[:, None, 2:], found.box_xyxy_px[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=-1)
    areas = (found.box_xyxy_px[:, 2:] - found.box_xyxy_px[:, :2]).prod(axis=-1)
    overlap = both / (areas[:, None] + areas[None] - both)
    assert overlap[~np.eye(len(areas), dtype=bool)].max() < 0.9  # the same box twice would be 1


def test_an_unknown_class_is_refused_with_some_that_are_known(weights: Path) -> None:
    with pytest.raises(SettingsError, match=r"small\.pt knows no class 'interviewee'; it knows person, chair, .*…\.$"):
        detector(weights, person_classes=("person", "interviewee")).detect(pictures(1))


def test_a_model_of_another_task_is_refused(folder: Path) -> None:
    with pytest.raises(WeightsError, match=r"other\.pt is a model for the task 'pose'"):
        detector(save_detector("yolo11n-pose.yaml", folder / "other.pt")).detect(pictures(1))


def test_missing_weights_are_refused_at_once(folder: Path) -> None:
    with pytest.raises(WeightsError, match=r"absent\.pt are not on this machine"):
        detector(folder / "absent.pt")


@pytest.mark.parametrize("name", ["model.engine", "model.torchscript", "model.yaml", "model.pt.zip"])
def test_weights_of_another_kind_are_refused_at_once(folder: Path, name: str) -> None:
    (folder / name).touch()
    with pytest.raises(WeightsError, match=rf"{name} is not loaded as a person detector"):
        detector(folder / name)


@pytest.mark.parametrize("name", ["empty.pt", "text.pt", "cut.pt", "empty.onnx", "text.onnx"])
def test_a_damaged_file_is_refused_in_one_sentence_that_names_it(folder: Path, weights: Path, name: str) -> None:
    content = {"empty": b"", "text": b"not a model\n" * 99, "cut": weights.read_bytes()[:200_000]}[Path(name).stem]
    (folder / name).write_bytes(content)
    with pytest.raises(WeightsError) as refused:
        detector(folder / name).detect(pictures(1))
    assert name in str(refused.value)
    assert str(refused.value).count("\n") == 0
    assert str(refused.value).endswith(".")


def test_the_digest_follows_what_changes_the_numbers_and_nothing_else(weights: Path, folder: Path) -> None:
    def digest(path: Path = weights, **changes: Any) -> str:
        return detector(path, **changes).producer.settings_digest

    moved = shutil.copy(weights, folder / "moved.pt")
    assert digest() == digest(moved) == digest(person_batch=3) == digest(frame_memory_mib=64)
    other = folder / "other-weights.pt"
    other.write_bytes(weights.read_bytes() + b"\0")
    changed = [
        digest(other),
        digest(person_classes=("chair",)),
        digest(person_confidence=0.3),
        digest(person_every=2),
        digest(tracker="botsort"),
    ]
    assert len({digest(), *changed}) == 6


class _Touches:
    """Unpickling it makes a file."""

    def __init__(self, path: Path, function: Callable[..., Any] = os.system) -> None:
        self._path, self._function = path, function

    def __reduce__(self) -> tuple[Any, ...]:
        argument = f"touch {self._path}" if self._function is os.system else f"open({str(self._path)!r}, 'w').close()"
        return self._function, (argument,)


def hidden_in_a_model(marker: Path, weights: Path, path: Path) -> None:
    """A working model, one of whose attributes is the trap."""
    import_ultralytics()
    checkpoint = torch.load(weights, weights_only=False)
    checkpoint["model"].names = {0: _Touches(marker)}
    torch.save(checkpoint, path)


def only_a_trap(marker: Path, _weights: Path, path: Path) -> None:
    torch.save({"model": _Touches(marker)}, path)


def evaluated(marker: Path, _weights: Path, path: Path) -> None:
    torch.save({"model": _Touches(marker, eval)}, path)


def old_format(marker: Path, _weights: Path, path: Path) -> None:
    torch.save({"model": _Touches(marker)}, path, _use_new_zipfile_serialization=False)


def plain_pickle(marker: Path, _weights: Path, path: Path) -> None:
    path.write_bytes(pickle.dumps({"model": _Touches(marker)}))


def in_the_build_instructions(marker: Path, weights: Path, path: Path) -> None:
    """No trap in the pickle's own instructions: the model's recipe holds code that a rebuild would evaluate."""
    import_ultralytics()
    checkpoint = torch.load(weights, weights_only=False)
    checkpoint["model"].yaml["activation"] = f"__import__('os').system('touch {marker}')"
    checkpoint["train_args"] = {"data": f"$(touch {marker})", "task": "detect"}
    torch.save(checkpoint, path)


def through_getattr(marker: Path, _weights: Path, path: Path) -> None:
    """The one function that the library must allow in checkpoints, turned against a module."""

    class Reaches:
        def __reduce__(self) -> tuple[Any, ...]:
            return getattr, (os.system, "__call__")

    torch.save({"model": Reaches()}, path)


def swapped_pickle(marker: Path, weights: Path, path: Path) -> None:
    """A saved model's archive in which the pickle was replaced."""
    with zipfile.ZipFile(weights) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            trap = name.endswith("data.pkl")
            target.writestr(name, pickle.dumps(_Touches(marker), protocol=2) if trap else source.read(name))


TRAPS = [hidden_in_a_model, only_a_trap, evaluated, old_format, plain_pickle, through_getattr, swapped_pickle]


@pytest.mark.parametrize("trap", TRAPS)
def test_a_pickle_that_wants_to_run_code_is_refused_and_runs_nothing(
    trap: Callable[[Path, Path, Path], None], weights: Path, tmp_path: Path
) -> None:
    marker, path = tmp_path / "marker", tmp_path / "trap.pt"
    trap(marker, weights, path)
    with pytest.raises(WeightsError, match=r"trap\.pt"):
        detector(path).detect(pictures(1))
    assert not marker.exists()


def test_code_in_a_models_recipe_is_not_run(weights: Path, tmp_path: Path) -> None:
    in_the_build_instructions(tmp_path / "marker", weights, tmp_path / "recipe.pt")
    assert len(detector(tmp_path / "recipe.pt").detect(pictures(1))) == 1
    assert not (tmp_path / "marker").exists()


def test_the_traps_would_work_on_whoever_just_unpickles(tmp_path: Path, weights: Path) -> None:
    only_a_trap(tmp_path / "marker", weights, tmp_path / "trap.pt")
    torch.load(tmp_path / "trap.pt", weights_only=False)
    assert (tmp_path / "marker").exists()


def test_weights_stay_safe_where_ultralytics_was_imported_before(tmp_path: Path, weights: Path) -> None:
    only_a_trap(tmp_path / "marker", weights, tmp_path / "trap.pt")
    code = (
        "import sys, ultralytics; from pathlib import Path; import numpy as np\n"
        "from core.errors import WeightsError; from core.settings.perception import PerceptionSettings\n"
        "from labeling.perception.person.yolo import YoloPersons\n"
        "settings = PerceptionSettings(person='yolo', person_weights=sys.argv[1], device='cpu')\n"
        "try: YoloPersons(settings, Path('.')).detect([np.zeros((64, 64, 3), np.uint8)])\n"
        "except WeightsError: sys.exit(7)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "ULTRALYTICS_SAFE_LOAD"}
    environment |= {"YOLO_OFFLINE": "true", "YOLO_CONFIG_DIR": str(tmp_path)}
    command = [sys.executable, "-c", code, str(tmp_path / "trap.pt")]
    ended = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    assert ended.returncode == 7
    assert not (tmp_path / "marker").exists()


def test_ultralytics_leaves_home_folder_threads_and_terminal_alone(tmp_path: Path, weights: Path) -> None:
    code = (
        "import os, sys, cv2, torch; from pathlib import Path; import numpy as np\n"
        "from core.settings.perception import PerceptionSettings; from labeling.perception.person.yolo import YoloPersons\n"
        "before = torch.get_num_threads(), cv2.getNumThreads(), os.environ.get('OMP_NUM_THREADS')\n"
        "settings = PerceptionSettings(person='yolo', person_weights=sys.argv[1], device='cpu')\n"
        "YoloPersons(settings, Path('.')).detect([np.zeros((64, 64, 3), np.uint8)])\n"
        "assert before == (torch.get_num_threads(), cv2.getNumThreads(), os.environ.get('OMP_NUM_THREADS'))"
    )
    (tmp_path / "home").mkdir()
    (tmp_path / "temporary").mkdir()
    environment = os.environ | {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "temporary")}
    for name in ("YOLO_CONFIG_DIR", "XDG_CONFIG_HOME", "OMP_NUM_THREADS"):
        environment.pop(name, None)
    command = [sys.executable, "-c", code, str(weights)]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert ended.stdout == b""
    assert list((tmp_path / "home").rglob("*")) == []
    assert list((tmp_path / "temporary").glob("telltale*")) == []


@pytest.fixture(scope="module")
def exported(weights: Path) -> Path:
    """An export for one picture of 96 x 160 at a time."""
    import_ultralytics()
    from ultralytics import YOLO

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ultralytics still exports by PyTorch's old way
        return Path(YOLO(str(weights)).export(format="onnx", imgsz=(96, 160), batch=1, simplify=False, opset=17))


def changed_metadata(source: Path, target: Path, **changes: str | None) -> Path:
    model = onnx.load(source)
    known = OrderedDict((entry.key, entry.value) for entry in model.metadata_props) | changes
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {key: value for key, value in known.items() if value is not None})
    onnx.save(model, target)
    return target


def test_an_export_for_single_frames_takes_any_number(exported: Path, folder: Path) -> None:
    silent = changed_metadata(exported, folder / "silent.onnx", args=None)  # older exports do not say what they are
    for path in (exported, silent):
        people = detector(path)
        found = people.detect(pictures(3))
        assert len(found) == 3
        assert found[2].box_xyxy_px == pytest.approx(people.detect(pictures(3)[2:])[0].box_xyxy_px, abs=0.01)


def test_an_export_knows_its_classes_and_its_task(exported: Path, folder: Path) -> None:
    with pytest.raises(SettingsError, match="knows no class 'goat'; it knows person, chair"):
        detector(exported, person_classes=("goat",)).detect(pictures(1))
    pose = changed_metadata(exported, folder / "pose.onnx", task="pose")
    with pytest.raises(WeightsError, match="'pose'"):
        detector(pose).detect(pictures(1))


def test_an_openvino_folder_without_its_runtime_is_refused_in_a_sentence(folder: Path) -> None:
    export = folder / "small_openvino_model"
    export.mkdir()
    (export / "small.xml").write_text("<net/>")
    (export / "small.bin").touch()
    with pytest.raises(WeightsError, match="small_openvino_model cannot be read"):
        detector(export).detect(pictures(1))
