"""What was said, with times where they are known."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TranscriptSegment:
    """A stretch of speech. `start_s` and `end_s` are None where the transcript has no times; otherwise both are there."""

    text: str
    start_s: float | None
    end_s: float | None
