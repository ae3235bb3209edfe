"""Finding MediaPipe's packages. Imports none of them, as the web process uses this module, too.

MediaPipe needs a protobuf older than the one of other packages, so it has a folder of its own, which only the worker process
puts on its import path. Version and file names are of the wheel whose models lie inside it.
"""

import shlex
import sys
from pathlib import Path

MEDIAPIPE_VERSION = "0.10.21"
PINNED = (f"mediapipe=={MEDIAPIPE_VERSION}", "absl-py==2.1.0", "protobuf==4.25.8")
"""What `make` installs into the folder; the same lines stand in requirements-mediapipe.txt."""

GRAPH = "mediapipe/modules/holistic_landmark/holistic_landmark_cpu.binarypb"
NEEDED = (
    GRAPH,
    "mediapipe/python/solution_base.py",
    f"mediapipe-{MEDIAPIPE_VERSION}.dist-info/METADATA",
    "absl/__init__.py",
    "google/protobuf/__init__.py",
)
"""Files of the folder by which it counts as installed."""


def packages_dir() -> Path:
    """The folder beside the environment's own packages, whether or not it is there."""
    return Path(sys.prefix) / "mediapipe"


def mediapipe_is_installed() -> bool:
    """Whether the folder holds all that the worker imports."""
    return all((packages_dir() / name).is_file() for name in NEEDED)


def get_mediapipe() -> str:
    """The command that installs them for this environment."""
    python, folder = shlex.quote(sys.executable), shlex.quote(str(packages_dir()))
    return f"{python} -m pip install --no-deps --upgrade --target {folder} {' '.join(PINNED)}"


def missing_mediapipe() -> str:
    """One sentence: what is missing, and the ways to solve it."""
    return (
        f"MediaPipe {MEDIAPIPE_VERSION}, which finds key points in videos, is not installed in {packages_dir()}; "
        f"`{get_mediapipe()}` adds it where there is a wheel of it (Python 3.11 or 3.12), or "
        "import OpenPose's files with --openpose."
    )
