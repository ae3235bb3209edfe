"""Files of weights, features, checkpoints, timelines, evaluations and maps: damaged, of other types, swapped, hostile, linked."""

import io
import json
import os
import pickle
import random
import shutil
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import torch
from safetensors.torch import save_file

from app.queries.clip_filters import Filters
from app.queries.runs import curve_points
from app.queries.saved_filters import save, saved
from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import damaged, deep_json, with_hostile_value
from core.feature_store import FeatureStore
from core.pose.cues import CUES_VERSION
from core.pose.keypoints import KeypointTrack
from core.settings.training import StgcnSettings
from core.simulation.keypoint_archive import read_keypoint_archive
from core.types.features import FeatureKind, Producer
from core.workspace import Workspace, open_workspace
from labeling.perception.pipeline.chunks import ChunkStore
from training.embedding_projection import map_path, read_map
from training.evaluation.evaluation_folder import evaluation_folder, results
from training.evaluation.run_selection import SELECTION_FILE, read_selection_predictions, write_selection_predictions
from training.fit.checkpoint import FitCheckpoint, FitState
from training.fit.training_curves import CurvePoint, Curves, FitKey
from training.fit.window_budget import BUDGET_FILE, window_budget
from training.models.fusion import Fusion
from training.models.model_shape import MODEL_FORMAT, ModelShape
from training.runs.artifacts import load_model
from training.runs.timelines import ClipTimeline, read_timeline, timeline_path, write_timeline

_SHAPE = ModelShape(("pose", "text"), 2, 8, 1, 2, 4, 0, 6, 0.1, 0.1)
_PLAN = {"protocol": "grouped"}
_FIT = "fold0-stage1-pose"
_LABELS = ("negative", "positive")
_RUN = "runs/1"


@dataclass(frozen=True, slots=True)
class Read:
    """A file of a workspace, and what reads it."""

    path: str
    read: Callable[[Workspace], object]


