"""Where the person detector's weights may lie. Imports no model's library: the web process asks too."""

import json
import os
import sys
from pathlib import Path

from core.settings.perception import PerceptionSettings

DOWNLOAD = "https://github.com/ultralytics/assets/releases/download/v8.4.0"
OPENVINO_FOLDER = "_openvino_model"
"""How the name of an exported OpenVINO folder ends; Ultralytics knows it by that alone."""


def find_person_weights(settings: PerceptionSettings, weights_dir: Path) -> Path | None:
    """The file (.pt, .onnx) or folder (OpenVINO) that `person_weights` names; None where it is not on this machine."""
    places = places_of_person_weights(settings, weights_dir)
    return next((place.resolve() for place in places if place.is_file() or place.is_dir()), None)


def places_of_person_weights(settings: PerceptionSettings, weights_dir: Path) -> tuple[Path, ...]:
    """In this order: as given (from the workspace, from the current folder), in `weights/`, in Ultralytics' own folder."""
    given = Path(settings.person_weights).expanduser()
    if given.is_absolute():
        return (given,)
    places = [weights_dir.parent / given, Path.cwd() / given, weights_dir / given, *_ultralytics_folder(given)]
    return tuple(dict.fromkeys(places))


def missing_person_weights(settings: PerceptionSettings, weights_dir: Path) -> str:
    """One sentence: what was wanted, where it was looked for, and the two ways out."""
    looked = ", ".join(str(place) for place in places_of_person_weights(settings, weights_dir))
    name = Path(settings.person_weights).name
    target = weights_dir / name
    get = f"with `curl -L --create-dirs -o {target} {DOWNLOAD}/{name}`" if _is_released(name) else f"as {target}"
    return (
        f"The person detector's weights {settings.person_weights} are not on this machine (looked for {looked}); "
        f"get them {get}, or set perception.person = keypoint-box, which takes the box from the key points."
    )


def _is_released(name: str) -> bool:
    """Whether Ultralytics offers weights of this name, as far as a name can tell."""
    return name.startswith(("yolo", "rtdetr")) and name.endswith(".pt")


def _ultralytics_folder(given: Path) -> list[Path]:
    """Where Ultralytics keeps what it has downloaded, which its settings file says; nowhere without such a file."""
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
        return []  # never used on this machine, or not by this version: nothing of its own can lie there
