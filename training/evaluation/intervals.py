"""95 % confidence intervals over subjects: the clips of one person are not independent, so no interval counts clips.

Figures from 0 to 1 and coefficients of agreement have Student's interval with the jackknife's standard error, which
leaves one subject out at a time (Tukey, 1958; Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter
11), on a scale on which it is nearly symmetric: log-odds, and Fisher's z for coefficients. It was chosen by simulated
coverage at an intraclass correlation of 0.3. With 72 subjects of 5 clips and shares of 0.6 to 0.95 it covers in 95
to 96 % of 2,000 sets (percentiles of a bootstrap over subjects: 93 to 95 %, BCa: 95 to 96 %, Wilson's over clips: 82
to 85 %), with 20 subjects in 95 to 98 % (86 to 94 %, 93 to 95 %, 79 to 86 %); for balanced accuracies of 0.6 to 0.9
in 95 % of the sets with 72 subjects and 95 to 96 % with 20 (percentiles: 93 to 94 %, and 88 to 93 %), and for macro
F1, AUROC and the shares in the bins of a reliability diagram in 95 to 96 % (percentiles: 93 to 95 %). Differences of
two balanced accuracies have it on their own scale: 95 % (percentiles: 94 to 95 %, BCa: 94 %).

An expected calibration error has none: it lies above its true value, as the errors of its bins do not cancel. Where
that is 0.02, percentiles cover it in 24 % of the sets, BCa in 74 %, the jackknife in 91 %.

Where the jackknife cannot tell, percentiles of a bootstrap of whole subjects stand in. scipy.stats.bootstrap resamples
single observations; here all figures of a table share the same resamples.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atanh, log, sqrt, tanh
from typing import TypeVar

import numpy as np
import numpy.typing as npt

_Z95 = 1.959963984540054  # 97.5 % quantile of the normal distribution
RESAMPLES = 1000
FEW_SUBJECTS = 10  # below this number of subjects no interval is trusted
_NO_SPREAD = 1e-9  # standard errors below this are rounding

Vector = npt.NDArray[np.float64]
Hit = TypeVar("Hit", int, float)


@dataclass(frozen=True, slots=True)
class SubjectInterval:
    """Low and high end, and why they cannot be trusted, as in "3 subjects"; `doubt` is "" where they can."""

    low: float
    high: float
    doubt: str


def share_interval(by_subject: Sequence[tuple[float, int]]) -> SubjectInterval:
    """The interval of a share from (hits, n) of each subject. Hits may be fractions: a mean over seeds.

    Where the share does not depend on who is left out, as where everything hits, nothing tells how much subjects
    differ: the interval is then Wilson's with every subject counted as one observation, and is not trusted. Without
    observations it is (0, 1).
    """
    hits, n = np.array([one for one in by_subject if one[1]], dtype=np.float64).reshape(-1, 2).T
    subjects = len(n)
    if not subjects:
        return SubjectInterval(0.0, 1.0, "")
    share = float(hits.sum() / n.sum())
    if subjects > 1:
        found = proportion_interval(share, (hits.sum() - hits) / (n.sum() - n))
        if found is not None:
            return found
    return SubjectInterval(*_wilson(share, subjects), doubt_of(subjects) or "no subject differs")


def proportion_interval(value: float, without_each: Vector) -> SubjectInterval | None:
    """The interval of a figure from 0 to 1 from what it is without each subject, (subjects,).

    None where it cannot be told: with one subject, where no subject differs, or where the figure is undefined without
    one of them.
    """
    error = _jackknife_error(without_each)
    if error is None or not 0 < value < 1:
        return None
    middle = log(value / (1 - value))
    half = _t95(len(without_each)) * error / (value * (1 - value))
    low, high = (float(1 / (1 + np.exp(-end))) for end in (middle - half, middle + half))
    return SubjectInterval(low, high, doubt_of(len(without_each)))


def coefficient_interval(value: float, without_each: Vector) -> SubjectInterval | None:
    """The interval of a coefficient of agreement, at most 1, as `proportion_interval` for other figures."""
    error = _jackknife_error(without_each)
    if error is None or not -1 < value < 1:
        return None
    middle, half = atanh(value), _t95(len(without_each)) * error / (1 - value**2)
    return SubjectInterval(tanh(middle - half), tanh(middle + half), doubt_of(len(without_each)))


def difference_interval(value: float, without_each: Vector) -> tuple[float, float] | None:
    """The interval of a difference of two figures from 0 to 1, as `proportion_interval`, on its own scale."""
    error = _jackknife_error(without_each)
    if error is None:
        return None
    half = _t95(len(without_each)) * error
    return max(-1.0, value - half), min(1.0, value + half)


def without_each_subject(subject_ids: npt.NDArray[np.int64]) -> Vector:
    """(subjects, n) of 0 and 1: how often each clip counts when one subject after the other is left out."""
    subjects, of_clip = np.unique(subject_ids, return_inverse=True)
    return np.asarray(np.arange(len(subjects))[:, None] != of_clip, dtype=np.float64)


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


def counted_by_subject(found: Iterable[tuple[int, Hit]]) -> tuple[tuple[Hit, int], ...]:
    """(hits, n) of each subject from (subject id, hit) of each clip, by subject id."""
    counts: dict[int, tuple[Hit, int]] = {}
    for subject_id, hit in found:
        hits, n = counts.get(subject_id, (0, 0))
        counts[subject_id] = (hits + hit, n + 1)
    return tuple(counts[subject_id] for subject_id in sorted(counts))


def doubt_of(subjects: int) -> str:
    """Why an interval over so many subjects cannot be trusted, as in "3 subjects"; "" where it can."""
    if subjects >= FEW_SUBJECTS:
        return ""
    return "1 subject" if subjects == 1 else f"{subjects} subjects"


def _jackknife_error(without_each: Vector) -> float | None:
    """The standard error; None for one subject, where no subject differs, or where a value is undefined."""
    subjects = len(without_each)
    if subjects < 2 or not np.isfinite(without_each).all():
        return None
    error = float(np.sqrt((subjects - 1) / subjects * ((without_each - without_each.mean()) ** 2).sum()))
    return error if error > _NO_SPREAD else None


def _t95(subjects: int) -> float:
    """The 97.5 % quantile of Student's t for the jackknife over `subjects`."""
    from scipy.special import stdtrit  # 70 ms to import, scipy.stats half a second, so only where it is needed

    return float(stdtrit(subjects - 1, 0.975))


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Score interval of Wilson (1927) for a share of `n` independent observations."""
    z2 = _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)
