"""The best possible (Bayes) accuracy on a simulated cohort, by the likelihood ratio with the class prior.

Given the label, a clip's counts of each gesture are Poisson with a log-normal rate (the subject's habit), independent
between gestures. Times and durations do not depend on the label, so counts and clip length are sufficient statistics.
Words add a sentence that tells the result, or a tone (core.simulation.transcripts). Where sentences or the picture lean by the
label (core.simulation.leanings), they add the ratio of their counts. Habits are integrated out by Gauss-Hermite quadrature,
separately for each gesture.

Clips are judged one by one: the habit of an unknown subject is integrated out for each. Using several clips of a subject
together could do slightly better; with folds grouped by subject and clips judged alone, this is the upper bound.
Measurement errors only lower it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.simulation.clip_lengths import sample_lengths_s
from core.simulation.gestures import TELLING
from core.simulation.leanings import sample_picture_ratios, sample_word_ratios
from core.simulation.presets import CohortPreset
from core.simulation.speech_tones import TONES, tone_shares

_NODES = 48
_SAMPLES = 40_000
_CHUNK = 4_000

NOTE = (
    "Likelihood ratio with the class prior on perfectly counted gestures, words and picture, habits integrated out; clips one "
    "by one, so learning a subject's habits over several clips could add a little."
)

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BestPossible:
    """`accuracy`: of the decision rule with the class prior. `balanced_accuracy`: of the rule without it. All in 0..1.

    The `gestures_` figures ignore words and picture. `chance` is the baseline of balanced accuracy, `majority` that of accuracy.
    Standard errors are those of the Monte Carlo estimate with `samples` clips per label.
    """

    accuracy: float
    balanced_accuracy: float
    gestures_accuracy: float
    gestures_balanced_accuracy: float
    standard_error: float
    balanced_standard_error: float
    chance: float
    majority: float
    samples: int
    note: str = NOTE


def best_possible(preset: CohortPreset, *, samples: int = _SAMPLES) -> BestPossible:
    """Monte Carlo estimate: draws `samples` clips of each label and classifies them by their likelihood ratio."""
    random = np.random.default_rng(0)
    ratios = {}
    for won in (True, False):
        lengths_s = sample_lengths_s(preset, samples, random)
        gestures = log_likelihood_ratio(sample_counts(preset, lengths_s, won, random), lengths_s, preset)
        words = _words(preset, samples, won, random) + sample_word_ratios(preset, lengths_s, won, random)
        ratios[won] = gestures, gestures + words + sample_picture_ratios(preset, lengths_s, won, random)
    prior = np.log(preset.won_share / (1 - preset.won_share))
    shares = {True: preset.won_share, False: 1 - preset.won_share}

    def right(column: int, threshold: float) -> tuple[float, float]:
        return tuple(  # type: ignore[return-value]  # two labels, two figures
            float(np.mean(ahead > 0) + np.mean(ahead == 0) / 2)  # a tie is decided by a coin
            for ahead in (ratios[True][column] - threshold, threshold - ratios[False][column])
        )

    def accuracy(column: int) -> tuple[float, float]:
        rates = right(column, -prior)
        value = sum(shares[won] * rate for won, rate in zip((True, False), rates, strict=True))
        variance = sum(shares[won] ** 2 * rate * (1 - rate) for won, rate in zip((True, False), rates, strict=True))
        return value, float(np.sqrt(variance / samples))

    def balanced(column: int) -> tuple[float, float]:
        rates = right(column, 0.0)
        return sum(rates) / 2, float(np.sqrt(sum(rate * (1 - rate) for rate in rates) / 4 / samples))

    (all_accuracy, error), (all_balanced, balanced_error) = accuracy(1), balanced(1)
    return BestPossible(
        accuracy=all_accuracy,
        balanced_accuracy=all_balanced,
        gestures_accuracy=accuracy(0)[0],
        gestures_balanced_accuracy=balanced(0)[0],
        standard_error=error,
        balanced_standard_error=balanced_error,
        chance=0.5,
        majority=max(preset.won_share, 1 - preset.won_share),
        samples=2 * samples,
    )


def log_rates(preset: CohortPreset, won: bool) -> Numbers:
    """(G,) log events per minute of each gesture in `TELLING`, for a subject of median habit."""
    sign = 1 if won else -1
    return np.array(
        [
            np.log(gesture.per_min * preset.rate_scale)
            - preset.habit_sd**2 / 2
            + sign * gesture.sign * preset.effect / 2
            for gesture in TELLING
        ]
    )


def sample_counts(
    preset: CohortPreset, lengths_s: Numbers, won: bool, random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """(N, G) counts of the gestures in `TELLING` in clips of those lengths (N,), each of another subject."""
    habits = preset.habit_sd * random.standard_normal((len(lengths_s), len(TELLING)))
    return random.poisson(np.exp(log_rates(preset, won) + habits) * lengths_s[:, None] / 60)


def log_likelihood_ratio(counts: npt.NDArray[np.int64], lengths_s: Numbers, preset: CohortPreset) -> Numbers:
    """(N,) log P(counts | won) - log P(counts | lost) of (N, G) counts; positive values favor won."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    log_weights = np.log(weights / weights.sum())
    out = np.zeros(len(counts))
    for start in range(0, len(counts), _CHUNK):
        rows = slice(start, start + _CHUNK)
        for won, sign in ((True, 1), (False, -1)):
            log_mean = (
                log_rates(preset, won)[None, :, None]
                + np.log(lengths_s[rows, None, None] / 60)
                + preset.habit_sd * nodes[None, None, :]
            )
            exponent = log_weights + counts[rows, :, None] * log_mean - np.exp(log_mean)
            top = exponent.max(axis=2, keepdims=True)
            out[rows] += sign * (top[..., 0] + np.log(np.exp(exponent - top).sum(axis=2))).sum(axis=1)
    return out


def _words(preset: CohortPreset, count: int, won: bool, random: np.random.Generator) -> Numbers:
    """(N,) the words' part of the log likelihood ratio: that of the tone, or ± infinity if a sentence tells the result."""
    when_won, when_lost = tone_shares(preset.tone_lean, won=True), tone_shares(preset.tone_lean, won=False)
    tones = random.choice(len(TONES), size=count, p=when_won if won else when_lost)
    added = np.log(np.array(when_won) / np.array(when_lost))[tones]
    told = random.random(count) < preset.telling_share
    return np.where(told, np.inf if won else -np.inf, added)
