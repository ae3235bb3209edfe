"""Inter-rater agreement, corrected for chance: Cohen's kappa for two raters, Krippendorff's alpha for any number.

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
    """`value` is None where it is undefined: only one label was used, or no clip was rated twice.

    `same` of the `clips` have the same label from every rater.
    """

    value: float | None
    interval: tuple[float, float] | None
    same: int
    clips: int


def kappa(pairs: Sequence[tuple[str, str]]) -> Coefficient:
    """Cohen's kappa (1960) of two raters. `pairs` holds both labels of each clip that both rated."""
    from sklearn.metrics import cohen_kappa_score  # a second to import, so only where it is needed

    place = {name: index for index, name in enumerate(sorted({name for pair in pairs for name in pair}))}
    labels = np.array([[place[one], place[other]] for one, other in pairs], dtype=np.int64).reshape(-1, 2)

    def of(chosen: Counts) -> float:
        drawn = labels[chosen]
        if len(np.unique(drawn)) < 2:
            return float("nan")  # undefined for a single label
        return float(cohen_kappa_score(*drawn.T))

    return _coefficient(of, len(pairs), sum(one == other for one, other in pairs))


def alpha(ratings: Mapping[int, Sequence[str]]) -> Coefficient:
    """Krippendorff's alpha for nominal data. `ratings`: all labels of each clip, by clip id; clips rated once do not
    count.
    """
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
    """Both labels of each clip that two raters judged, by the pair of rater ids, the smaller id first.

    `ratings`: clip id to rater id to label.
    """
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
