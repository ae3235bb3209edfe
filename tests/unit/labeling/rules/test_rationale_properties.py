"""What holds of every rationale, whatever was measured."""

from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import LabelingError
from core.pose.cues import CATALOG
from core.taxonomy import DEFAULT_TAXONOMY
from core.types.clips import Clip, ClipState, Split
from core.types.cues import Cue, CueCoverage, CueMeasurement
from core.types.pseudo_labels import ClaimCheck
from labeling.interfaces import ClipEvidence
from labeling.rules.base_rates import BaseRates, base_rates
from labeling.rules.claim_check import check_claims
from labeling.rules.cue_labeler import CueLabeler

DURATION_S = 60.0
CLIP = Clip(
    id=1, name="match-01", subject_id=1, subject="P1", split=Split.TRAIN, video_path=None, digest="d", duration_s=60.0,
    frame_count=1500, frame_rate=Fraction(25), width_px=640, height_px=360, transcript=None, gold_label=None,
    simulated=False, reliability_sample=False, state=ClipState.IMPORTED, created_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
NAMES = sorted(CATALOG)


@st.composite
def cues(draw: st.DrawFn) -> Cue:
    start_s = draw(st.floats(0, DURATION_S - 0.1))
    end_s = draw(st.floats(start_s, DURATION_S))
    return Cue(draw(st.sampled_from(NAMES)), start_s, end_s, draw(st.floats(0, 1)), (4,))


@st.composite
def measurements(draw: st.DrawFn) -> CueMeasurement:
    """Any cues, and any share of the clip in which each could be measured."""
    coverage = []
    for name in NAMES:
        seen_s = draw(st.sampled_from([0.0, 1.0, 5.0, 30.0, DURATION_S]))
        coverage.append(CueCoverage(name, seen_s, ((0.0, seen_s),) if seen_s else (), "no hand is seen"))
    found = sorted(draw(st.lists(cues(), max_size=40)), key=lambda cue: cue.start_s)
    return CueMeasurement(tuple(found), tuple(coverage), DURATION_S)


@st.composite
def rates(draw: st.DrawFn) -> BaseRates:
    per_min = draw(st.dictionaries(st.sampled_from(NAMES), st.floats(0, 100)))
    return BaseRates(per_min, "other clips", of_workspace=True)


@settings(deadline=None)
@given(measurements(), rates())
def test_an_answer_is_a_label_with_few_ordered_claims_that_its_own_cues_support(
    measured: CueMeasurement, base_rates: BaseRates
) -> None:
    try:
        answer = CueLabeler(DEFAULT_TAXONOMY, base_rates).label(ClipEvidence(CLIP, measured), DEFAULT_TAXONOMY)
    except LabelingError as error:
        assert str(error) == "match-01: no cue that speaks for a label could be measured."  # noqa: PT017
        return
    assert {answer.label, answer.first_label} <= set(DEFAULT_TAXONOMY.names)
    assert 0.5 <= answer.confidence <= 0.95
    assert 0.5 <= answer.first_confidence <= 0.95
    assert len(answer.claims) <= 8
    assert [claim.start_s for claim in answer.claims] == sorted(claim.start_s for claim in answer.claims)
    for claim in check_claims(answer.claims, measured):
        assert claim.check is ClaimCheck.SUPPORTED
        assert 0 <= claim.weight <= 1
        assert claim.reflection.startswith(("Kept", "Dropped", "Found"))
        assert claim.kept == (not claim.reflection.startswith("Dropped"))


@settings(deadline=None)
@given(st.lists(measurements(), max_size=15))
def test_base_rates_are_never_negative(measured: list[CueMeasurement]) -> None:
    usual = base_rates(measured)
    assert all(usual.of(name) >= 0 for name in NAMES)
    assert usual.of_workspace == (len(measured) >= 10)
