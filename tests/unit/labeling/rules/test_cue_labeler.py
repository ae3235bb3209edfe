"""How the rules argue: strongest events first, then everything against what is usual."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from core.errors import LabelingError
from core.pose.cues import CATALOG
from core.taxonomy import DEFAULT_TAXONOMY, Label, Taxonomy
from core.types.clips import Clip, ClipState, Split
from core.types.cues import Cue, CueCoverage, CueMeasurement
from labeling.interfaces import ClipEvidence
from labeling.rules.base_rates import BaseRates
from labeling.rules.cue_labeler import NO_LANGUAGE_MODEL, CueLabeler

CLIP = Clip(
    id=1, name="match-01", subject_id=1, subject="P1", split=Split.TRAIN, video_path=None, digest="d", duration_s=60.0,
    frame_count=1500, frame_rate=Fraction(25), width_px=640, height_px=360, transcript=None, gold_label=None,
    simulated=False, reliability_sample=False, state=ClipState.IMPORTED, created_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
USUAL = BaseRates(dict.fromkeys(CATALOG, 0.1), "thirty clips", of_workspace=True)


def events(name: str, count: int, strength: float = 0.9, length_s: float = 1.0) -> list[Cue]:
    return [Cue(name, 5.0 * place, 5.0 * place + length_s, strength, (4,)) for place in range(count)]


def evidence(*cues: Cue, measurable_s: float = 60.0, blind: tuple[str, ...] = ()) -> ClipEvidence:
    coverage = tuple(
        CueCoverage(name, 0.0, (), "no hand is there")
        if name in blind
        else CueCoverage(name, measurable_s, ((0.0, measurable_s),), "")
        for name in CATALOG
    )
    ordered = tuple(sorted(cues, key=lambda cue: cue.start_s))
    return ClipEvidence(CLIP, CueMeasurement(cues=ordered, coverage=coverage, duration_s=60.0))


def test_more_of_a_cue_than_usual_speaks_for_its_label() -> None:
    answer = CueLabeler(DEFAULT_TAXONOMY, USUAL).label(evidence(*events("touching jaw", 4)), DEFAULT_TAXONOMY)
    assert answer.label == "negative"
    assert answer.confidence > 0.7
    assert all(claim.speaks_for == "negative" and claim.kept for claim in answer.claims)


def test_the_rationale_says_that_it_is_no_language_model() -> None:
    answer = CueLabeler(DEFAULT_TAXONOMY, USUAL).label(evidence(*events("smile", 2)), DEFAULT_TAXONOMY)
    assert NO_LANGUAGE_MODEL in answer.first_reasoning
    assert NO_LANGUAGE_MODEL in answer.reasoning


def test_reflection_changes_the_label_where_the_strongest_cue_is_usual() -> None:
    usual = BaseRates({**USUAL.per_min, "illustrative body language": 9.0}, "thirty clips", of_workspace=True)
    seen = [*events("illustrative body language", 9), *events("touching jaw", 3, strength=0.7)]
    answer = CueLabeler(DEFAULT_TAXONOMY, usual).label(evidence(*seen), DEFAULT_TAXONOMY)
    gestures = [claim for claim in answer.claims if claim.cue == "illustrative body language"]
    # First pass: two gestures at 0.9 x 0.4 against two jaws at 0.7 x 0.5 is 0.72 against 0.70.
    assert answer.first_label == "positive"
    assert answer.label == "negative"
    assert "changes from Positive (won) to Negative (lost)" in answer.reasoning
    assert gestures
    assert all(not claim.kept and "nothing unusual, 9 times in this clip" in claim.reflection for claim in gestures)


@pytest.mark.parametrize(
    ("cue", "reason"),
    [
        (Cue("smile", 3.0, 4.0, 0.2, (1,)), "faint"),
        (Cue("smile", 3.0, 3.1, 0.9, (1,)), "too short"),
    ],
)
def test_weak_and_short_claims_are_dropped_with_the_reason(cue: Cue, reason: str) -> None:
    answer = CueLabeler(DEFAULT_TAXONOMY, USUAL).label(evidence(cue), DEFAULT_TAXONOMY)
    assert [claim.kept for claim in answer.claims] == [False]
    assert reason in answer.claims[0].reflection


def test_a_cue_measurable_for_a_moment_alone_does_not_count() -> None:
    found = evidence(*events("smile", 2), measurable_s=1.5)
    answer = CueLabeler(DEFAULT_TAXONOMY, USUAL).label(found, DEFAULT_TAXONOMY)
    assert answer.confidence == pytest.approx(0.5)
    assert "Dropped: it could be measured in 2% of the clip" in answer.claims[0].reflection


def test_a_hand_that_comes_into_view_to_touch_the_jaw_counts() -> None:
    found = evidence(*events("touching jaw", 2), measurable_s=6.0)
    answer = CueLabeler(DEFAULT_TAXONOMY, USUAL).label(found, DEFAULT_TAXONOMY)
    assert answer.label == "negative"
    assert all(claim.kept for claim in answer.claims)
    assert answer.claims[0].reflection == (
        "Kept: twice in this clip where 0.1 would be usual, though it could be measured in only 10% of it."
    )


def test_what_is_assumed_to_be_usual_does_not_count_where_it_is_not_seen() -> None:
    unknown = BaseRates({}, "published rates", of_workspace=False)
    answer = CueLabeler(DEFAULT_TAXONOMY, unknown).label(evidence(*events("blink", 3)), DEFAULT_TAXONOMY)
    assert answer.confidence == pytest.approx(0.5)


def test_what_could_not_be_judged_is_listed_with_its_reason() -> None:
    found = evidence(*events("smile", 2), blind=("touching jaw", "covering face"))
    reasoning = CueLabeler(DEFAULT_TAXONOMY, USUAL).label(found, DEFAULT_TAXONOMY).reasoning
    assert "Could not be judged here: touching jaw and covering face (for instance: no hand is there)." in reasoning


def test_a_clip_without_a_measurable_cue_gets_no_label() -> None:
    found = evidence(blind=tuple(CATALOG))
    with pytest.raises(LabelingError, match=r"^match-01: no cue that speaks for a label could be measured.$"):
        CueLabeler(DEFAULT_TAXONOMY, USUAL).label(found, DEFAULT_TAXONOMY)


def test_without_a_telling_cue_the_answer_says_that_it_is_a_guess_and_what_was_seen_instead() -> None:
    answer = CueLabeler(DEFAULT_TAXONOMY, USUAL).label(evidence(*events("blink", 9)), DEFAULT_TAXONOMY)
    assert answer.confidence < 0.6
    assert "is a guess" in answer.first_reasoning
    assert "little better than a guess" in answer.reasoning
    assert [(claim.cue, claim.kept, claim.weight) for claim in answer.claims] == [("blink", False, 0.0)] * 2
    assert answer.claims[0].reflection == "Dropped: no label of this workspace weighs blink."


def test_claims_are_few_anchored_and_in_order_of_time() -> None:
    cues = [cue for name in CATALOG for cue in events(name, 5)]
    answer = CueLabeler(DEFAULT_TAXONOMY, USUAL).label(evidence(*cues), DEFAULT_TAXONOMY)
    assert 3 <= len(answer.claims) <= 8
    assert [claim.start_s for claim in answer.claims] == sorted(claim.start_s for claim in answer.claims)
    assert all(claim.joints and claim.cue in CATALOG and 0 <= claim.weight <= 1 for claim in answer.claims)


def test_the_second_reading_finds_what_the_first_left_out() -> None:
    strong = [cue for name in ("smile", "nodding", "head up") for cue in events(name, 2, strength=1.0)]
    answer = CueLabeler(DEFAULT_TAXONOMY, USUAL).label(
        evidence(*strong, *events("touching neck", 5, strength=0.6)), DEFAULT_TAXONOMY
    )
    added = [claim for claim in answer.claims if claim.cue == "touching neck"]
    assert [claim.reflection for claim in added] == [
        "Found on the second reading: 5 times in this clip where 0.1 would be usual."
    ]


def test_any_number_of_labels_is_weighed() -> None:
    labels = [
        Label(name=name, title=name, color="#000000", key=str(key), cue_weights={cue: 0.6})
        for key, (name, cue) in enumerate([("calm", "nodding"), ("glad", "smile"), ("tense", "pressing lips")], start=1)
    ]
    three = Taxonomy(labels=tuple(labels))
    answer = CueLabeler(three, USUAL).label(evidence(*events("pressing lips", 4)), three)
    assert answer.label == "tense"
    assert answer.confidence > 1 / 3


def test_a_cue_with_a_negative_weight_counts_but_argues_for_nobody() -> None:
    label = Label(name="calm", title="Calm", color="#000000", key="1", cue_weights={"blink": -0.5, "nodding": 0.1})
    other = Label(name="tense", title="Tense", color="#000000", key="2")
    two = Taxonomy(labels=(label, other))
    answer = CueLabeler(two, USUAL).label(evidence(*events("blink", 9), *events("nodding", 1)), two)
    assert answer.label == "tense"
    assert {claim.cue for claim in answer.claims} == {"nodding"}


def test_a_taxonomy_without_weights_is_refused() -> None:
    bare = Taxonomy(labels=tuple(label.model_copy(update={"cue_weights": {}}) for label in DEFAULT_TAXONOMY))
    with pytest.raises(LabelingError, match="no label of the taxonomy has any"):
        CueLabeler(bare, USUAL)


def test_assumed_rates_are_said_to_be_assumed() -> None:
    published = BaseRates({}, "published rates", of_workspace=False)
    answer = CueLabeler(DEFAULT_TAXONOMY, published).label(evidence(*events("smile", 2)), DEFAULT_TAXONOMY)
    assert "once a minute is assumed" in answer.reasoning


def test_the_same_evidence_gives_the_same_answer() -> None:
    found = evidence(*events("smile", 2), *events("touching jaw", 1))
    labeler = CueLabeler(DEFAULT_TAXONOMY, USUAL)
    assert labeler.label(found, DEFAULT_TAXONOMY) == labeler.label(found, DEFAULT_TAXONOMY)
