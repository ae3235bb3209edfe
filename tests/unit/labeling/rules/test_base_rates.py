"""Where the usual rates come from."""

import pytest

from core.types.cues import Cue, CueCoverage, CueMeasurement
from labeling.rules.base_rates import ASSUMED_PER_MIN, MIN_CLIPS, PUBLISHED_PER_MIN, base_rates


def clip(smiles: int, measurable_s: float = 30.0) -> CueMeasurement:
    cues = tuple(Cue("smile", float(place), place + 0.5, 1.0, ()) for place in range(smiles))
    return CueMeasurement(cues, (CueCoverage("smile", measurable_s, ((0.0, measurable_s),), ""),), 60.0)


def test_enough_clips_give_rates_of_their_own_per_measurable_minute() -> None:
    rates = base_rates([clip(smiles=2)] * MIN_CLIPS)
    assert rates.of_workspace
    assert rates.of("smile") == pytest.approx(4.0)
    assert "10 training clips of this workspace" in rates.origin


def test_too_few_clips_take_the_published_rates_and_say_so() -> None:
    rates = base_rates([clip(smiles=2)] * (MIN_CLIPS - 1))
    assert rates.per_min == PUBLISHED_PER_MIN
    assert "published for iMiGUE" in rates.origin
    assert "only 9 training clips" in rates.origin


def test_one_wild_clip_does_not_move_what_is_usual() -> None:
    assert base_rates([clip(smiles=1)] * 19 + [clip(smiles=300)]).of("smile") == pytest.approx(2.0)


def test_a_cue_hardly_ever_measurable_keeps_its_published_or_assumed_rate() -> None:
    rates = base_rates([clip(smiles=2, measurable_s=5.0)] * MIN_CLIPS)
    assert rates.is_assumed("smile")
    assert rates.of("smile") == ASSUMED_PER_MIN
    assert rates.of("touching jaw") == PUBLISHED_PER_MIN["touching jaw"]
