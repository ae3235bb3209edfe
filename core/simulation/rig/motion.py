"""Motion signals: onset and offset of gestures, and small spontaneous movements.

Signals are float64 (T,), one value per frame of the clip.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]


def minimum_jerk(share: Signal) -> Signal:
    """Minimum-jerk profile of reaching (Flash and Hogan, 1985): share of time (0..1, clipped) to share of distance."""
    x = np.clip(share, 0.0, 1.0)
    return np.asarray(x**3 * (10 - 15 * x + 6 * x**2))


def frames_between(time_s: Signal, start_s: float, end_s: float) -> slice:
    """The frames from `start_s` to `end_s`, as a slice."""
    first, end = np.searchsorted(time_s, (start_s, end_s))
    return slice(int(first), int(end))


def swell(time_s: Signal, start_s: float, end_s: float, rise_s: float, fall_s: float) -> Signal:
    """Ramps from 0 at `start_s` to 1 in `rise_s`, and back to 0 in `fall_s` until `end_s`; ramps shrink to fit."""
    shrink = min(1.0, (end_s - start_s) / max(rise_s + fall_s, 1e-9))
    rise_s, fall_s = rise_s * shrink, fall_s * shrink
    return minimum_jerk((time_s - start_s) / rise_s) * minimum_jerk((end_s - time_s) / fall_s)


def restless(time_s: Signal, period_s: float, random: np.random.Generator) -> Signal:
    """Smooth noise of about unit standard deviation: a cubic spline through random values about every `period_s`."""
    if not len(time_s):
        return np.zeros(0)
    knots = random.standard_normal(int(np.ceil(time_s[-1] / period_s)) + 4)
    place = time_s / period_s + 1
    index = place.astype(int)
    x = place - index
    before, left, right, after = (knots[index + step] for step in (-1, 0, 1, 2))
    return np.asarray(
        left
        + 0.5 * x * (right - before)
        + x**2 * (before - 2.5 * left + 2 * right - 0.5 * after)
        + x**3 * (1.5 * (left - right) + 0.5 * (after - before))
    )


def glances(time_s: Signal, hold_s: tuple[float, float], move_s: float, random: np.random.Generator) -> Signal:
    """Gaze: random levels of unit standard deviation, each held for `hold_s` (least, most), with fast moves between."""
    end_s = float(time_s[-1]) if len(time_s) else 0.0
    starts = [0.0]
    while starts[-1] < end_s:
        starts.append(starts[-1] + float(random.uniform(*hold_s)))
    levels = random.standard_normal(len(starts))
    levels[random.random(len(levels)) < 0.5] *= 0.2  # half of the time near the interviewer
    knots_s = np.ravel([(start - move_s, start) for start in starts[1:]])
    values = np.ravel(list(pairwise(levels)))
    return np.asarray(np.interp(time_s, knots_s, values)) if len(knots_s) else np.full(len(time_s), levels[0])


def bouts(
    time_s: Signal, on_s: tuple[float, float], off_s: tuple[float, float], ramp_s: float, random: np.random.Generator
) -> Signal:
    """0..1: alternates between on and off for `on_s` and `off_s` (least, most), with ramps; used for speaking and pausing."""
    out = np.zeros(len(time_s))
    at_s, end_s = float(random.uniform(0, off_s[1])), float(time_s[-1]) if len(time_s) else 0.0
    while at_s < end_s:
        stop_s = at_s + float(random.uniform(*on_s))
        span = frames_between(time_s, at_s, stop_s)
        out[span] = swell(time_s[span], at_s, stop_s, ramp_s, ramp_s)
        at_s = stop_s + float(random.uniform(*off_s))
    return out
