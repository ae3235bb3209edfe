"""Filters on a measure over time: float64 (T,), NaN where it could not be measured; windows in seconds.

Seconds are converted to frames by the clip's median frame interval, so that results do not depend on the frame rate.
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Signal = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
_Value = TypeVar("_Value", np.float64, np.bool_)

_USUAL_WINDOW_S = 60.0
_USUAL_STEP_S = 5.0


def window_frames(seconds: float, frame_s: float) -> int:
    """Window length as an odd number of frames, at least 1."""
    return 2 * round(0.5 * (seconds / frame_s - 1)) + 1 if 0 < frame_s < seconds else 1


def filled(signal: Signal) -> Signal:
    """NaN replaced by linear interpolation over frames, constant at the ends; zeros if all are NaN."""
    there = ~np.isnan(signal)
    if not there.any():
        return np.zeros_like(signal)
    frames = np.arange(len(signal))
    return np.asarray(np.interp(frames, frames[there], signal[there]), dtype=np.float64)


def rolling_median(signal: Signal, seconds: float, frame_s: float) -> Signal:
    """Centered median, which keeps steps and removes single outliers; NaN stays NaN and is ignored."""
    width = window_frames(seconds, frame_s)
    if width == 1 or len(signal) < 2:
        return signal.copy()
    out = np.median(_windows(filled(signal), width), axis=1)
    return np.where(np.isnan(signal), np.nan, out)


def smoothed(signal: Signal, seconds: float, frame_s: float) -> Signal:
    """Hann-weighted moving mean over a window of that length; NaN stays NaN and is ignored."""
    width = window_frames(seconds, frame_s)
    if width == 1 or len(signal) < 2:
        return signal.copy()
    kernel = np.hanning(width + 2)[1:-1]
    out = _windows(filled(signal), width) @ (kernel / kernel.sum())
    return np.where(np.isnan(signal), np.nan, out)


def window_range(signal: Signal, seconds: float, frame_s: float) -> Signal:
    """Maximum minus minimum in the centered window, ignoring NaN; NaN where the signal is NaN."""
    width = window_frames(seconds, frame_s)
    top = _windows(np.where(np.isnan(signal), -np.inf, signal), width).max(axis=1)
    bottom = _windows(np.where(np.isnan(signal), np.inf, signal), width).min(axis=1)
    return np.where(np.isnan(signal), np.nan, top - bottom)


def dips(signal: Signal, seconds: float, frame_s: float, ceiling: Signal | None = None) -> Signal:
    """(T,): depth of dips shorter than the window, relative to the signal's level before and after.

    That level is the morphological closing with a flat window (moving maximum, then moving minimum); slow changes and
    steps are no dips. The level is capped at `ceiling` (T,).
    """
    width = window_frames(seconds, frame_s)
    top = _windows(np.where(np.isnan(signal), -np.inf, signal), width).max(axis=1)
    closed = _windows(top, width).min(axis=1)
    closed = closed if ceiling is None else np.minimum(closed, ceiling)
    return 1 - signal / np.where(np.isfinite(closed) & (closed > 0), closed, np.nan)


def widened(mask: Mask, seconds: float, frame_s: float) -> Mask:
    """The mask dilated by `seconds` on both sides."""
    width = window_frames(2 * seconds, frame_s)
    return np.asarray(_windows(mask, width).any(axis=1))


def usual(signal: Signal, time_s: Signal) -> Signal:
    """(T,): the person's baseline, the median of the surrounding minute (of the whole clip if it is shorter).

    All NaN if nothing was measured.
    """
    there = ~np.isnan(signal)
    if not there.any():
        return np.full_like(signal, np.nan)
    times, values = time_s[there], signal[there]
    last_start = max(times[0], times[-1] - _USUAL_WINDOW_S)
    starts = np.arange(times[0], last_start + _USUAL_STEP_S, _USUAL_STEP_S)
    centers, medians = [], []
    for start in np.minimum(starts, last_start):
        first, end = np.searchsorted(times, (start, start + _USUAL_WINDOW_S))
        if end > first:
            centers.append(start + 0.5 * _USUAL_WINDOW_S)
            medians.append(np.median(values[first:end]))
    return np.asarray(np.interp(time_s, centers, medians), dtype=np.float64)


def noise(signal: Signal) -> float:
    """Standard deviation of the frame-to-frame jitter, from the median absolute second difference; 0 if unknown."""
    bend = signal[1:-1] - 0.5 * (signal[:-2] + signal[2:])
    bend = np.abs(bend[~np.isnan(bend)])
    return float(1.4826 * np.median(bend) / np.sqrt(1.5)) if len(bend) else 0.0


def runs(mask: Mask) -> list[tuple[int, int]]:
    """(first, end) of each run of true frames, end exclusive."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def _windows(signal: npt.NDArray[_Value], width: int) -> npt.NDArray[_Value]:
    """(T, width) centered windows, with the first and last value repeated at the ends."""
    return sliding_window_view(np.pad(signal, width // 2, mode="edge"), width)
