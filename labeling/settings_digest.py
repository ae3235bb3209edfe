"""A short digest of settings, equal on every machine."""

import hashlib
import json
from collections.abc import Mapping


def settings_digest(settings: Mapping[str, object]) -> str:
    """First 16 hex digits of the SHA-256 of the settings as canonical JSON (sorted keys, no spaces)."""
    canonical = json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:16]
