"""The abilities of this machine by stage, for `telltale doctor` and the Settings page.

Looks at installed packages, cached weights and devices, and imports none of the big libraries.
"""

import importlib.metadata
import importlib.util
import os
import platform
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.queries.exposure import served_sentence
from core.settings.loader import Settings
from core.settings.perception import PerceptionSettings
from db.engine import Database, wal_is_safe
from labeling.perception.automatic_choice import resolve
from labeling.perception.keypoints.mediapipe_packages import (
    get_mediapipe,
    mediapipe_is_installed,
    missing_mediapipe,
)
from labeling.perception.keypoints.rtmw_weights import (
    GET_RTMLIB,
    MISSING_RTMLIB,
    find_pose_weights,
    rtmlib_is_installed,
)
from labeling.perception.person.yolo_weights import find_person_weights
from labeling.perception.transformers_checkpoints import find_checkpoint, line_to_get_checkpoint
from labeling.weights.catalog import get_line


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage with its model and its built-in backend. `get`: the command that installs what the model lacks."""

    stage: str
    in_use: str
    model: str
    model_there: bool
    missing: str
    get: str
    built_in: str
    built_in_there: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """Versions, processors, memory, the database's journal mode, and for whom the app is served."""

    python: str
    torch: str
    sqlite: str
    journal: str
    processors: int
    memory_gib: float
    gpu: str
    workspace: str
    database: str
    served: str

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Names and values for people."""
        return (
            ("Python", self.python),
            ("torch", self.torch),
            ("SQLite", self.sqlite),
            ("Journal", self.journal),
            ("Processors", str(self.processors)),
            ("Memory", f"{self.memory_gib:.1f} GiB"),
            ("GPU", self.gpu),
            ("Workspace", self.workspace),
            ("Database", self.database),
            ("Served", self.served),
        )


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The result of `diagnose`. `note` is a remark on the whole table."""

    machine: Machine
    stages: tuple[Stage, ...]
    note: str

    def as_json(self) -> dict[str, Any]:
        """The same for `--json`."""
        return asdict(self)


NOTE = (
    "Set to auto, a stage of perception takes its model where that is there, else the built-in backend. Files and many "
    "machines run on their built-in backend in this version."
)


@dataclass(frozen=True, slots=True)
class _Need:
    """What a model needs: a package, a weights file, or an environment variable."""

    what: str
    there: bool
    get: str


def diagnose(settings: Settings, workspace_root: Path, database: Database) -> Diagnosis:
    """Inspects this machine and the workspace's database."""
    note = f"{NOTE} {_labeler_sentence(settings)}"
    if not rtmlib_is_installed():
        note = f"{note} {MISSING_RTMLIB}"
    if not mediapipe_is_installed():
        note = f"{note} {missing_mediapipe()}"
    return Diagnosis(
        machine=_machine(workspace_root, database, served_sentence(settings.server)),
        stages=_stages(settings, workspace_root / "weights"),
        note=note,
    )


def _labeler_sentence(settings: Settings) -> str:
    labeler = settings.labeling.labeler
    known = {
        "cues": "rules on measured cues",
        "gemini": f"Gemini ({settings.labeling.gemini.model})",
        "openai": f"a server of your own ({settings.labeling.openai.model})",
        "simulated": "the simulated labeler",
    }
    return f"Pseudo-labels come from {known.get(labeler, labeler)} unless another labeler is named."


def journal_sentence(mode: str, sqlite_version: tuple[int, int, int]) -> str:
    """The journal mode and the reason for it; `mode` is SQLite's word for it, or the name of another database."""
    version = ".".join(str(part) for part in sqlite_version)
    if mode == "wal":
        return f"write-ahead log (SQLite {version} is free of the WAL-reset fault)"
    if mode == "delete" and not wal_is_safe(sqlite_version):
        return f"rollback journal (SQLite {version} has the WAL-reset fault, so the write-ahead log stays off)"
    return mode


