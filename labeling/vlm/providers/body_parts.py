"""Parts of a server's JSON, whose form nobody vouches for."""

import math
from collections.abc import Mapping
from typing import Any

_MOST_TOKENS = 10**9  # a larger count is no count


def part(content: Any, *path: str | int) -> Any:
    """What lies at a path of keys and indices; None where there is nothing, or something of another form."""
    for step in path:
        if isinstance(step, str) and isinstance(content, Mapping):
            content = content.get(step)
        elif isinstance(step, int) and isinstance(content, list) and step < len(content):
            content = content[step]
        else:
            return None
    return content


def words(content: Any, *path: str | int) -> str:
    """The text at a path; empty where there is none."""
    found = part(content, *path)
    return found if isinstance(found, str) else ""


def tokens(content: Any, *path: str | int) -> int:
    """The count at a path; 0 where it is no count."""
    found = part(content, *path)
    counted = isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= _MOST_TOKENS
    return found if counted else 0


def pause_s(written: str) -> float | None:
    """The seconds that a server asks to wait; None for a date, or a number that is no time."""
    try:
        found = float(written)
    except ValueError:
        return None
    return max(0.0, found) if math.isfinite(found) else None
