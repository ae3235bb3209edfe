"""Two models on clips of alike subjects: 72 of 5 clips, with an intraclass correlation of 0.3 of what is right."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

from training.evaluation.results_table import auroc, balanced_accuracy, confusions, macro_f1

ICC = 0.3
ALIKE = 0.6  # correlation of the two models, of what is easy about a subject and about a clip
POSITIVE = 0.6  # share of the clips, which differs between subjects
Vector = np.ndarray


@dataclass(frozen=True)
class Sample:
    """`truth` (n,) of 0 and 1, `subject_ids` (n,), and how far each model is on the right side, (2, n)."""

    truth: Vector
    subject_ids: Vector
    margins: Vector

    def said(self, model: int) -> Vector:
        return np.where(self.margins[model] > 0, self.truth, 1 - self.truth)

    def probability(self, model: int) -> Vector:
        """(n, 2), calibrated badly on purpose."""
        one = 1 / (1 + np.exp(-1.5 * self.margins[model] * (2 * self.truth - 1)))
        return np.stack([1 - one, one], axis=1)


def sample(random: np.random.Generator, right: tuple[float, float], subjects: int, clips: int) -> Sample:
    """Clips on which the two models are right in these shares of all."""
    of_clip = np.repeat(np.arange(subjects), clips)
    own_share = random.beta(4 * POSITIVE, 4 * (1 - POSITIVE), subjects)
    truth = (random.random(subjects * clips) < own_share[of_clip]).astype(int)
    easy, easy_clip = random.standard_normal(subjects), random.standard_normal(subjects * clips)
    margins = []
    for share in right:
        subject = sqrt(ALIKE) * easy + sqrt(1 - ALIKE) * random.standard_normal(subjects)
        clip = sqrt(ALIKE) * easy_clip + sqrt(1 - ALIKE) * random.standard_normal(subjects * clips)
        of_subjects = _latent(share)
        margins.append(norm.ppf(share) + sqrt(of_subjects) * subject[of_clip] + sqrt(1 - of_subjects) * clip)
    return Sample(truth, of_clip, np.stack(margins))


@cache
def _latent(share: float) -> float:
    """The correlation of two normal margins whose signs have the intraclass correlation ICC."""
    end = norm.ppf(share)

    def excess(correlation: float) -> float:
        both = multivariate_normal.cdf([end, end], cov=[[1, correlation], [correlation, 1]])
        return float((both - share**2) / (share * (1 - share)) - ICC)

    return float(brentq(excess, 0.01, 0.95))


def in_bin(found: Sample, weights: Vector) -> Vector:
    """The share right of the clips whose confidence is from 0.6 to 0.7, a bin of a reliability diagram."""
    confidence = found.probability(0).max(axis=1)
    inside = ((confidence >= 0.6) & (confidence < 0.7)).astype(float)
    return np.asarray(weights @ (inside * (found.margins[0] > 0)) / (weights @ inside))


def _balanced(found: Sample, model: int, weights: Vector) -> Vector:
    return balanced_accuracy(confusions(found.truth, found.said(model), 2, weights))


def _difference(found: Sample, weights: Vector) -> Vector:
    return _balanced(found, 0, weights) - _balanced(found, 1, weights)


STATISTICS: dict[str, Callable[[Sample, Vector], Vector]] = {
    "balanced accuracy": lambda found, weights: _balanced(found, 0, weights),
    "macro F1": lambda found, weights: macro_f1(confusions(found.truth, found.said(0), 2, weights)),
    "AUROC": lambda found, weights: auroc(found.truth, found.probability(0), weights),
    "share in a bin": in_bin,
    "difference": _difference,
}


def true_value(statistic: str, right: tuple[float, float]) -> float:
    """Of a million clips."""
    of = STATISTICS[statistic]
    whole = sample(np.random.default_rng(99), right, 200_000, 5)
    return float(of(whole, np.ones((1, len(whole.truth))))[0])
