"""Lengths of simulated clips, distributed as iMiGUE's."""

import numpy as np
import numpy.typing as npt

from core.simulation.presets import MAX_CLIP_S, CohortPreset

_MIN_CLIP_S = 30.0
_MEDIAN_S = 283.0  # with the spread and limits here, the mean is 350 s as in iMiGUE (2,092 min, 359 interviews)
_LOG_SD = 0.68


def sample_lengths_s(preset: CohortPreset, count: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """(count,) seconds, each a whole number of frames."""
    if preset.clip_s is not None:
        lengths_s = np.full(count, preset.clip_s)
    else:
        lengths_s = np.clip(_MEDIAN_S * np.exp(_LOG_SD * random.standard_normal(count)), _MIN_CLIP_S, MAX_CLIP_S)
    frame_rate = float(preset.frame_rate)
    return np.round(lengths_s * frame_rate) / frame_rate
