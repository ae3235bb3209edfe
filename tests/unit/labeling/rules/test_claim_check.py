"""What the key points say of a claim."""

import pytest

from core.pose.cues import CATALOG
from core.types.cues import BodyRegion, Cue, CueCoverage, CueMeasurement
from core.types.pseudo_labels import Claim, ClaimCheck
from labeling.rules.claim_check import check_claim


def claim(cue: str = "touching jaw", start_s: float = 4.0, end_s: float = 6.0, **changes: object) -> Claim:
    fields: dict[str, object] = {"region": BodyRegion.HANDS, "text": "…", "speaks_for": "negative", "weight": 0.5}
    return Claim(start_s=start_s, end_s=end_s, cue=cue, **{**fields, **changes})  # type: ignore[arg-type]


def measured(*cues: Cue, spans_s: tuple[tuple[float, float], ...] = ((0.0, 30.0),)) -> CueMeasurement:
    coverage = tuple(
        CueCoverage(name, sum(stop - start for start, stop in spans_s), spans_s, "no hand is there") for name in CATALOG
    )
    return CueMeasurement(cues=cues, coverage=coverage, duration_s=30.0)


def jaw(start_s: float, end_s: float, name: str = "touching jaw") -> Cue:
    return Cue(name, start_s, end_s, 0.8, (8, 95))


def test_a_measured_cue_in_the_span_supports_the_claim_with_its_numbers() -> None:
    checked = check_claim(claim(), measured(jaw(5.0, 7.5)))
    assert checked.check is ClaimCheck.SUPPORTED
    assert checked.check_note == "Measured once between 5.0 and 7.5 s, strength up to 0.80."


def test_half_a_second_beside_the_span_still_supports() -> None:
    assert check_claim(claim(), measured(jaw(6.4, 7.0))).check is ClaimCheck.SUPPORTED
    assert check_claim(claim(), measured(jaw(6.6, 7.0))).check is ClaimCheck.CONTRADICTED


def test_a_cue_that_could_be_seen_and_was_not_there_contradicts() -> None:
    checked = check_claim(claim(), measured(jaw(20.0, 22.0)))
    assert checked.check is ClaimCheck.CONTRADICTED
    assert checked.check_note == "Could be seen in 100% of the span and was not there; nearest is 14.0 s away."


def test_missing_joints_make_a_claim_not_measurable_and_say_why() -> None:
    checked = check_claim(claim(), measured(spans_s=((0.0, 4.5),)))
    assert checked.check is ClaimCheck.NOT_MEASURABLE
    assert checked.check_note == "Could be seen in 25% of the span: no hand is there."


def test_a_moment_at_the_very_start_is_judged_by_the_second_after_it() -> None:
    assert check_claim(claim(start_s=0.0, end_s=0.0), measured()).check is ClaimCheck.CONTRADICTED


def test_a_hand_at_the_head_supports_under_its_other_name() -> None:
    checked = check_claim(claim("touching facial parts"), measured(jaw(4.0, 6.0)))
    assert checked.check is ClaimCheck.SUPPORTED
    assert "measured as touching jaw" in checked.check_note


def test_a_cue_of_the_same_joints_does_not_support_another() -> None:
    lips = claim("pressing lips", region=BodyRegion.FACE)
    assert check_claim(lips, measured(jaw(4.0, 6.0, "mouth open"))).check is ClaimCheck.CONTRADICTED


@pytest.mark.parametrize("region", [BodyRegion.VOICE, BodyRegion.WORDS])
def test_a_claim_on_voice_or_words_stays_unchecked(region: BodyRegion) -> None:
    checked = check_claim(claim(region=region), measured(jaw(4.0, 6.0)))
    assert checked.check is ClaimCheck.UNCHECKED
    assert checked.check_note == f"Key points cannot speak of the {region.value}."


def test_a_cue_outside_the_catalog_stays_unchecked() -> None:
    assert check_claim(claim("other"), measured()).check is ClaimCheck.UNCHECKED


def test_a_claim_after_the_end_is_contradicted() -> None:
    checked = check_claim(claim(start_s=95.0, end_s=97.0), measured(jaw(4.0, 6.0)))
    assert checked.check is ClaimCheck.CONTRADICTED
    assert "ends at 30.0 s" in checked.check_note


def test_a_checked_claim_gets_the_joints_of_its_cue_and_keeps_its_own() -> None:
    assert check_claim(claim(), measured()).joints == CATALOG["touching jaw"].joints
    assert check_claim(claim(joints=(3,)), measured()).joints == (3,)
