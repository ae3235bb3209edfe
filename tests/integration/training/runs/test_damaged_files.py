"""Files of a run that are cut, foreign, swapped or hostile: one sentence that names the file and says what to do."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from safetensors.torch import save_file

from benchmarks.fuzz.fuzzers.run_folders import write_model
from core.errors import FeatureError, KeypointError, TrainingError
from core.simulation.keypoint_archive import read_keypoint_archive
from core.workspace import open_workspace
from labeling.perception.pipeline.chunks import ChunkStore
from tests.unit.training.models.test_models import tiny
from training.evaluation.evaluation_folder import evaluation_folder, results
from training.fit.checkpoint import FitCheckpoint, FitState
from training.fit.training_curves import CurvePoint, Curves, FitKey, read_curves
from training.fit.window_budget import BUDGET_FILE, window_budget
from training.runs.artifacts import load_model


def model_folder(folder: Path) -> Path:
    """A small model as a run leaves it."""
    model = tiny(("pose",))
    write_model(folder, model, ["positive", "negative", "third"][: model.shape.classes])
    return folder


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def of_text(path: Path) -> None:
    path.write_bytes(b"[" * 100_000)


@pytest.mark.parametrize("spoil", [cut, emptied, a_fifo, of_text])
@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_damaged_file_of_a_model_is_a_sentence(tmp_path: Path, name: str, spoil: Callable[[Path], None]) -> None:
    spoil(model_folder(tmp_path) / name)
    with pytest.raises(TrainingError, match=rf"{tmp_path / name} .*; (export the model again, or )?train again"):
        load_model(tmp_path)


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    model, labels = load_model(model_folder(tmp_path))
    assert len(labels) == model.shape.classes
    assert not model.training


@pytest.mark.parametrize(
    "change",
    [
        {"shape": {}},
        {"shape": {"width": 10**9}},
        {"shape": {"width": 32}},
        {"shape": {"layers": 10**6}},
        {"shape": {"heads": 0}},
        {"shape": {"modalities": ["smell"]}},
        {"labels": []},
        {"labels": [1, 2]},
        {"labels": "positive"},
        {"windows": None},
        {"producers": {"pose": 7}},
        {"cues": {"a": 1}},
        {"format": "4.5.6"},
    ],
    ids=str,
)
def test_a_configuration_of_other_types_is_a_sentence(tmp_path: Path, change: dict[str, Any]) -> None:
    path = model_folder(tmp_path) / "config.json"
    config = json.loads(path.read_text())
    for key, value in change.items():
        config[key] = {**config[key], **value} if value and key == "shape" else value
    path.write_text(json.dumps(config))
    with pytest.raises(TrainingError, match=str(tmp_path)):
        load_model(tmp_path)


def test_weights_of_another_model_are_named(tmp_path: Path) -> None:
    model_folder(tmp_path)
    other = tiny(("pose",), width=16)
    save_file(
        {name: tensor.contiguous() for name, tensor in other.state_dict().items()}, tmp_path / "model.safetensors"
    )
    with pytest.raises(TrainingError, match="its weights are of another shape"):
        load_model(tmp_path)


def checkpoint_in(folder: Path) -> tuple[FitCheckpoint, Callable[[], object]]:
    model, random = tiny(("pose",)), torch.Generator()
    optimizer = torch.optim.AdamW(model.parameters())
    checkpoint = FitCheckpoint(folder, "fold0-stage1-pose")
    checkpoint.save(FitState(1), model, optimizer, random)
    return checkpoint, lambda: checkpoint.load(model, optimizer, random)


@pytest.mark.parametrize("spoil", [cut, emptied, a_fifo, of_text])
@pytest.mark.parametrize("name", ["fold0-stage1-pose.1.safetensors", "fold0-stage1-pose.state.pt"])
def test_a_damaged_checkpoint_is_a_sentence(tmp_path: Path, name: str, spoil: Callable[[Path], None]) -> None:
    _, load = checkpoint_in(tmp_path)
    spoil(tmp_path / name)
    with pytest.raises(TrainingError, match=r"The checkpoint .*; delete it, and the fit begins afresh\.$"):
        load()


def test_a_checkpoint_whose_weights_are_gone_is_a_sentence(tmp_path: Path) -> None:
    _, load = checkpoint_in(tmp_path)
    (tmp_path / "fold0-stage1-pose.1.safetensors").unlink()
    with pytest.raises(TrainingError, match=r"No such file .*; delete it, and the fit begins afresh\.$"):
        load()


class _Hostile:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.trace),)


def test_a_checkpoint_that_is_a_hostile_pickle_runs_nothing(tmp_path: Path) -> None:
    _, load = checkpoint_in(tmp_path)
    (tmp_path / "fold0-stage1-pose.state.pt").write_bytes(pickle.dumps(_Hostile(tmp_path / "ran")))
    with pytest.raises(TrainingError, match="is cut, damaged or no checkpoint"):
        load()
    assert not (tmp_path / "ran").exists()


def test_a_checkpoint_names_weights_in_its_own_folder_only(tmp_path: Path) -> None:
    (tmp_path / "fits").mkdir()
    _, load = checkpoint_in(tmp_path / "fits")
    path = tmp_path / "fits" / "fold0-stage1-pose.state.pt"
    state = torch.load(path, weights_only=True)
    (tmp_path / "fits" / state["weights"]).rename(tmp_path / "weights")
    torch.save({**state, "weights": "../weights"}, path)
    with pytest.raises(TrainingError, match="it lies outside the folder"):
        load()


def test_a_cut_chunk_is_a_sentence(tmp_path: Path) -> None:
    store = ChunkStore(tmp_path, 1, "key")
    store.append(1, {"a": torch.ones(100).numpy()})
    cut(next(tmp_path.rglob("*.safetensors")))
    with pytest.raises(FeatureError, match=r"is cut or is no safetensors file .* made again at the next start"):
        store.read(1, ["a"])


def test_what_stands_in_the_way_of_chunks_is_removed(tmp_path: Path) -> None:
    (tmp_path / "partial" / "1" / "key" / "00000001.safetensors").mkdir(parents=True)
    (tmp_path / "partial" / "1" / "notes.txt").touch()
    store = ChunkStore(tmp_path, 1, "key")
    assert store.begin() == 0
    store.append(1, {"a": torch.ones(3).numpy()})
    assert store.read(1, ["a"])["a"].tolist() == [1, 1, 1]


def test_key_points_of_a_cohort_of_other_types_are_a_sentence(tmp_path: Path) -> None:
    arrays = {"xy": torch.zeros(3, 137, 2), "confidence": torch.zeros(3, 137)}
    metadata = {"format": "telltale-cohort-keypoints-1", "frame_rate": "25/1"}
    save_file(arrays, tmp_path / "a.safetensors", metadata=metadata)
    with pytest.raises(KeypointError, match="holds key points of other types"):
        read_keypoint_archive(tmp_path / "a.safetensors")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"seconds_a_fit": "x"}', "[" * 100_000])
def test_a_damaged_time_budget_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / BUDGET_FILE).write_text(content)
    with pytest.raises(
        TrainingError, match=rf"{BUDGET_FILE} cannot be read: .*; delete it, and the time is measured again"
    ):
        window_budget(tmp_path, cast(Any, SimpleNamespace()), fits=1, predictions=1, measure=lambda: (1.0, 1.0))


def test_a_damaged_line_of_the_curves_is_lost_alone(tmp_path: Path) -> None:
    curves, key = Curves(tmp_path / "curves.jsonl"), FitKey(0, 1, "pose")
    for step in (1, 2, 3):
        curves.append(key, CurvePoint(step, 0.5, 0.5))
    lines = (tmp_path / "curves.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "curves.jsonl").write_bytes(lines[0] + b'{"fold": \xff\n[]\n' + lines[2] + lines[1][:20])
    assert [point["step"] for point in read_curves(tmp_path / "curves.jsonl")] == [1, 3]
    curves.rewind(key, 1)
    assert [point["step"] for point in read_curves(tmp_path / "curves.jsonl")] == [1]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"protocol": 7}', b"\xff", b"[" * 100_000])
def test_a_damaged_evaluation_is_left_out_and_the_others_are_shown(tmp_path: Path, content: bytes) -> None:
    workspace = open_workspace(tmp_path)
    for protocol in ("kept", "spoiled"):
        with evaluation_folder(workspace, {"protocol": "p", "what": protocol}) as folder:
            folder.finish({"table": []})
    next(path for path in workspace.runs_dir.rglob("result.json") if b"spoiled" in path.read_bytes()).write_bytes(
        content
    )
    assert [found["what"] for found in results(workspace, "p")] == ["kept"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": [1]}', b'{"1": "x"}'])
def test_damaged_predictions_of_an_evaluation_are_a_sentence(tmp_path: Path, content: bytes) -> None:
    with evaluation_folder(open_workspace(tmp_path), {"protocol": "p"}) as folder:
        folder.store("fusion", 0, 0, {1: (0.5, 0.5)})
        assert folder.predictions("fusion", 0, 0) == {1: (0.5, 0.5)}
        next(tmp_path.rglob("fusion.*.json")).write_bytes(content)
        with pytest.raises(TrainingError, match=r"cannot be read: .*; delete it, and its model is fitted again"):
            folder.predictions("fusion", 0, 0)
