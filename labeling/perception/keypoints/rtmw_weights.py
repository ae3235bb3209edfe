"""Finding rtmlib and the weights of the whole-body pose model. Imports no model's library, as the web process uses it."""

import importlib.util
import os
from pathlib import Path

from core.settings.perception import PerceptionSettings
from labeling.weights.catalog import get_line

GET_RTMLIB = "pip install --no-deps rtmlib==0.0.16"
MISSING_RTMLIB = (
    "The package rtmlib is not installed: without it perception.keypoints = rtmw finds no key points in videos, and they come "
    f"from OpenPose's own files alone; `{GET_RTMLIB}` adds it."
)


def rtmlib_is_installed() -> bool:
    """Whether rtmlib is there. It is no dependency of Telltale, as its own dependencies would install a second OpenCV."""
    return importlib.util.find_spec("rtmlib") is not None


def find_pose_weights(settings: PerceptionSettings, weights_dir: Path) -> Path | None:
    """The .onnx file of the setting `keypoint_weights`; None if it is not on this machine."""
    places = places_of_pose_weights(settings, weights_dir)
    return next((place.resolve() for place in places if place.is_file()), None)


def places_of_pose_weights(settings: PerceptionSettings, weights_dir: Path) -> tuple[Path, ...]:
    """Candidate paths, in order: as given (from the workspace, the current folder), in `weights/`, in rtmlib's cache."""
    given = Path(settings.keypoint_weights).expanduser()
    if given.is_absolute():
        return (given,)
    places = (weights_dir.parent / given, Path.cwd() / given, weights_dir / given, _rtmlib_cache() / given)
    return tuple(dict.fromkeys(places))


def missing_pose_weights(settings: PerceptionSettings, weights_dir: Path) -> str:
    """One sentence: what is missing, where it was looked for, and two ways to solve it."""
    looked = ", ".join(str(place) for place in places_of_pose_weights(settings, weights_dir))
    line = get_line("keypoint_weights", settings.keypoint_weights, weights_dir)
    get = f"with `{line}`" if line else f"as {weights_dir / Path(settings.keypoint_weights).name}"
    return (
        f"The whole-body pose model {settings.keypoint_weights} is not on this machine (looked for {looked}); get it "
        f"{get}, or set perception.keypoints = openpose-json, which reads OpenPose's own files."
    )


def _rtmlib_cache() -> Path:
    """rtmlib's cache folder, as in rtmlib.tools.file."""
    home = os.environ.get("TORCH_HOME") or Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "rtmlib")
    return Path(home).expanduser() / "hub" / "checkpoints"
