"""What this machine can do, stage by stage; `telltale doctor` and the Settings page show it.

Looks at installed packages, cached weights and devices; imports none of the big libraries.
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

from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage with its strong and its embedded part. `get` is the line that gets what the strong part lacks."""

    stage: str
    in_use: str
    strong: str
    strong_there: bool
    missing: str
    get: str
    embedded: str
    embedded_there: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """Versions, processors and the database's journal decision."""

    python: str
    torch: str
    sqlite: str
    journal: str
    processors: int
    memory_gib: float
    gpu: str
    workspace: str
    database: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that doctor tells. `note` holds for the whole table."""

    machine: Machine
    stages: tuple[Stage, ...]
    note: str

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


NOTE = "This version runs the embedded part of every stage; a strong part that is there is not used yet."


@dataclass(frozen=True, slots=True)
class _Need:
    """Something that a strong part needs: a package, a file of weights, or a variable."""

    what: str
    there: bool
    get: str


def diagnose(settings: Settings, workspace_root: Path, journal: str) -> Diagnosis:
    """`journal` is the database's own word on its journal mode and why."""
    return Diagnosis(machine=_machine(workspace_root, journal), stages=_stages(settings), note=NOTE)


def package_version(name: str) -> str | None:
    """Version of an installed distribution, None where there is none."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _machine(workspace_root: Path, journal: str) -> Machine:
    torch_version = package_version("torch")
    return Machine(
        python=platform.python_version(),
        torch=f"{torch_version} ({_torch_build()})" if torch_version else "not installed",
        sqlite=sqlite3.sqlite_version,
        journal=journal,
        processors=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=_memory_gib(),
        gpu=_gpu(),
        workspace=str(workspace_root),
        database="SQLite",
    )


def _torch_build() -> str:
    return "CUDA build" if importlib.util.find_spec("nvidia") else "CPU build"


def _memory_gib() -> float:
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0.0
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def _gpu() -> str:
    """Name of the first NVIDIA card as its driver tells it; without a driver there is none to use."""
    for card in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        for line in card.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("Model:"):
                return line.removeprefix("Model:").strip()
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "Apple GPU"
    return "none"


def _package(name: str) -> _Need:
    return _Need(f"package {name}", package_version(name) is not None, f"pip install {name}")


def _hub_model(model_id: str, environment: Mapping[str, str]) -> _Need:
    """Weights in the Hugging Face cache."""
    home = Path(environment.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    folder = Path(environment.get("HF_HUB_CACHE") or home / "hub") / f"models--{model_id.replace('/', '--')}"
    return _Need(f"weights {model_id}", any(folder.glob("snapshots/*")), f"huggingface-cli download {model_id}")


def _weights_file(name: str, get: str) -> _Need:
    return _Need(f"weights {name}", Path(name).is_file(), get)


def _variable(name: str, environment: Mapping[str, str]) -> _Need:
    return _Need(f"the variable {name}", bool(environment.get(name)), f"export {name}=...")


def _stage(stage: str, in_use: str, strong: str, needs: tuple[_Need, ...], embedded: str, package: str) -> Stage:
    missing = [need for need in needs if not need.there]
    return Stage(
        stage=stage,
        in_use=in_use,
        strong=strong,
        strong_there=not missing,
        missing=", ".join(need.what for need in missing),
        get="; ".join(need.get for need in missing),
        embedded=embedded,
        embedded_there=package_version(package) is not None,
    )


def _stages(settings: Settings) -> tuple[Stage, ...]:
    perception, environment = settings.perception, os.environ
    yolo = _weights_file(
        "yolo11x.pt", "curl -LO https://github.com/ultralytics/assets/releases/download/v8.3.0/yolo11x.pt"
    )
    return (
        _stage("person", perception.person, "YOLO11x", (_package("ultralytics"), yolo), "box of the key points", "numpy"),
        _stage(
            "image",
            perception.image,
            "DINOv2-Base",
            (_package("transformers"), _hub_model("facebook/dinov2-base", environment)),
            "HOG of the crop",
            "opencv-python",
        ),
        _stage(
            "key points",
            perception.keypoints,
            "RTMW whole-body",
            (_package("rtmlib"), _package("onnxruntime")),
            "import of OpenPose JSON",
            "numpy",
        ),
        _stage(
            "text",
            perception.text,
            "BERT base",
            (_package("transformers"), _hub_model("bert-base-uncased", environment)),
            "hashing vectoriser",
            "scikit-learn",
        ),
        _stage(
            "pseudo-label",
            settings.labeling.labeler,
            "Gemini",
            (_package("google-genai"), _variable("GEMINI_API_KEY", environment)),
            "rules on measured cues",
            "numpy",
        ),
        _stage("database", "sqlite", "PostgreSQL", (_package("psycopg"),), "SQLite", "sqlalchemy"),
        _stage("files", "workspace folder", "S3, GCS (fsspec)", (_package("s3fs"),), "the workspace folder", "safetensors"),
        _stage("many machines", "processes", "Ray", (_package("ray"),), "processes on this machine", "torch"),
    )
