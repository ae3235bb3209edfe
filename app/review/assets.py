"""The component's files, read once, and a version that changes with their contents."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).parent
ASSETS: Mapping[str, bytes] = {
    path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.suffix in {".js", ".css"}
}
ASSET_VERSION = hashlib.sha256(b"\0".join(name.encode() + b"\0" + ASSETS[name] for name in ASSETS)).hexdigest()[:16]
ASSET_BASE = f"/review/assets/{ASSET_VERSION}"
