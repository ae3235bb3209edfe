"""Rate, strength, duration and coverage of each cue in a clip, the input of the baselines."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.types.cues import CueMeasurement

CUE_STATISTICS = 4  # numbers per cue


def cue_statistics(measurement: CueMeasurement | None, cues: Sequence[str]) -> npt.NDArray[np.float64]:
    """(4 x cues,) per cue: events per minute, mean strength, share of time, coverage.

    Rate and share of time refer to the measurable time; coverage is its share of the clip. All four are 0 for a cue
    that could not be measured.
    """
    out = np.zeros((len(cues), CUE_STATISTICS))
    if measurement is None or measurement.duration_s <= 0:
        return out.reshape(-1)
    measurable_s = {coverage.name: coverage.measurable_s for coverage in measurement.coverage}
    for place, name in enumerate(cues):
        seen_s = measurable_s.get(name, 0.0)
        found = [cue for cue in measurement.cues if cue.name == name]
        out[place, 3] = seen_s / measurement.duration_s
        if found and seen_s > 0:
            out[place, 0] = 60 * len(found) / seen_s
            out[place, 1] = float(np.mean([cue.strength for cue in found]))
            out[place, 2] = sum(cue.end_s - cue.start_s for cue in found) / seen_s
    return out.reshape(-1)
