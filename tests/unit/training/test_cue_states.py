"""Measured cues as the key-point branch reads them."""

import numpy as np

from core.records import Cue, CueCoverage, CueMeasurement
from training.dataset import cue_states

MEASURED = CueMeasurement(
    cues=(Cue("smile", 0.2, 0.4, 1.0, ()),),
    coverage=(CueCoverage("smile", 0.8, ((0.0, 0.8),), ""), CueCoverage("nodding", 0.0, (), "the nose is missing")),
    duration_s=1.0,
)


def test_a_moment_has_a_cue_has_it_not_or_cannot_be_judged() -> None:
    states = cue_states(MEASURED, ["nodding", "smile"], np.arange(5) / 5)
    assert states[:, 1].tolist() == [0, 1, 0, 0, -1]
    assert (states[:, 0] == -1).all()


def test_an_unmeasured_clip_can_nowhere_be_judged() -> None:
    assert (cue_states(None, ["smile"], np.arange(3) / 5) == -1).all()
