"""What a rationale says of each cue. Plain words, so that a reader can look and agree or not."""

from collections.abc import Mapping

from core.pose.cues import CATALOG

_PHRASES: Mapping[str, str] = {
    "touching jaw": "A hand is at the jaw",
    "touching facial parts": "A hand touches the face",
    "touching neck": "A hand is at the neck",
    "touching head": "A hand is at the head",
    "covering face": "A hand covers part of the face",
    "folding arms": "The arms are folded",
    "rubbing or holding hands": "One hand holds or rubs the other",
    "shaking shoulders": "The shoulders twitch",
    "moving torso": "The trunk shifts",
    "leaning forward": "The person leans forward",
    "sitting straightly": "The person sits up straight",
    "illustrative body language": "The hands move along with the words",
    "head up": "The head goes up",
    "head down": "The head goes down",
    "head turned": "The head is turned aside",
    "nodding": "The head nods",
    "head shaking": "The head shakes",
    "pressing lips": "The lips are pressed together",
    "mouth open": "The mouth is open",
    "smile": "The corners of the mouth go up",
    "blink": "The eyes blink",
    "brow raise": "The brows go up",
    "brow lowerer": "The brows are drawn down",
    "bulging face or deep breath": "The chest or the cheeks fill with air",
}


def phrase(cue: str) -> str:
    """A clause without its full stop; a cue that has no phrase of its own is called by its title."""
    if cue in _PHRASES:
        return _PHRASES[cue]
    return f"{CATALOG[cue].title} is seen" if cue in CATALOG else f"{cue.capitalize()} is seen"


def seconds(value: float) -> str:
    """`7.3 s` within the first minute, `2:07.3` after it."""
    if value < 60:
        return f"{value:.1f} s"
    tenths = round(value * 10)
    return f"{tenths // 600}:{tenths % 600 // 10:02d}.{tenths % 10}"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
