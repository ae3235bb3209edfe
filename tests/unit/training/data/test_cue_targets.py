"""The measured cues as what a network is to find."""

import numpy as np
import pytest

from core.types.cues import Cue, CueCoverage, CueMeasurement
from training.data.cue_targets import UNKNOWN, cue_targets, positive_weights

NAMES = ["nodding", "smile"]
MEASURED = CueMeasurement(
    cues=(Cue("smile", 2.0, 3.0, 1.0, ()),),
    coverage=(CueCoverage("smile", 6.0, ((0.0, 4.0), (8.0, 10.0)), ""), CueCoverage("nodding", 0.0, (), "no head")),
    duration_s=10.0,
)


def test_a_cue_is_on_off_or_unknown_at_each_moment() -> None:
    found = cue_targets(MEASURED, NAMES, np.array([1.0, 2.5, 3.5, 6.0, 9.0]))
    assert found[:, 1].tolist() == [0, 1, 0, UNKNOWN, 0]


def test_a_cue_that_could_not_be_measured_is_unknown_everywhere() -> None:
    assert (cue_targets(MEASURED, NAMES, np.array([1.0, 2.5]))[:, 0] == UNKNOWN).all()
    assert (cue_targets(None, NAMES, np.array([1.0, 2.5])) == UNKNOWN).all()


def test_a_moment_that_is_not_there_is_unknown() -> None:
    assert (cue_targets(MEASURED, NAMES, np.array([np.nan])) == UNKNOWN).all()


def test_a_cue_that_the_model_does_not_know_is_left_out() -> None:
    assert cue_targets(MEASURED, ["nodding"], np.array([2.5])).shape == (1, 1)


def test_the_rarer_a_cue_is_the_more_its_moments_weigh_up_to_a_limit() -> None:
    assert positive_weights([MEASURED], NAMES) == pytest.approx([1.0, np.sqrt(5.0)])
    rare = CueMeasurement((Cue("smile", 2.0, 2.01, 1.0, ()),), MEASURED.coverage, 10.0)
    assert positive_weights([rare], NAMES)[1] == 10
