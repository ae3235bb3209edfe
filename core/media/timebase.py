"""Conversion between frames, times and text, with exact (fractional) frame rates.

Time is float seconds from the first frame of the clip. Frame `i` is *shown* from its own time until the time of frame `i + 1`;
the last one until the end of the clip. Asking for a frame before the first or at or after the end is an error.

`TIME_TOLERANCE_S` is two microseconds: a frame's time still finds that frame after truncation to whole microseconds, the
unit of a browser's `VideoFrame.timestamp`. It is far below half a frame at any rate.
"""

import math
import re
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from core.errors import InputError

TIME_TOLERANCE_S = 2e-6
SLOWEST_FPS, FASTEST_FPS = 0.1, 10_000
"""Frames a second that clips without a video may have."""

# No more digits than a time has: the rest would be no number that is left, or none that can be counted with.
_RATE_PATTERN = re.compile(r"0*[1-9][0-9]{0,8}(/0*[1-9][0-9]{0,8})?")
_TIME_PATTERN = re.compile(
    r"(?:(?:(?P<hours>[0-9]{1,9}):)?(?P<minutes>[0-9]{1,9}):)?(?P<seconds>[0-9]{1,9}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})"
)


def frame_times_s(frame_count: int, frame_rate: Fraction) -> npt.NDArray[np.float64]:
    """Times of all frames at a constant rate, float64 `(frame_count,)` in seconds; rounding does not accumulate."""
    if frame_rate <= 0:
        raise InputError(f"A frame rate of {frame_rate} is not positive.")
    return np.arange(frame_count, dtype=np.int64) * frame_rate.denominator / frame_rate.numerator


def frame_rate_of(text: object) -> Fraction:
    """The frame rate written as `25/1` or `25`. Raises ValueError for anything else; Fraction computes even `1e999999999`."""
    if not isinstance(text, str) or _RATE_PATTERN.fullmatch(text) is None:
        raise ValueError("a frame rate is a fraction such as 25/1")
    return Fraction(text)


def format_time(time_s: float) -> str:
    """`m:ss.mmm`, rounded to the nearest millisecond: 62.3456 s is `1:02.346`. There are no hours, only more minutes."""
    if not math.isfinite(time_s):
        return str(time_s)
    milliseconds = round(abs(time_s) * 1000)
    sign = "-" if time_s < 0 and milliseconds > 0 else ""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{sign}{minutes}:{rest // 1000:02d}.{rest % 1000:03d}"


def parse_time(text: str) -> float:
    """Seconds of `ss.s`, `m:ss.s` or `h:mm:ss.s`, the inverse of `format_time` for times of 0 and later.

    Raises InputError for anything else, and for 60 or more after a colon.
    """
    found = _TIME_PATTERN.fullmatch(text.strip())
    if found is None:
        raise InputError(f"The time {text!r} is not in the form seconds, m:ss or h:mm:ss.")
    seconds = Fraction(found["seconds"])
    minutes, hours = int(found["minutes"] or 0), int(found["hours"] or 0)
    if (found["minutes"] is not None and seconds >= 60) or (found["hours"] is not None and minutes >= 60):
        raise InputError(f"The time {text!r} has 60 or more behind a colon.")
    return float(hours * 3600 + minutes * 60 + seconds)
