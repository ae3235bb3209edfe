"""Where the head points, and whether it nods or shakes, by the place of the nose tip between the eyes.

The tip of the nose stands about 3 cm (half an eye distance) before the eyes and 4 cm below them, so turning the head by an
angle a moves it aside by 0.5 sin a eye distances (0.16 is 19 degrees), and tilting it moves it by 0.5 sin a, less or more
0.6 (1 - cos a): 15 degrees are 0.15 up and 0.11 down.
"""

import numpy as np

from core.pose.cues.filters import Signal, noise, rolling_median, smoothed, usual
from core.pose.cues.measures import Measure
from core.pose.cues.signals import Signals

MAX_SWING_S = 0.7
_WHY = "the nose and both eyes are not seen"


def measure_head(signals: Signals) -> dict[str, Measure]:
    """Head up, down, turned; nodding and shaking."""
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
    """From what is usual for the person, single wrong frames removed."""
    return smoothed(rolling_median(column, 0.2, signals.frame_s), 0.2, signals.frame_s) - usual(column, signals.time_s)


def _to_and_fro(column: Signal, signals: Signals) -> Measure:
    steady = smoothed(rolling_median(column, 0.1, signals.frame_s), 0.16, signals.frame_s)
    return Measure(steady, 4 * noise(column), why=_WHY, max_swing_s=MAX_SWING_S)
