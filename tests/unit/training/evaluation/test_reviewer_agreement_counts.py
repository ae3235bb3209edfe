"""What stands beside a coefficient of agreement: how many clips, how many the same, and which clips an interval draws from."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from training.evaluation.reviewer_agreement import Coefficient, alpha, kappa

PAIRS = [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b"), ("b", "b"), ("a", "a"), ("a", "b"), ("b", "b")] * 10


@pytest.fixture(scope="module")
def of_pairs() -> Coefficient:
    return kappa(PAIRS)


def test_kappa_counts_the_pairs_of_the_same_label(of_pairs: Coefficient) -> None:
    assert (of_pairs.same, of_pairs.clips) == (50, 80)


def test_the_interval_of_kappa_is_that_of_a_percentile_bootstrap_over_clips(of_pairs: Coefficient) -> None:
    def by_definition(first: np.ndarray, second: np.ndarray, axis: int) -> np.ndarray:
        """(observed - expected) / (1 - expected) agreement on two labels, 0 and 1."""
        one, other = first.mean(axis=axis), second.mean(axis=axis)
        expected = one * other + (1 - one) * (1 - other)
        return ((first == second).mean(axis=axis) - expected) / (1 - expected)

    labels = np.array([[label == "a" for label in pair] for pair in PAIRS], dtype=float)
    wanted = bootstrap(
        tuple(labels.T), by_definition, paired=True, method="percentile", random_state=np.random.default_rng(5)
    ).confidence_interval
    assert of_pairs.interval == pytest.approx((wanted.low, wanted.high), abs=0.05)


def test_alpha_counts_the_clips_on_which_everybody_says_the_same() -> None:
    found = alpha({1: ["a", "a"], 2: ["a", "b"], 3: ["b", "b", "b"], 4: ["b"], 5: ["a", "a", "b"]})
    assert (found.same, found.clips) == (2, 4)


@pytest.mark.parametrize("odd", [0, 5])
def test_an_interval_draws_from_every_clip_the_first_and_the_last_too(odd: int) -> None:
    ratings = {number: ["a", "a"] if number % 2 else ["b", "b"] for number in range(6)}
    ratings[odd] = ["a", "b"]
    interval = alpha(ratings).interval
    assert interval is not None
    assert interval[0] < 1 == interval[1]