def package_version(name: str) -> str | None:
    """The version of an installed distribution, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _machine(workspace_root: Path, database: Database, served: str) -> Machine:
    torch_version = package_version("torch")
    return Machine(
        python=platform.python_version(),
        torch=f"{torch_version} ({_torch_build()})" if torch_version else "not installed",
        sqlite=sqlite3.sqlite_version,
        journal=journal_sentence(database.journal_mode(), sqlite3.sqlite_version_info[:3]),
        processors=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=_memory_gib(),
        gpu=_gpu(),
        workspace=str(workspace_root),
        database=database.name,
        served=served,
    )


def _torch_build() -> str:
    return "CUDA build" if importlib.util.find_spec("nvidia") else "CPU build"


def _memory_gib() -> float:
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0.0
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def _gpu() -> str:
    """The name of the first NVIDIA GPU, as its driver reports it."""
    for card in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        for line in card.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("Model:"):
                return line.removeprefix("Model:").strip()
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "Apple GPU"
    return "none"


def _package(name: str) -> _Need:
    return _Need(f"package {name}", package_version(name) is not None, f"pip install {name}")


def _weights(setting: str, name: str, there: bool, weights_dir: Path) -> _Need:
    get = get_line(setting, name, weights_dir) or f"put {Path(name).name} into {weights_dir}"
    return _Need(f"weights {name}", there, get)


def _person_weights(settings: PerceptionSettings, weights_dir: Path) -> _Need:
    there = find_person_weights(settings, weights_dir) is not None
    return _weights("person_weights", settings.person_weights, there, weights_dir)


def _pose_weights(settings: PerceptionSettings, weights_dir: Path) -> _Need:
    there = find_pose_weights(settings, weights_dir) is not None
    return _weights("keypoint_weights", settings.keypoint_weights, there, weights_dir)


def _checkpoint(setting: str, name: str, weights_dir: Path) -> _Need:
    get = line_to_get_checkpoint(setting, name, weights_dir)
    return _Need(f"checkpoint {name}", find_checkpoint(name, weights_dir) is not None, get)


def _variable(name: str, environment: Mapping[str, str]) -> _Need:
    return _Need(f"the variable {name}", bool(environment.get(name)), f"export {name}=...")


@dataclass(frozen=True, slots=True)
class _Part:
    """A model, or a built-in backend, and what it needs."""

    name: str
    needs: tuple[_Need, ...]

    @property
    def missing(self) -> tuple[_Need, ...]:
        return tuple(need for need in self.needs if not need.there)


def _stage(stage: str, in_use: str, model: _Part, built_in: _Part) -> Stage:
    return Stage(
        stage=stage,
        in_use=in_use,
        model=model.name,
        model_there=not model.missing,
        missing=", ".join(need.what for need in model.missing),
        get="; ".join(need.get for need in model.missing),
        built_in=built_in.name,
        built_in_there=not built_in.missing,
    )


def _stages(settings: Settings, weights_dir: Path) -> tuple[Stage, ...]:
    perception, environment = settings.perception, os.environ
    chosen = resolve(perception, weights_dir).settings
    transformers = _package("transformers")
    yolo = _Part("YOLO11x", (_package("ultralytics"), _person_weights(perception, weights_dir)))
    dinov2 = _Part("DINOv2-Base", (transformers, _checkpoint("image_model", perception.image_model, weights_dir)))
    rtmlib = _Need("package rtmlib", rtmlib_is_installed(), GET_RTMLIB)
    rtmw = _Part("RTMW whole-body", (rtmlib, _pose_weights(perception, weights_dir)))
    bert = _Part("BERT base", (transformers, _checkpoint("text_model", perception.text_model, weights_dir)))
    key = _variable("GEMINI_API_KEY" if not environment.get("GOOGLE_API_KEY") else "GOOGLE_API_KEY", environment)
    gemini = _Part(f"Gemini ({settings.labeling.gemini.model})", (_package("google-genai"), key))
    boxes = _Part("box of the key points", (_package("numpy"),))
    hog = _Part("HOG of the crop", (_package("opencv-python"),))
    mediapipe = _Part("MediaPipe Holistic", (_Need("MediaPipe", mediapipe_is_installed(), get_mediapipe()),))
    hashing = _Part("hashing vectoriser", (_package("scikit-learn"),))
    rules = _Part("rules on measured cues", (_package("numpy"),))
    return (
        _stage("person", chosen.person, yolo, boxes),
        _stage("image", chosen.image, dinov2, hog),
        _stage("key points", chosen.keypoints, rtmw, mediapipe),
        _stage("text", chosen.text, bert, hashing),
        _stage("pseudo-label", settings.labeling.labeler, gemini, rules),
        _stage(
            "database",
            "SQLite",
            _Part("PostgreSQL", (_package("psycopg"),)),
            _Part("SQLite", (_package("sqlalchemy"),)),
        ),
        _stage(
            "files",
            "workspace folder",
            _Part("S3, GCS", (_package("s3fs"),)),
            _Part("workspace folder", (_package("safetensors"),)),
        ),
        _stage(
            "many machines", "processes", _Part("Ray", (_package("ray"),)), _Part("processes", (_package("torch"),))
        ),
    )
