"""Choices between two neutral things, one of which the label makes a little more frequent.

In a cohort whose signal lies in the words, each sentence speaks of the player's preparation or of the circumstances; in one
whose signal lies in the picture, a towel lies around the neck in each spell of time or does not. A choice is made by log odds of
half the effect if won, minus half if lost, plus the subject's habit. Given their number, the count of first choices is a
sufficient statistic.
"""

import numpy as np
import numpy.typing as npt

from core.simulation.presets import CohortPreset

PREPARATION, CIRCUMSTANCES = "preparation", "circumstances"
SPELL_S = 2.5  # the last spell of a clip is longer
_WORDS_PER_S, _WORDS_PER_SENTENCE = 2.1, 9.5
_LEANING_SHARE = 0.8  # of the sentences; the others are as in all cohorts
_HABIT = 4  # the random stream of a subject's habits here
_CHOICES = 5  # the random stream of a clip's choices
_NODES = 48

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def topics_of(
    preset: CohortPreset, subject_seed: int, clip_seed: int, duration_s: float, *, won: bool
) -> tuple[str, ...]:
    """What each sentence of a clip speaks of, "" for the sentences of all cohorts; empty where the words do not depend on the
    label this way.
    """
    if not preset.word_effect:
        return ()
    habit, random = _habits(preset, subject_seed)[0], np.random.default_rng((clip_seed, _CHOICES, 0))
    sentences = int(sentence_numbers(np.array([duration_s]), random)[0])
    leaning = random.random(sentences) < _LEANING_SHARE
    first = random.random(sentences) < _probability(preset.word_effect, won, habit)
    return tuple(
        (PREPARATION if one else CIRCUMSTANCES) if leans else "" for leans, one in zip(leaning, first, strict=True)
    )


def towel_spells(
    preset: CohortPreset, subject_seed: int, clip_seed: int, duration_s: float, *, won: bool
) -> tuple[bool, ...]:
    """Whether the towel is there in each spell of `SPELL_S`; empty where the picture does not depend on the label."""
    if not preset.picture_effect:
        return ()
    habit, random = _habits(preset, subject_seed)[1], np.random.default_rng((clip_seed, _CHOICES, 1))
    spells = int(spell_numbers(np.array([duration_s]))[0])
    return tuple(bool(one) for one in random.random(spells) < _probability(preset.picture_effect, won, habit))


def towel_at(spells: tuple[bool, ...], time_s: Numbers) -> npt.NDArray[np.bool_]:
    """(T,) whether the towel is there at each time."""
    if not spells:
        return np.zeros(len(time_s), dtype=np.bool_)
    numbers = np.minimum((time_s / SPELL_S).astype(np.int64), len(spells) - 1)
    return np.asarray(spells, dtype=np.bool_)[numbers]


def sample_word_ratios(preset: CohortPreset, lengths_s: Numbers, won: bool, random: np.random.Generator) -> Numbers:
    """(N,) draws clips of those lengths, each of another subject, and gives the log likelihood ratio of their topics."""
    if not preset.word_effect:
        return np.zeros(len(lengths_s))
    leaning = random.binomial(sentence_numbers(lengths_s, random), _LEANING_SHARE)
    return _sample_ratios(preset.word_effect, preset.habit_sd, leaning, won, random)


def sample_picture_ratios(preset: CohortPreset, lengths_s: Numbers, won: bool, random: np.random.Generator) -> Numbers:
    """(N,) as `sample_word_ratios`, of the spells with and without the towel."""
    if not preset.picture_effect:
        return np.zeros(len(lengths_s))
    return _sample_ratios(preset.picture_effect, preset.habit_sd, spell_numbers(lengths_s), won, random)


def log_likelihood_ratio(firsts: Counts, numbers: Counts, effect: float, habit_sd: float) -> Numbers:
    """(N,) log P(firsts | won) - log P(firsts | lost) of clips with `numbers` choices, the habit integrated out."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    out = np.zeros(len(firsts))
    for won, sign in ((True, 1), (False, -1)):
        share = _probability(effect, won, habit_sd * nodes)[None, :]
        exponent = (
            np.log(weights / weights.sum())
            + firsts[:, None] * np.log(share)
            + (numbers - firsts)[:, None] * np.log1p(-share)
        )
        top = exponent.max(axis=1, keepdims=True)
        out += sign * (top[:, 0] + np.log(np.exp(exponent - top).sum(axis=1)))
    return out


def sentence_numbers(lengths_s: Numbers, random: np.random.Generator) -> Counts:
    """(N,) sentences of clips of those lengths, at least one; they do not depend on the label."""
    words = lengths_s * _WORDS_PER_S * random.uniform(0.8, 1.0, size=len(lengths_s))
    return np.maximum(np.round(words / _WORDS_PER_SENTENCE).astype(np.int64), 1)


def spell_numbers(lengths_s: Numbers) -> Counts:
    """(N,) spells of clips of those lengths, at least one."""
    return np.maximum((lengths_s / SPELL_S).astype(np.int64), 1)


def _sample_ratios(effect: float, habit_sd: float, numbers: Counts, won: bool, random: np.random.Generator) -> Numbers:
    habits = habit_sd * random.standard_normal(len(numbers))
    firsts = random.binomial(numbers, _probability(effect, won, habits))
    return log_likelihood_ratio(firsts, numbers, effect, habit_sd)


def _habits(preset: CohortPreset, subject_seed: int) -> Numbers:
    """(2,) the subject's log odds of speaking of preparation, and of wearing the towel."""
    return np.asarray(preset.habit_sd * np.random.default_rng((subject_seed, _HABIT)).standard_normal(2))


def _probability(effect: float, won: bool, habit: Numbers | float) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-((effect if won else -effect) / 2 + habit))))
