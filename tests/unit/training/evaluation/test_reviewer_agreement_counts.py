"""What stands beside a coefficient of agreement: how many clips, how many the same, and its interval over subjects."""

from collections.abc import Callable

import numpy as np
import pytest

from training.evaluation.reviewer_agreement import Coefficient, alpha, kappa

SUBJECTS, CLIPS, SETS = 72, 5, 300
SUBJECT_OF = {number: number // CLIPS for number in range(SUBJECTS * CLIPS)}


def ratings_of(random: np.random.Generator, raters: int, subjects: int = SUBJECTS) -> np.ndarray:
    """(clips, raters) of 0 and 1. Truth and the ease of rating are alike within a subject, each with a correlation of 0.3."""
    spread = (1 - 0.3) / 0.3
    ease = random.beta(0.85 * spread, 0.15 * spread, (subjects, 1, 1))
    truth = random.random((subjects, CLIPS, 1)) < random.beta(0.6 * spread, 0.4 * spread, (subjects, 1, 1))
    right = random.random((subjects, CLIPS, raters)) < ease
    return np.where(right, truth, ~truth).astype(int).reshape(-1, raters)


def kappa_of(labels: np.ndarray) -> Coefficient:
    return kappa({number: (str(a), str(b)) for number, (a, b) in enumerate(labels.tolist())}, SUBJECT_OF)


def alpha_of(labels: np.ndarray) -> Coefficient:
    return alpha({number: [str(one) for one in row] for number, row in enumerate(labels.tolist())}, SUBJECT_OF)


@pytest.mark.parametrize(("raters", "of"), [(2, kappa_of), (3, alpha_of)])
def test_an_interval_covers_the_coefficient_where_clips_of_a_subject_are_alike(
    raters: int, of: Callable[[np.ndarray], Coefficient]
) -> None:
    one, other = ratings_of(np.random.default_rng(9), 2, 100_000).T
    expected = one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean())
    wanted = ((one == other).mean() - expected) / (1 - expected)
    random = np.random.default_rng(2)
    found = [of(ratings_of(random, raters)).interval for _ in range(SETS)]
    assert 0.93 <= np.mean([one is not None and one.low <= wanted <= one.high for one in found]) <= 0.97


def test_clips_of_one_subject_widen_an_interval_that_clips_of_many_do_not() -> None:
    pairs = {number: ("a", "a" if number // 5 % 3 else "b") for number in range(60)} | {99: ("b", "b")}
    together = kappa(pairs, {number: number // 5 for number in pairs}).interval
    apart = kappa(pairs, {number: number for number in pairs}).interval
    assert together is not None
    assert apart is not None
    assert together.high - together.low > 1.3 * (apart.high - apart.low)


def test_kappa_counts_the_pairs_of_the_same_label() -> None:
    found = kappa({1: ("a", "a"), 2: ("a", "b"), 3: ("b", "b")}, {1: 1, 2: 2, 3: 3})
    assert (found.same, found.clips) == (2, 3)


def test_alpha_counts_the_clips_on_which_everybody_says_the_same() -> None:
    ratings = {1: ["a", "a"], 2: ["a", "b"], 3: ["b", "b", "b"], 4: ["b"], 5: ["a", "a", "b"]}
    found = alpha(ratings, dict.fromkeys(ratings, 1))
    assert (found.same, found.clips) == (2, 4)


def test_of_few_subjects_an_interval_says_that_it_cannot_be_trusted() -> None:
    pairs = {number: ("ab"[number % 2], "ab"[number % 3 % 2]) for number in range(24)}
    few = kappa(pairs, {number: number // 8 for number in pairs}).interval
    enough = kappa(pairs, {number: number // 2 for number in pairs}).interval
    assert few is not None
    assert enough is not None
    assert (few.doubt, enough.doubt) == ("3 subjects", "")
