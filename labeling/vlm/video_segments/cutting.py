"""Dividing a clip into segments that are short enough for a model."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """The range `start_s` (inclusive) to `end_s` (exclusive) of a clip, in seconds from its first frame."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


def segments_of(duration_s: float, longest_s: float, overlap_s: float) -> tuple[Segment, ...]:
    """The whole clip if it is no longer than `longest_s`, else the fewest segments of equal length that cover it.

    Each is at most `longest_s` long, and neighbors overlap by `overlap_s`, so that no gesture is cut in both.
    Raises ValueError for a clip of no length, and for an overlap with which segments would not advance.
    """
    if not (math.isfinite(duration_s) and duration_s > 0):
        raise ValueError(f"A clip of {duration_s} s cannot be cut into segments.")
    if not 0 <= overlap_s < longest_s:
        raise ValueError(f"Segments of at most {longest_s} s cannot overlap by {overlap_s} s.")
    if duration_s <= longest_s:
        return (Segment(0.0, duration_s),)
    count = math.ceil((duration_s - overlap_s) / (longest_s - overlap_s))
    length_s = (duration_s + (count - 1) * overlap_s) / count
    starts_s = [index * (length_s - overlap_s) for index in range(count)]
    return tuple(
        Segment(start_s, duration_s if index == count - 1 else start_s + length_s)
        for index, start_s in enumerate(starts_s)
    )
