"""A cue's measure per frame, from which spans are found."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.pose.cues.filters import Signal


@dataclass(frozen=True)
class Measure:
    """values: (T,), NaN where it cannot be measured; `why` completes "not measurable because ...".

    noise_floor: a level that jitter alone reaches. max_swing_s: for a cue that is a movement to and fro (nodding, shaking),
    of which `values` is the position: the longest duration of one swing.
    side: (T,), "l" or "r" where only that side of the body did it, "" elsewhere.
    """

    values: Signal
    noise_floor: float = 0.0
    why: str = ""
    max_swing_s: float | None = None
    side: npt.NDArray[np.str_] | None = None
