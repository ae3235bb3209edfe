"""Intervals of 95 %: Wilson's for a proportion, else percentiles of a bootstrap over subjects.

scipy.stats.bootstrap resamples single observations; here whole subjects are drawn, once for all figures of a table.
"""

from math import sqrt

import numpy as np
import numpy.typing as npt

_Z95 = 1.959963984540054  # 97.5 % quantile of the normal distribution
RESAMPLES = 1000

Vector = npt.NDArray[np.float64]


def wilson(hits: float, n: int) -> tuple[float, float]:
    """Score interval of Wilson (1927) for `hits` of `n`; (0, 1) without trials. `hits` is fractional as a mean over seeds.

    Not by a library: on the pages' first figure, statsmodels would take 0.6 s to import and scipy.stats 0.5 s, and scipy's
    `binomtest`, which the tests compare with, takes whole hits only.
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = hits / n, _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def subject_resamples(subject_ids: npt.NDArray[np.int64], seed: int, resamples: int = RESAMPLES) -> Vector:
    """(resamples, n): how often each clip counts when subjects are drawn with replacement, whole."""
    subjects, of_clip = np.unique(subject_ids, return_inverse=True)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(subjects), np.full(len(subjects), 1 / len(subjects)), size=resamples)
    return np.asarray(drawn[:, of_clip], dtype=np.float64)


def percentiles(values: Vector) -> tuple[float, float] | None:
    """2.5 and 97.5 percentiles of the resampled values; None where no resample could be scored."""
    scored = values[np.isfinite(values)]
    if not len(scored):
        return None
    low, high = np.percentile(scored, [2.5, 97.5])
    return float(low), float(high)
