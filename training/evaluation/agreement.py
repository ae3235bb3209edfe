"""Agreement beyond chance between people who judged the same clips: Cohen's kappa of two, Krippendorff's alpha of all.

Intervals are 95 % percentiles of a bootstrap over clips. Free of torch.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import krippendorff
import numpy as np
import numpy.typing as npt

from training.evaluation.intervals import percentiles

RESAMPLES = 500
_SEED = 0

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Coefficient:
    """`value` is None where chance explains everything: one label only, or no clip in common. `same` of `clips` agree."""

    value: float | None
    interval: tuple[float, float] | None
    same: int
    clips: int


def kappa(pairs: Sequence[tuple[str, str]]) -> Coefficient:
    """Cohen's kappa (1960) of two people's labels for the same clips."""
    from sklearn.metrics import cohen_kappa_score  # a second to import, which pages without raters do without

    place = {name: index for index, name in enumerate(sorted({name for pair in pairs for name in pair}))}
    labels = np.array([[place[one], place[other]] for one, other in pairs], dtype=np.int64).reshape(-1, 2)

    def of(chosen: Counts) -> float:
        drawn = labels[chosen]
        if len(np.unique(drawn)) < 2:
            return float("nan")  # undefined for a single label
        return float(cohen_kappa_score(*drawn.T))

    return _coefficient(of, len(pairs), sum(one == other for one, other in pairs))


def alpha(ratings: Mapping[int, Sequence[str]]) -> Coefficient:
    """Krippendorff's alpha for nominal data of all labels given to each clip; clips with one label alone do not count."""
    shared = [Counter(labels) for labels in ratings.values() if len(labels) > 1]
    names = sorted({name for counts in shared for name in counts})
    counts = np.array([[one[name] for name in names] for one in shared], dtype=np.int64)

    def of(chosen: Counts) -> float:
        drawn = counts[chosen]
        if np.count_nonzero(drawn.sum(axis=0)) < 2:
            return float("nan")  # undefined for a single label
        return float(krippendorff.alpha(value_counts=drawn, level_of_measurement="nominal"))

    return _coefficient(of, len(shared), sum(len(one) == 1 for one in shared))


def pairs_of(ratings: Mapping[int, Mapping[int, str]]) -> dict[tuple[int, int], list[tuple[str, str]]]:
    """Both labels of each clip that two raters have judged, by their ids, the smaller first. `ratings`: clip, rater, label."""
    found: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for labels in ratings.values():
        for one, other in combinations(sorted(labels), 2):
            found.setdefault((one, other), []).append((labels[one], labels[other]))
    return found


def _coefficient(of: Callable[[Counts], float], clips: int, same: int) -> Coefficient:
    if not clips:
        return Coefficient(None, None, 0, 0)
    value = of(np.arange(clips))
    random = np.random.default_rng(_SEED)
    drawn = np.array([of(random.integers(0, clips, clips)) for _ in range(RESAMPLES)])
    return Coefficient(value if np.isfinite(value) else None, percentiles(drawn), same, clips)
