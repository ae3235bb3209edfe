"""Finding spans in a measure, by hysteresis thresholds, and in oscillating movements, by swings."""

from dataclasses import dataclass

import numpy as np

from core.pose.cues.catalog import CueRule
from core.pose.cues.filters import Signal, runs

_SWING_COUNT = 3


@dataclass(frozen=True, slots=True)
class Span:
    """Frames `first` to `end` (exclusive) and the peak of the measure."""

    first: int
    end: int
    peak: float


def frame_edges_s(time_s: Signal, frame_s: float) -> Signal:
    """(T + 1,) seconds: the start of each frame, and the end of the last one."""
    return np.append(time_s, time_s[-1] + frame_s)


def find_spans(measure: Signal, rule: CueRule, edges_s: Signal, *, noise_floor: float = 0.0) -> list[Span]:
    """Spans in which the measure reached `start` and stayed above `stop`, merged over short gaps, of allowed length.

    `noise_floor` is a level that jitter alone reaches; if it is above `start`, it replaces it, and `stop` rises in
    proportion. NaN counts as below every threshold.
    """
    start = max(rule.start, noise_floor)
    stop = rule.stop * start / rule.start
    known = np.where(np.isnan(measure), -np.inf, measure)
    cores = [(first, end) for first, end in runs(known >= stop) if known[first:end].max() >= start]
    joined: list[tuple[int, int]] = []
    for first, end in cores:
        if joined and edges_s[first] - edges_s[joined[-1][1]] < rule.gap_s:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return [
        Span(first, end, float(known[first:end].max()))
        for first, end in joined
        if rule.min_s - 1e-6 <= edges_s[end] - edges_s[first] <= rule.max_s
    ]


def find_swings(
    signal: Signal, rule: CueRule, edges_s: Signal, *, max_swing_s: float, noise_floor: float = 0.0
) -> list[Span]:
    """Spans of at least three successive swings to and fro, each shorter than `max_swing_s`.

    A swing is the movement between two turning points. Three must reach `rule.start`; weaker ones, down to `rule.stop`, between
    and beside them belong to the span. The peak is the median of the strong swings. No span crosses a NaN.
    """
    start = max(rule.start, noise_floor)
    stop = rule.stop * start / rule.start
    spans: list[Span] = []
    for first, end in runs(~np.isnan(signal)):
        turns = [first + turn for turn in _turning_points(signal[first:end], stop)]
        group: list[int] = turns[:1]
        for turn in [*turns[1:], None]:
            if turn is not None and edges_s[turn] - edges_s[group[-1]] <= max_swing_s:
                group.append(turn)
                continue
            strong = np.abs(np.diff(signal[group]))
            strong = strong[strong >= start]
            if len(strong) >= _SWING_COUNT and edges_s[group[-1]] - edges_s[group[0]] >= rule.min_s:
                spans.append(Span(group[0], group[-1] + 1, float(np.median(strong))))
            group = [] if turn is None else [turn]
    return spans


def _turning_points(signal: Signal, least: float) -> list[int]:
    """Frames of local extremes that differ by at least `least` from their neighbors."""
    if len(signal) < 3:
        return []
    slope = np.sign(np.diff(signal))
    moving = np.flatnonzero(slope)
    if not len(moving):
        return []
    turns = moving[1:][slope[moving[1:]] != slope[moving[:-1]]]
    kept: list[int] = []
    for frame in (int(moving[0]), *turns.tolist(), int(moving[-1]) + 1):
        if len(kept) >= 2 and (signal[kept[-1]] - signal[kept[-2]]) * (signal[frame] - signal[kept[-1]]) > 0:
            kept[-1] = frame  # moved further in the same direction
        elif not kept or abs(signal[frame] - signal[kept[-1]]) >= least:
            kept.append(frame)
    return kept
