"""Wording of cues, times and lists in rationales."""

from core.pose.cues import CATALOG


def phrase(cue: str) -> str:
    """The cue as a clause, without a full stop."""
    return CATALOG[cue].phrase if cue in CATALOG else f"{cue.capitalize()} is seen"


def seconds(value: float) -> str:
    """`7.3 s` within the first minute, `2:07.3` after it."""
    if value < 60:
        return f"{value:.1f} s"
    tenths = round(value * 10)
    return f"{tenths // 600}:{tenths % 600 // 10:02d}.{tenths % 10}"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
