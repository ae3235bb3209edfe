"""What is said from one time to another, as a file has it, good or bad."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.types.transcript import TranscriptSegment

LATEST_S = 1e6  # some eleven days
_LEFT_OUT = re.compile(r"\{\\[^{}]*\}|<[^<>]*>")  # ASS styles, also in .srt files, and tags; none within another
_NAMED = 3


@dataclass(slots=True)
class Cues:
    """The cues of one file so far. A bad one is left out alone, and named by `where` and what is wrong."""

    segments: list[TranscriptSegment] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    found: int = 0

    def add(self, text: str, start_s: float | None, end_s: float | None, where: str) -> None:
        """Adds a cue; None for a time that cannot be read."""
        self.found += 1
        if start_s is None or end_s is None:
            self.bad.append(f"{where} has a time that cannot be read")
        elif end_s > LATEST_S:
            self.bad.append(f"{where} ends after more than eleven days")
        elif end_s < start_s or start_s < 0:
            self.bad.append(f"{where} ends before it begins")
        elif said := spoken(text):
            self.segments.append(TranscriptSegment(said, start_s, end_s))

    def remarks(self, file: str) -> tuple[str, ...]:
        """A sentence on the bad cues, if any."""
        if not self.bad:
            return ()
        first = "; ".join(self.bad[:_NAMED])
        more = f"; {len(self.bad) - _NAMED} more" if len(self.bad) > _NAMED else ""
        return (f"{file}: {len(self.bad)} of {self.found} cues were left out: {first}{more}.",)


def spoken(text: str) -> str:
    """The words in one line, without styles and tags."""
    return " ".join(_LEFT_OUT.sub("", text).split())


def seconds(timestamp: str) -> float | None:
    """Seconds of 01:02:03.450, 02:03,450 or 1:02:03; None for anything else."""
    parts = timestamp.replace(",", ".").split(":")
    if not 2 <= len(parts) <= 3 or any(len(part) > 12 for part in parts):
        return None
    try:
        numbers: Sequence[float] = [*(float(int(part)) for part in parts[:-1]), float(parts[-1])]
    except ValueError:
        return None
    total_s = 0.0
    for number in numbers:
        total_s = total_s * 60 + number
    return total_s
