"""Times of a clip's gestures, given how many there are of each.

Counts are kept exactly, as the best possible accuracy is computed from them. Times are uniform, except that a part of the body
makes one gesture at a time, with a pause between two. In a crowded clip, events are shortened.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.simulation.gestures import GESTURES, LENGTH_LOG_SD, MEDIAN_LENGTH_S, Channel, Gesture

_STEP_S = 0.1
_TRIES = 40
_PAUSE_S = {
    Channel.ARMS: 1.6,  # to raise and to lower the arm
    Channel.TORSO: 0.9,
    Channel.HEAD: 0.8,
    Channel.MOUTH: 0.7,
    Channel.BROWS: 0.6,
    Channel.EYES: 0.3,
}
_FIRST_S = 0.9  # margins, so that no gesture crosses the start or end of a clip
_LAST_S = 0.7


@dataclass(frozen=True, slots=True)
class Event:
    """One gesture; `cue` is its name in core.pose.cues."""

    cue: str
    start_s: float
    end_s: float


def place_events(counts: Mapping[str, int], duration_s: float, random: np.random.Generator) -> tuple[Event, ...]:
    """Places `counts[name]` events of each gesture in the clip; returns them in order of start."""
    wanted: list[tuple[float, Gesture]] = []
    for gesture in GESTURES:
        lengths = MEDIAN_LENGTH_S * np.exp(LENGTH_LOG_SD * random.standard_normal(counts[gesture.name]))
        longest = min(gesture.max_s, 0.35 * duration_s)
        wanted += [(float(length), gesture) for length in np.clip(lengths, min(gesture.min_s, longest), longest)]
    wanted.sort(key=lambda pair: -pair[0])
    busy = {channel: np.zeros(int(np.ceil(duration_s / _STEP_S)) + 1, dtype=bool) for channel in Channel}
    events = [_place(gesture, length_s, busy, duration_s, random) for length_s, gesture in wanted]
    return tuple(sorted(events, key=lambda event: (event.start_s, event.cue)))


def _place(
    gesture: Gesture,
    length_s: float,
    busy: Mapping[Channel, npt.NDArray[np.bool_]],
    duration_s: float,
    random: np.random.Generator,
) -> Event:
    pause_s = max(_PAUSE_S[channel] for channel in gesture.channels)
    shortest_s = min(gesture.min_s, length_s)
    while True:
        last_s = max(duration_s - _LAST_S - length_s, _FIRST_S)
        for start_s in random.uniform(_FIRST_S, last_s, size=_TRIES):
            span = _steps(start_s - pause_s, start_s + length_s + pause_s)
            if not any(busy[channel][span].any() for channel in gesture.channels):
                break
        else:
            if length_s > shortest_s:
                length_s = max(shortest_s, 0.7 * length_s)
                continue
            start_s = _freest(gesture, length_s, busy, duration_s)
        for channel in gesture.channels:
            busy[channel][_steps(start_s, start_s + length_s)] = True
        return Event(gesture.name, round(float(start_s), 3), round(float(min(start_s + length_s, duration_s)), 3))


def _freest(
    gesture: Gesture, length_s: float, busy: Mapping[Channel, npt.NDArray[np.bool_]], duration_s: float
) -> float:
    """The start with the least overlap with other events, for a clip that is too crowded for a free one."""
    taken = np.sum([busy[channel] for channel in gesture.channels], axis=0).astype(float)
    width = max(1, round((length_s + 0.5) / _STEP_S))
    load = np.convolve(taken, np.ones(width), mode="valid")
    first = round(_FIRST_S / _STEP_S)
    end = max(first + 1, int((duration_s - _LAST_S - length_s) / _STEP_S))
    return float((first + int(load[first:end].argmin())) * _STEP_S) if first < len(load) else _FIRST_S


def _steps(start_s: float, end_s: float) -> slice:
    return slice(max(0, int(start_s / _STEP_S)), max(1, int(np.ceil(end_s / _STEP_S))))
