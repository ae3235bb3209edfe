"""How Ultralytics is told to keep still: before it is imported, or it has no effect."""

import logging
import os
import tempfile
from pathlib import Path

_ENVIRONMENT = {
    "YOLO_OFFLINE": "true",  # it looks up two hosts else, and fetches weights that nobody asked for
    "YOLO_AUTOINSTALL": "false",  # it installs packages by itself else
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "1",  # weights are read with `weights_only` against a list of known classes
}


def quiet_ultralytics() -> None:
    """No look-ups of hosts, no installations, no settings file in the user's home, and no pickle that runs code."""
    os.environ.update(_ENVIRONMENT)
    os.environ.setdefault("YOLO_CONFIG_DIR", str(Path(tempfile.gettempdir()) / "telltale-ultralytics"))
    logging.getLogger("ultralytics").setLevel(logging.ERROR)
