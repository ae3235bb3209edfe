"""Where the person detector's weights may lie. Imports no model's library: the web process asks too."""

import os
from pathlib import Path

from core.settings import PerceptionSettings

DOWNLOAD = "https://github.com/ultralytics/assets/releases/download/v8.4.0"


def places_of_person_weights(settings: PerceptionSettings, weights_dir: Path) -> tuple[Path, ...]:
    """In this order: as given (from the workspace or the current folder), the workspace's `weights/`, Ultralytics' own folder."""
    given = Path(settings.person_weights).expanduser()
    if given.is_absolute():
        return (given,)
    ultralytics_dir = Path(os.environ.get("YOLO_WEIGHTS_DIR", "~/.cache/ultralytics/weights")).expanduser()
    return (weights_dir.parent / given, Path.cwd() / given, weights_dir / given, ultralytics_dir / given)


def find_person_weights(settings: PerceptionSettings, weights_dir: Path) -> Path | None:
    """The file (.pt, .onnx) or folder (OpenVINO) that `person_weights` names; None where it is not on this machine."""
    places = places_of_person_weights(settings, weights_dir)
    return next((place.resolve() for place in places if place.is_file() or place.is_dir()), None)


def missing_person_weights(settings: PerceptionSettings, weights_dir: Path) -> str:
    """One sentence: what was wanted, where it was looked for, and the two ways out."""
    looked = ", ".join(str(place) for place in places_of_person_weights(settings, weights_dir))
    name = Path(settings.person_weights).name
    return (
        f"The person detector's weights {settings.person_weights} are not on this machine (looked at {looked}); "
        f"get them with `curl -L --create-dirs -o {weights_dir / name} {DOWNLOAD}/{name}`, "
        "or set perception.person = keypoint-box, which takes the box of the key points."
    )
