"""A short digest of settings, equal on every machine."""

import hashlib
import itertools
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any


def settings_digest(settings: Mapping[str, object]) -> str:
    """First 16 hex digits of the SHA-256 of the settings as canonical JSON (sorted keys, no spaces).

    Constants of the code are digested as they are written; settings of people go through `normalized` first.
    """
    canonical = json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:16]


def normalized(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with one spelling for each value: a whole number is an integer, whether it was given as 6 or as 6.0.

    A default that nobody set is an integer, and the same value from a file or a form a float: both mean the same.
    """
    return {name: _normalized(value) for name, value in settings.items()}


def spellings(settings: Mapping[str, Any], floats: Collection[str]) -> Iterator[dict[str, Any]]:
    """The normalized settings, and each form in which earlier versions wrote them: whole numbers of `floats` as floats."""
    plain = normalized(settings)
    whole = sorted(name for name in floats if isinstance(plain.get(name), int))
    for kinds in itertools.product((int, float), repeat=len(whole)):
        yield {**plain, **{name: kind(plain[name]) for name, kind in zip(whole, kinds, strict=True)}}


def _normalized(value: Any) -> Any:
    if isinstance(value, Mapping):
        return normalized(value)
    if isinstance(value, list | tuple):
        return [_normalized(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
