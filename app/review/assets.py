"""The component's files, read once, and a version that changes with their contents.

A file is known by its path below this folder, e.g. "player/player.js". Only files in this list are served.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).parent
_FILES = sorted(path for path in _FOLDER.rglob("*") if path.suffix in {".js", ".css"} and path.is_file())
ASSETS: Mapping[str, bytes] = {path.relative_to(_FOLDER).as_posix(): path.read_bytes() for path in _FILES}
ASSET_VERSION = hashlib.sha256(b"\0".join(name.encode() + b"\0" + ASSETS[name] for name in ASSETS)).hexdigest()[:16]
ASSET_BASE = f"/review/assets/{ASSET_VERSION}"
