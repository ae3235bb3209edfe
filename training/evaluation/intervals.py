"""95 % confidence intervals: Wilson's for a proportion, otherwise percentiles of a bootstrap over subjects.

scipy.stats.bootstrap resamples single observations. Here whole subjects are resampled, because the clips of one
person are not independent, and all figures of a table share the same resamples.
"""

from math import sqrt

import numpy as np
import numpy.typing as npt

_Z95 = 1.959963984540054  # 97.5 % quantile of the normal distribution
RESAMPLES = 1000

Vector = npt.NDArray[np.float64]


def wilson(hits: float, n: int) -> tuple[float, float]:
    """Score interval of Wilson (1927) for `hits` of `n`; (0, 1) for n = 0. `hits` may be a fraction: a mean over
    seeds.

    Written out because importing statsmodels or scipy.stats would delay a page by half a second, and scipy's
    `binomtest`, which the tests compare with, takes integers only.
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = hits / n, _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def subject_resamples(subject_ids: npt.NDArray[np.int64], seed: int, resamples: int = RESAMPLES) -> Vector:
    """(resamples, n) how often each clip counts when whole subjects are drawn with replacement. `subject_ids` is
    (n,).
    """
    subjects, of_clip = np.unique(subject_ids, return_inverse=True)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(subjects), np.full(len(subjects), 1 / len(subjects)), size=resamples)
    return np.asarray(drawn[:, of_clip], dtype=np.float64)


def percentiles(values: Vector) -> tuple[float, float] | None:
    """The 2.5 and 97.5 percentiles of the finite values; None where there are none."""
    scored = values[np.isfinite(values)]
    if not len(scored):
        return None
    low, high = np.percentile(scored, [2.5, 97.5])
    return float(low), float(high)
