"""Finding the person detector's weights. Imports no model's library, as the web process uses it."""

import json
import os
import sys
from pathlib import Path

from core.settings.perception import PerceptionSettings
from labeling.weights.catalog import get_line

OPENVINO_FOLDER = "_openvino_model"
"""Suffix of an exported OpenVINO folder, by which Ultralytics recognizes it."""


def find_person_weights(settings: PerceptionSettings, weights_dir: Path) -> Path | None:
    """The file (.pt, .onnx) or folder (OpenVINO) of the setting `person_weights`; None if it is not on this machine."""
    places = places_of_person_weights(settings, weights_dir)
    return next((place.resolve() for place in places if place.is_file() or place.is_dir()), None)


def places_of_person_weights(settings: PerceptionSettings, weights_dir: Path) -> tuple[Path, ...]:
    """Candidate paths, in order: as given (from the workspace, the current folder), in `weights/`, in Ultralytics' folder."""
    given = Path(settings.person_weights).expanduser()
    if given.is_absolute():
        return (given,)
    places = [weights_dir.parent / given, Path.cwd() / given, weights_dir / given, *_ultralytics_folder(given)]
    return tuple(dict.fromkeys(places))


def missing_person_weights(settings: PerceptionSettings, weights_dir: Path) -> str:
    """One sentence: what is missing, where it was looked for, and two ways to solve it."""
    looked = ", ".join(str(place) for place in places_of_person_weights(settings, weights_dir))
    line = get_line("person_weights", settings.person_weights, weights_dir)
    get = f"with `{line}`" if line else f"as {weights_dir / Path(settings.person_weights).name}"
    return (
        f"The person detector's weights {settings.person_weights} are not on this machine (looked for {looked}); "
        f"get them {get}, or set perception.person = keypoint-box, which takes the box from the key points."
    )


def _ultralytics_folder(given: Path) -> list[Path]:
    """Ultralytics' download folder, from its settings file; empty without one."""
    if folder := os.environ.get("YOLO_CONFIG_DIR"):
        config_dir = Path(folder).expanduser()
    elif sys.platform == "darwin":
        config_dir = Path.home() / "Library" / "Application Support"
    elif sys.platform == "win32":
        config_dir = Path.home() / "AppData" / "Roaming"
    else:
        config_dir = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
    try:
        own = json.loads((config_dir / "Ultralytics" / "settings.json").read_text(encoding="utf-8"))
        return [Path(own["weights_dir"]).expanduser().absolute() / given]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # Ultralytics has no settings file here, and so no downloads
