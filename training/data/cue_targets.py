"""The measured cues as what a network is to find: whether each is on at a moment."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from core.types.cues import CueMeasurement

UNKNOWN = -1
_MOST_WEIGHT = 10.0


def cue_targets(
    measurement: CueMeasurement | None, names: Sequence[str], time_s: npt.NDArray[np.float64]
) -> npt.NDArray[np.int8]:
    """(T, cues), in the order of `names`: 1 while a cue is on, 0 while it is not, `UNKNOWN` where it could not be measured.

    `time_s` (T,) may hold NaN for moments that are not there.
    """
    found = np.full((len(time_s), len(names)), UNKNOWN, dtype=np.int8)
    if measurement is None:
        return found
    place = {name: number for number, name in enumerate(names)}
    for coverage in measurement.coverage:
        for start_s, end_s in coverage.spans_s if coverage.name in place else ():
            found[(time_s >= start_s) & (time_s <= end_s), place[coverage.name]] = 0
    for cue in measurement.cues:
        if cue.name in place:
            found[(time_s >= cue.start_s) & (time_s <= cue.end_s), place[cue.name]] = 1
    return found


def positive_weights(measurements: Iterable[CueMeasurement], names: Sequence[str]) -> npt.NDArray[np.float64]:
    """(cues,) how much more a moment with each cue weighs than one without: the root of how much rarer it is, 1 to 10."""
    on_s, measurable_s = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for one in measurements:
        for cue in one.cues:
            on_s[cue.name] = on_s.get(cue.name, 0.0) + cue.end_s - cue.start_s
        for coverage in one.coverage:
            measurable_s[coverage.name] = measurable_s.get(coverage.name, 0.0) + coverage.measurable_s
    on = np.array([on_s[name] for name in names])
    off = np.maximum(np.array([measurable_s[name] for name in names]) - on, 0)
    weights: npt.NDArray[np.float64] = np.clip(np.sqrt(off / np.maximum(on, 1e-3)), 1, _MOST_WEIGHT)
    return weights
