"""The bootstrap's parts, by their definition."""

import numpy as np
import pytest

from training.evaluation.intervals import percentiles, subject_resamples


def test_percentiles_leave_a_fortieth_out_at_either_end() -> None:
    assert percentiles(np.arange(1001) / 1000) == pytest.approx((0.025, 0.975))


def test_every_subject_is_drawn_as_often_as_any_other() -> None:
    drawn = subject_resamples(np.array([7, 3, 7, 9]), seed=0, resamples=4000)
    assert drawn.mean(axis=0) == pytest.approx(1.0, abs=0.07)
    assert drawn.var(axis=0) == pytest.approx(2 / 3, abs=0.07)  # of a multinomial: n p (1 - p), with n = 3 and p = 1/3


def test_a_thousand_resamples_are_drawn_unless_told_otherwise() -> None:
    assert subject_resamples(np.array([1, 2]), seed=0).shape == (1000, 2)


def test_a_seed_draws_the_same_again_and_another_seed_draws_otherwise() -> None:
    subjects = np.arange(9)
    first = subject_resamples(subjects, seed=1)
    assert (first == subject_resamples(subjects, seed=1)).all()
    assert (first != subject_resamples(subjects, seed=2)).any()
