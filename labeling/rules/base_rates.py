"""Base rates of cues, so that a cue counts only if it is more or less frequent than in other clips."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from core.types.cues import CueMeasurement

MIN_CLIPS = 10
_MIN_MEASURABLE_S = 10.0
_TRIM = 0.1  # share of clips trimmed at each end, so that a clip full of false detections does not change the rate

# Human-coded micro-gestures of iMiGUE (Liu et al., CVPR 2021), per minute.
PUBLISHED_PER_MIN: Mapping[str, float] = {
    "illustrative body language": 2.73,
    "shaking shoulders": 1.38,
    "pressing lips": 0.74,
    "moving torso": 0.58,
    "touching facial parts": 0.54,
    "rubbing or holding hands": 0.49,
    "bulging face or deep breath": 0.25,
    "touching jaw": 0.22,
    "folding arms": 0.19,
    "touching head": 0.13,
    "sitting straightly": 0.11,
    "touching neck": 0.09,
    "head up": 0.05,
    "covering face": 0.02,
}
ASSUMED_PER_MIN = 1.0  # for cues without a published rate; stated in the rationale


@dataclass(frozen=True, slots=True)
class BaseRates:
    """Events per minute by cue. `origin` describes their source and is quoted in every rationale."""

    per_min: Mapping[str, float]
    origin: str
    of_workspace: bool

    def of(self, cue: str) -> float:
        """Events per minute of a cue."""
        return self.per_min.get(cue, ASSUMED_PER_MIN)

    def is_assumed(self, cue: str) -> bool:
        """Whether the rate is neither measured nor published."""
        return cue not in self.per_min


def base_rates(measurements: Iterable[CueMeasurement]) -> BaseRates:
    """Trimmed mean over clips of each clip's events per measurable minute, with equal weight for each clip.

    With fewer than ten clips, iMiGUE's published rates are used, and `origin` says so. So is the published rate of a cue that
    was measurable (for ten seconds or more) in fewer than ten clips.
    """
    rates: dict[str, list[float]] = {}
    clips = 0
    for measurement in measurements:
        clips += 1
        for coverage in measurement.coverage:
            if coverage.measurable_s >= _MIN_MEASURABLE_S:
                count = sum(cue.name == coverage.name for cue in measurement.cues)
                rates.setdefault(coverage.name, []).append(60.0 * count / coverage.measurable_s)
    if clips < MIN_CLIPS:
        return BaseRates(
            PUBLISHED_PER_MIN,
            f"the rates published for iMiGUE, and {ASSUMED_PER_MIN:g} a minute where none is, because this workspace "
            f"has cues of only {clips} training clip{'' if clips == 1 else 's'} (it takes {MIN_CLIPS})",
            of_workspace=False,
        )
    own = {cue: _trimmed_mean(values) for cue, values in rates.items() if len(values) >= MIN_CLIPS}
    return BaseRates({**PUBLISHED_PER_MIN, **own}, f"the {clips} training clips of this workspace", of_workspace=True)


def _trimmed_mean(values: list[float]) -> float:
    ordered = np.sort(values)
    cut = int(_TRIM * len(ordered))
    return float(ordered[cut : len(ordered) - cut].mean())
