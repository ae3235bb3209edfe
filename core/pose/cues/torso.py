"""Cues of shoulders and torso: shaking, shifting, leaning, sitting up, breathing. Lengths in shoulder widths."""

import numpy as np

from core.pose.cues.filters import Signal, dips, filled, noise, rolling_median, smoothed, usual, window_range
from core.pose.cues.measures import Measure
from core.pose.cues.signals import Signals
from core.pose.keypoints import SHOULDER_WIDTHS_PER_EYE_DISTANCE
from core.pose.skeleton import LEFT_SHOULDER, RIGHT_SHOULDER

_SHIFT_WINDOW_S = 1.0
_WIDTHS_PER_LOG_SIZE = (
    1.5  # for a camera at 1.5 shoulder widths, the shortest usual distance; an underestimate for a more distant one
)
_MAX_SHAKE_SWING_S = 0.6
_LEVEL_SLOPE = float(np.tan(np.radians(8.0)))
_NEARER = 0.08
_BREATH_S = 4.0
_STILL_TILT = 0.10  # eye distances that the nose tip moves
_STILL_SIZE = 0.06  # share by which the head grows or shrinks
_WHY = "neither the neck nor a shoulder is seen"


def measure_torso(signals: Signals, puffed_cheeks: Measure) -> dict[str, Measure]:
    """Measures of torso and shoulder cues; `puffed_cheeks` is the facial half of "bulging face or deep breath"."""
    place = signals.torso / signals.shoulder_px
    nearer = _nearer(signals)
    return {
        "shaking shoulders": _shaking(signals),
        "moving torso": _shifting(place.T, signals),
        "leaning forward": Measure(nearer, why="the head is not seen"),
        "sitting straightly": _sitting_up(place[:, 1], nearer, signals),
        "bulging face or deep breath": _puffed_or_breathing(puffed_cheeks, place[:, 1], signals),
    }


def _nearer(signals: Signals) -> Signal:
    """(T,): relative increase of the head's size over its baseline; the head comes nearer to the camera."""
    size = smoothed(signals.eye_px, 0.5, signals.frame_s)
    return size / usual(size, signals.time_s) - 1


def _shaking(signals: Signals) -> Measure:
    """Mean height of the shoulders, each relative to its baseline, so that a missing one causes no jump."""
    heights = np.stack([signals.xy[:, joint, 1] for joint in (RIGHT_SHOULDER, LEFT_SHOULDER)], axis=1)
    heights /= signals.shoulder_px
    heights = heights - np.stack([usual(column, signals.time_s) for column in heights.T], axis=1)
    there = ~np.isnan(heights)
    raw = np.where(
        there.any(axis=1), np.where(there, heights, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1), np.nan
    )
    steady = smoothed(rolling_median(raw, 0.1, signals.frame_s), 0.12, signals.frame_s)
    return Measure(steady, 4 * noise(raw), why="no shoulder is seen", max_swing_s=_MAX_SHAKE_SWING_S)


def _steady(column: Signal, signals: Signals) -> Signal:
    return smoothed(rolling_median(column, 0.3, signals.frame_s), 0.3, signals.frame_s)


def _shifting(place: Signal, signals: Signals) -> Measure:
    """Displacement within a second, assigned to the frames in which the torso moves: sideways, down, or away from the camera.

    Movement toward the camera is another cue, leaning forward.
    """
    size = np.log(signals.eye_px)
    depth = _WIDTHS_PER_LOG_SIZE * filled(np.minimum(size - usual(size, signals.time_s), 0))
    ways = [_steady(column, signals) for column in (*place, depth)]
    way, core = (
        np.sqrt(sum(window_range(column, seconds, signals.frame_s) ** 2 for column in ways))
        for seconds in (_SHIFT_WINDOW_S, 0.5 * _SHIFT_WINDOW_S)
    )
    return Measure(np.minimum(way, 2 * core), 3 * noise(place[1]), why=_WHY)


def _sitting_up(height: Signal, nearer: Signal, signals: Signals) -> Measure:
    lower = _steady(height, signals)
    risen = usual(height, signals.time_s) - lower
    right, left = signals.xy[:, RIGHT_SHOULDER], signals.xy[:, LEFT_SHOULDER]
    slope = np.abs(right[:, 1] - left[:, 1]) / np.maximum(np.abs(right[:, 0] - left[:, 0]), 1e-9)
    uneven = np.nan_to_num(slope) > _LEVEL_SLOPE
    leaning = np.nan_to_num(nearer) > _NEARER
    return Measure(
        np.where((uneven | leaning) & ~np.isnan(risen), np.minimum(risen, 0), risen), 2 * noise(height), why=_WHY
    )


def _puffed_or_breathing(puffed: Measure, height: Signal, signals: Signals) -> Measure:
    """The greater of cheeks (relative width) and breath (rise of the shoulders relative to the head, in shoulder widths).

    A head that nods or comes nearer also gets closer to the shoulders, so breath is measured only while the head is still.
    """
    size = signals.eye_px * SHOULDER_WIDTHS_PER_EYE_DISTANCE
    below = _steady((height * signals.shoulder_px - signals.head.origin[:, 1]) / size, signals)
    down = _steady(signals.nose_uv[:, 1], signals)
    moves = (window_range(down, _BREATH_S, signals.frame_s) > _STILL_TILT) | (
        window_range(np.log(_steady(signals.eye_px, signals)), _BREATH_S, signals.frame_s) > _STILL_SIZE
    )
    risen = dips(below, _BREATH_S, signals.frame_s) * below
    breath = np.where(moves & ~np.isnan(risen), 0.0, risen)
    return Measure(
        np.fmax(puffed.values, breath),
        max(puffed.noise_floor, 3 * noise(height)),
        why="neither the face from the front nor shoulders with the head are seen",
    )