class _Trace:
    """A pickle that makes a folder where it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.makedirs, (str(self._folder),)


def write_model(folder: Path, model: Fusion, labels: Sequence[str]) -> None:
    """The model as a run leaves it."""
    save_file({name: one.contiguous() for name, one in model.state_dict().items()}, folder / "model.safetensors")
    config = {
        "format": MODEL_FORMAT,
        "shape": model.shape.to_json(),
        "labels": list(labels),
        "cues": [],
        "cues_version": CUES_VERSION,
        "windows": [0, 0],
        "max_frames": 1000,
        "perception": {},
        "producers": {"pose": {"name": "openpose-json", "version": "1", "settings_digest": ""}},
        "code_version": "0",
    }
    (folder / "config.json").write_text(json.dumps(config))


def _prepared(folder: Path) -> tuple[Path, Sequence[Read]]:
    """A workspace that holds one valid file of each kind."""
    workspace = open_workspace(folder)
    run = folder / _RUN
    run.mkdir(parents=True)
    torch.manual_seed(0)
    model = Fusion(_SHAPE)
    write_model(run, model, _LABELS)
    optimizer = torch.optim.AdamW(model.parameters())
    FitCheckpoint(run, _FIT).save(FitState(1), model, optimizer, torch.Generator())
    moments = np.linspace(0, 1, 5, dtype=np.float32)
    write_timeline(timeline_path(run, 1), ClipTimeline(_LABELS, moments, moments, np.stack([moments, moments], axis=1)))
    for step in range(4):
        Curves(run / "curves.jsonl").append(FitKey(0, 1, "pose"), CurvePoint(step, 0.5, 0.5))
    write_selection_predictions(run, _LABELS, {1: (0.5, 0.5), 2: (0.25, 0.75)})
    (run / BUDGET_FILE).write_text(json.dumps({"seconds_a_fit": 1.0, "training_s": 0.1, "answering_s": 0.1}))
    with evaluation_folder(workspace, _PLAN) as evaluation:
        evaluation.store("fusion", 0, 0, {1: (0.5, 0.5)})
        evaluation.finish({"table": [{"name": "fusion"}]})
    store, producer = FeatureStore(workspace.features_dir), Producer("a", "1", "")
    points = np.full((5, 137, 3), 0.5, dtype=np.float32)
    store.write(1, FeatureKind.KEYPOINTS, {"points": points, "time_s": np.arange(5) / 25}, producer)
    store.write(1, FeatureKind.IMAGE, {"features": points[:, :, 0], "time_s": np.arange(5) / 25}, producer)
    ChunkStore(workspace.features_dir, 1, "key").append(1, {"a": points})
    save_file(
        {"xy": torch.zeros(5, 137, 2, dtype=torch.uint16), "confidence": torch.zeros(5, 137, dtype=torch.uint8)},
        folder / "a.safetensors",
        metadata={"format": "telltale-cohort-keypoints-1", "frame_rate": "25/1"},
    )
    drawn = {"kind": "image", "producer": "a", "method": "m", "input_digest": "d", "made_at": "2026-01-01T00:00:00Z"}
    path = map_path(workspace, FeatureKind.IMAGE)
    path.parent.mkdir()
    path.write_text(json.dumps({**drawn, "of": 1, "files": 1, "clip_ids": [1], "x": [0.5], "y": [0.5]}))
    save(workspace, "a", Filters())
    evaluation_path = str(evaluation.path.relative_to(folder))
    (saved_filter,) = (str(path.relative_to(folder)) for path in (folder / "filters").iterdir())
    return folder, _reads(model, optimizer, evaluation_path, saved_filter)


def _reads(model: Fusion, optimizer: torch.optim.Optimizer, evaluation: str, saved_filter: str) -> Sequence[Read]:
    def checkpoint(workspace: Workspace) -> None:
        FitCheckpoint(workspace.root / _RUN, _FIT).load(model, optimizer, torch.Generator())

    def stored(workspace: Workspace) -> None:
        with evaluation_folder(workspace, _PLAN) as folder:
            folder.predictions("fusion", 0, 0)

    def chunk(workspace: Workspace) -> None:
        store = ChunkStore(workspace.features_dir, 1, "key")
        if store.begin():
            store.read(1, ["a"])
            store.rows(1, "a", 0, 2)

    def points(workspace: Workspace) -> None:
        with FeatureStore(workspace.features_dir).open(1, FeatureKind.KEYPOINTS) as file:
            KeypointTrack(file.read("points", dimensions=3), file.read("time_s", dimensions=1))

    def image(workspace: Workspace) -> None:
        with FeatureStore(workspace.features_dir).open(1, FeatureKind.IMAGE) as file:
            file.rows("features", 1, 3)
            file.read("features", dimensions=2)

    def budget(workspace: Workspace) -> None:
        window_budget(workspace.root / _RUN, StgcnSettings(), fits=1, predictions=1, measure=lambda: (1.0, 1.0))

    run = SimpleNamespace(artifacts_path=_RUN)
    return (
        Read(f"{_RUN}/model.safetensors", lambda workspace: load_model(workspace.root / _RUN)),
        Read(f"{_RUN}/config.json", lambda workspace: load_model(workspace.root / _RUN)),
        Read(f"{_RUN}/{_FIT}.1.safetensors", checkpoint),
        Read(f"{_RUN}/{_FIT}.state.pt", checkpoint),
        Read(f"{_RUN}/timelines/1.safetensors", lambda workspace: read_timeline(workspace.root / _RUN, 1)),
        Read(f"{_RUN}/curves.jsonl", lambda workspace: curve_points(workspace, cast(Any, run))),
        Read(
            f"{_RUN}/{SELECTION_FILE}",
            lambda workspace: read_selection_predictions(workspace.root / _RUN, _LABELS),
        ),
        Read(f"{_RUN}/{BUDGET_FILE}", budget),
        Read(f"{evaluation}/result.json", lambda workspace: results(workspace, "grouped")),
        Read(f"{evaluation}/predictions/fusion.seed0.fold0.json", stored),
        Read("features/keypoints/1.safetensors", points),
        Read("features/image/1.safetensors", image),
        Read("features/partial/1/key/00000001.safetensors", chunk),
        Read("a.safetensors", lambda workspace: read_keypoint_archive(workspace.root / "a.safetensors")),
        Read("maps/image.json", lambda workspace: read_map(workspace, FeatureKind.IMAGE)),
        Read(saved_filter, lambda workspace: saved(workspace, "a")),
    )


Made = tuple[Workspace, Read]


def _made(prepared: tuple[Path, Sequence[Read]], chance: random.Random, folder: Path) -> Made:
    original, reads = prepared
    workspace = folder / "workspace"
    shutil.copytree(original, workspace)
    chosen = chance.choice(reads)
    path = workspace / chosen.path
    if path.suffix in {".json", ".jsonl"} and chance.random() < 0.6:
        _other_values(path, chance)
    elif path.suffix == ".safetensors" and chance.random() < 0.4:
        _other_header(path, chance)
    elif path.suffix == ".pt" and chance.random() < 0.4:
        _other_state(path, chance, folder)
    elif chance.random() < 0.2:
        _other_file(path, chance, workspace, reads)
    else:
        path.write_bytes(damaged(path.read_bytes(), chance))
    return open_workspace(workspace), chosen


def _other_values(path: Path, chance: random.Random) -> None:
    lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
    hostile = [
        json.dumps(with_hostile_value(json.loads(line), chance, times=chance.choice((1, 2, 5)))) for line in lines
    ]
    path.write_bytes(deep_json(chance) if chance.random() < 0.05 else "\n".join(hostile).encode() + b"\n")


def _other_header(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = with_hostile_value(json.loads(data[8 : 8 + length]), chance, times=chance.choice((1, 2)))
    if chance.random() < 0.3 and isinstance(header, Mapping):
        for entry in header.values():
            if isinstance(entry, dict) and "dtype" in entry:
                entry["dtype"] = chance.choice(("BF16", "F8_E4M3", "I64", "U8", "F64", "C64", "STR"))
    text = json.dumps(header).encode()
    said = chance.choice((len(text), len(text), len(text), 0, 2**26, 2**63))
    path.write_bytes(struct.pack("<Q", said) + text + data[8 + length :])


def _other_state(path: Path, chance: random.Random, folder: Path) -> None:
    """A hostile pickle, plain or as torch packs it, or a state of other values."""
    kind = chance.randrange(4)
    if kind == 0:
        path.write_bytes(pickle.dumps(_Trace(folder / "ran"), protocol=chance.choice((0, 2, 4))))
        return
    state = torch.load(path, weights_only=True)
    if kind == 1:
        state[chance.choice(("epoch", "optimizer", "weights", "window_random"))] = _Trace(folder / "ran")
    elif kind == 2:
        state["weights"] = chance.choice(("../../../etc/passwd", "/dev/zero", "\0", "", "a" * 500, 7, None, []))
    else:
        key = chance.choice(list(state))
        state[key] = chance.choice((None, "", -1, 10**30, float("nan"), [], {}, torch.zeros(3), torch.zeros(2**20)))
    written = io.BytesIO()
    torch.save(state, written)
    path.write_bytes(written.getvalue())


def _other_file(path: Path, chance: random.Random, workspace: Path, reads: Sequence[Read]) -> None:
    other = workspace / chance.choice(reads).path
    swapped = other.read_bytes()
    changes: Sequence[Callable[[], object]] = (
        lambda: None,
        lambda: os.mkfifo(path),
        path.mkdir,
        lambda: path.symlink_to("/dev/zero"),
        lambda: path.symlink_to("/etc/passwd"),
        lambda: path.symlink_to(path),
        lambda: path.symlink_to("/nonexistent"),
        lambda: path.write_bytes(swapped),
        path.touch,
    )
    path.unlink()
    chance.choice(changes)()


def _fed(_prepared: tuple[Path, Sequence[Read]], made: Made) -> None:
    workspace, chosen = made
    try:
        chosen.read(workspace)
    finally:
        if (workspace.root.parent / "ran").exists():
            raise AssertionError("a pickle ran")


FUZZER = Fuzzer("run_folders", _prepared, _made, _fed)
