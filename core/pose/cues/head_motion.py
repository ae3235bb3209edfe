"""Head pose, nodding and shaking, from the position of the nose tip relative to the eyes.

The nose tip is about 3 cm (half an eye distance) in front of the eyes and 4 cm below them. Turning the head by an angle a moves
it sideways by 0.5 sin a eye distances (0.16 is 19 degrees); tilting moves it by 0.5 sin a ± 0.6 (1 - cos a): 15 degrees are
0.15 up or 0.11 down.
"""

import numpy as np

from core.pose.cues.filters import Signal, noise, rolling_median, smoothed, usual
from core.pose.cues.measures import Measure
from core.pose.cues.signals import Signals

MAX_SWING_S = 0.7
_WHY = "the nose and both eyes are not seen"


def measure_head(signals: Signals) -> dict[str, Measure]:
    """Measures of head up, down, turned, nodding and shaking, by cue name."""
    side, down = signals.nose_uv.T
    turned, tilted = _away(side, signals), _away(down, signals)
    return {
        "head up": Measure(-tilted, 2 * noise(down), why=_WHY),
        "head down": Measure(tilted, 2 * noise(down), why=_WHY),
        "head turned": Measure(np.abs(turned), 2 * noise(side), why=_WHY),
        "nodding": _to_and_fro(down, signals),
        "head shaking": _to_and_fro(side, signals),
    }


def _away(column: Signal, signals: Signals) -> Signal:
    """(T,): deviation from the person's baseline, single outliers removed."""
    return smoothed(rolling_median(column, 0.2, signals.frame_s), 0.2, signals.frame_s) - usual(column, signals.time_s)


def _to_and_fro(column: Signal, signals: Signals) -> Measure:
    steady = smoothed(rolling_median(column, 0.1, signals.frame_s), 0.16, signals.frame_s)
    return Measure(steady, 4 * noise(column), why=_WHY, max_swing_s=MAX_SWING_S)
