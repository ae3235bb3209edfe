"""How often, how strongly and how long each cue happens in a clip: what the baselines read."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.types.cues import CueMeasurement

CUE_STATISTICS = 4  # numbers a cue


def cue_statistics(measurement: CueMeasurement | None, cues: Sequence[str]) -> npt.NDArray[np.float64]:
    """(4 x cues,) events a minute, mean strength, share of time, coverage; rate and share of the measurable time.

    A clip without a measurement, or a cue that could nowhere be measured, has zeros with coverage 0.
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
