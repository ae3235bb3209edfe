"""One cue's measure through a clip, before it is cut into spans."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.pose.cues.filters import Signal


@dataclass(frozen=True)
class Measure:
    """values: (T,), NaN where it cannot be measured; `why` completes "not measurable because ...".

    noise_floor: a level that jitter alone reaches. swings: where the cue is a movement to and fro, `values` is that
    movement and this the longest time of one swing.
    side: (T,), "l" or "r" where one side of the body did it alone, "" elsewhere.
    """

    values: Signal
    noise_floor: float = 0.0
    why: str = ""
    max_swing_s: float | None = None
    side: npt.NDArray[np.str_] | None = None
