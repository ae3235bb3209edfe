"""Intervals of 95 %."""

import numpy as np
import pytest
from scipy.stats import binomtest

from training.evaluation.intervals import percentiles, subject_resamples, wilson


def test_wilson_gives_the_published_interval() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_wilson_holds_its_ends_where_nothing_or_everything_hits() -> None:
    # The same table: 0 of 20, and its mirror.
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(20, 20) == pytest.approx((0.8389, 1.0), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("n", [1, 7, 30, 500])
def test_wilson_is_that_of_scipy(n: int) -> None:
    for hits in {0, 1, n // 3, n - 1, n}:
        assert wilson(hits, n) == pytest.approx(binomtest(hits, n).proportion_ci(method="wilson"))


def test_hits_may_be_a_mean_over_seeds() -> None:
    assert wilson(2, 10)[0] < wilson(2.5, 10)[0] < wilson(3, 10)[0]


def test_clips_of_one_subject_are_drawn_together() -> None:
    drawn = subject_resamples(np.array([7, 3, 7, 3, 9]), seed=0, resamples=50)
    assert drawn.shape == (50, 5)
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, 1] == drawn[:, 3]).all()
    assert (drawn[:, [0, 1, 4]].sum(axis=1) == 3).all()


def test_resamples_that_cannot_be_scored_are_left_out() -> None:
    assert percentiles(np.array([np.nan, 0.5, 0.5])) == (0.5, 0.5)
    assert percentiles(np.array([np.nan])) is None
