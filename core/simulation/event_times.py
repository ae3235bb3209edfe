"""When the gestures of a clip happen, given how many there are of each.

The numbers are kept exactly, since they are what the best possible accuracy rests on; times are uniform, except that one part
of the body does one thing at a time with a pause between two. Where a clip is crowded, events become shorter.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.simulation.gestures import GESTURES, LENGTH_LOG_SD, MEDIAN_LENGTH_S, Channel, Gesture

_STEP_S = 0.1
_TRIES = 40
_PAUSE_S = {
    Channel.ARMS: 1.6,  # the way up and the way back
    Channel.TORSO: 0.9,
    Channel.HEAD: 0.8,
    Channel.MOUTH: 0.7,
    Channel.BROWS: 0.6,
    Channel.EYES: 0.3,
}
_FIRST_S = 0.9  # nobody is in the middle of a gesture when a clip begins or ends
_LAST_S = 0.7


@dataclass(frozen=True, slots=True)
class Event:
    """One gesture, `cue` being its name in core.pose.cues."""

    cue: str
    start_s: float
    end_s: float


def place_events(counts: Mapping[str, int], duration_s: float, random: np.random.Generator) -> tuple[Event, ...]:
    """That many events of each gesture, in order of start, within the clip."""
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
    """Where the event meets the least of others: it happens, however crowded the clip is."""
    taken = np.sum([busy[channel] for channel in gesture.channels], axis=0).astype(float)
    width = max(1, round((length_s + 0.5) / _STEP_S))
    load = np.convolve(taken, np.ones(width), mode="valid")
    first = round(_FIRST_S / _STEP_S)
    end = max(first + 1, int((duration_s - _LAST_S - length_s) / _STEP_S))
    return float((first + int(load[first:end].argmin())) * _STEP_S) if first < len(load) else _FIRST_S


def _steps(start_s: float, end_s: float) -> slice:
    return slice(max(0, int(start_s / _STEP_S)), max(1, int(np.ceil(end_s / _STEP_S))))
