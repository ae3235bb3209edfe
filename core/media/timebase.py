"""Frames and times without rounding a frame rate to an integer.

Time is float seconds from the first frame of the clip. Frame `i` is *shown* from its own time until the time of frame `i + 1`;
the last one until the end of the clip. A time before the first frame or at or after the end has no frame, and that is an error,
never the nearest frame.

`TIME_TOLERANCE_S` is two microseconds: a frame's own time still finds that frame after it was cut to whole microseconds, the
unit of a browser's `VideoFrame.timestamp`, or written with six decimals. It is far below half a frame at any rate.
"""

import math
import re
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from core.errors import FrameNotFoundError, InputError

TIME_TOLERANCE_S = 2e-6

_TIME_PATTERN = re.compile(r"(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?(?P<seconds>\d+(?:\.\d*)?|\.\d+)")


def frame_time_s(index: int, frame_rate: Fraction) -> float:
    """Time in seconds of frame `index` of a clip of constant `frame_rate`; one correctly rounded division, so no drift."""
    _check_rate(frame_rate)
    return index * frame_rate.denominator / frame_rate.numerator


def frame_times_s(frame_count: int, frame_rate: Fraction) -> npt.NDArray[np.float64]:
    """Times of all frames of a clip of constant rate, float64 `(frame_count,)`; equal to `frame_time_s` of each."""
    _check_rate(frame_rate)
    return np.arange(frame_count, dtype=np.int64) * frame_rate.denominator / frame_rate.numerator


def frame_index(time_s: float, frame_rate: Fraction) -> int:
    """Index of the frame shown at `time_s` in a clip of constant rate that has no end.

    Raises FrameNotFoundError for a time before 0 or one that is not finite.
    """
    _check_rate(frame_rate)
    if not math.isfinite(time_s) or time_s < -TIME_TOLERANCE_S:
        raise FrameNotFoundError(f"There is no frame at {format_time(time_s)}: the first one is at 0:00.000.")
    return math.floor(Fraction(max(time_s, 0.0) + TIME_TOLERANCE_S) * frame_rate)


def frame_at(time_s: npt.NDArray[np.float64], at_s: float, *, end_s: float | None = None) -> int:
    """Index of the frame shown at `at_s`.

    `time_s` is the strictly increasing float64 `(T,)` of frame times; `end_s` is when the last frame stops being shown,
    by default one median frame interval after its own time. Raises FrameNotFoundError, naming what was asked and what there was.
    """
    if len(time_s) == 0:
        raise FrameNotFoundError(f"There is no frame at {format_time(at_s)}: the clip has none.")
    index = max(int(np.searchsorted(time_s, at_s + TIME_TOLERANCE_S, side="right")) - 1, 0)
    if index + 1 < len(time_s) and at_s >= time_s[0] - TIME_TOLERANCE_S:
        return index
    end = _end_s(time_s) if end_s is None else end_s
    if not math.isfinite(at_s) or at_s < time_s[0] - TIME_TOLERANCE_S or at_s >= end:
        raise FrameNotFoundError(
            f"There is no frame at {format_time(at_s)}: the {len(time_s)} frames are shown from "
            f"{format_time(float(time_s[0]))} to {format_time(end)}."
        )
    return index


def middle_of_frame_s(time_s: npt.NDArray[np.float64], index: int, *, end_s: float | None = None) -> float:
    """The middle of the time that frame `index` is shown: where to seek, as a player may miss a frame's exact time.

    Raises FrameNotFoundError for an index that is not in `time_s`.
    """
    if not 0 <= index < len(time_s):
        raise FrameNotFoundError(f"There is no frame {index}: the clip has {len(time_s)}.")
    until = float(time_s[index + 1]) if index + 1 < len(time_s) else (_end_s(time_s) if end_s is None else end_s)
    return (float(time_s[index]) + until) / 2


def format_time(time_s: float) -> str:
    """`m:ss.mmm`, minutes growing without limit, rounded to the nearest millisecond: 62.3456 s is `1:02.346`."""
    if not math.isfinite(time_s):
        return str(time_s)
    milliseconds = round(abs(time_s) * 1000)
    sign = "-" if time_s < 0 and milliseconds > 0 else ""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{sign}{minutes}:{rest // 1000:02d}.{rest % 1000:03d}"


def parse_time(text: str) -> float:
    """Seconds of `ss.s`, `m:ss.s` or `h:mm:ss.s`, the inverse of `format_time` for times of 0 and later.

    Raises InputError for anything else, and for 60 and more behind a colon.
    """
    found = _TIME_PATTERN.fullmatch(text.strip())
    if found is None:
        raise InputError(f"The time {text!r} is not in the form seconds, m:ss or h:mm:ss.")
    seconds = Fraction(found["seconds"])
    minutes, hours = int(found["minutes"] or 0), int(found["hours"] or 0)
    if (found["minutes"] is not None and seconds >= 60) or (found["hours"] is not None and minutes >= 60):
        raise InputError(f"The time {text!r} has 60 or more behind a colon.")
    return float(hours * 3600 + minutes * 60 + seconds)


def _end_s(time_s: npt.NDArray[np.float64]) -> float:
    # A single frame without a stated end is shown for no known time; a still of 1/25 s would be made up.
    if len(time_s) == 1:
        return float(time_s[0]) + 2 * TIME_TOLERANCE_S
    return float(time_s[-1] + np.median(np.diff(time_s)))


def _check_rate(frame_rate: Fraction) -> None:
    if frame_rate <= 0:
        raise InputError(f"A frame rate of {frame_rate} is not positive.")
