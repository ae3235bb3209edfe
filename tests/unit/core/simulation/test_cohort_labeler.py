import json

import pytest

from core.errors import LabelingError
from core.pose.cues import CATALOG
from core.simulation.labeler import LabelerRates, SimulatedLabeler
from core.taxonomy import DEFAULT_TAXONOMY, Label, Taxonomy
from core.types.cues import BodyRegion, Cue, CueMeasurement
from core.types.pseudo_labels import LabelerAnswer

DURATION_S = 60.0


def measurement(*cues: Cue) -> CueMeasurement:
    return CueMeasurement(cues=cues, coverage=(), duration_s=DURATION_S)


MEASURED = measurement(
    *(Cue("smile", start_s, start_s + 1.5, 0.7, (73,)) for start_s in (3.0, 20.0)),
    *(Cue("touching jaw", start_s, start_s + 2.0, 0.8, (33,)) for start_s in (8.0, 31.0, 44.0)),
    *(Cue("illustrative body language", start_s, start_s + 2.0, 0.5, (4,)) for start_s in (13.0, 26.0, 51.0)),
)


def answers(count: int = 1500, rates: LabelerRates | None = None, truth: str = "positive") -> list[LabelerAnswer]:
    labeler = SimulatedLabeler(seed=1, rates=rates)
    return [
        labeler.answer(truth, MEASURED, DURATION_S, DEFAULT_TAXONOMY, clip_name=f"clip {number}")
        for number in range(count)
    ]


def planted(answer: LabelerAnswer) -> set[int]:
    return set(json.loads(answer.raw_answer)["planted_false_claims"])


@pytest.fixture(scope="module")
def many() -> list[LabelerAnswer]:
    return answers()


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def test_first_and_reflected_labels_are_right_at_the_known_rates(many: list[LabelerAnswer]):
    assert share([answer.first_label == "positive" for answer in many]) == pytest.approx(0.62, abs=0.05)
    assert share([answer.label == "positive" for answer in many]) == pytest.approx(0.74, abs=0.05)


def test_reflection_keeps_most_right_labels(many: list[LabelerAnswer]):
    right = [answer for answer in many if answer.first_label == "positive"]
    assert share([answer.label == "positive" for answer in right]) == pytest.approx(0.90, abs=0.04)


def test_other_rates_can_be_set():
    perfect = answers(50, LabelerRates(first_right=1.0, right=1.0, keeps_right=1.0, planted=0.0))
    assert {answer.label for answer in perfect} == {"positive"}
    assert not any(planted(answer) for answer in perfect)


def test_rates_that_cannot_be_together_are_refused():
    with pytest.raises(ValueError, match=r"right is 0\.99; from first_right 0\.5, reflection comes to 0\.25 to 0\.75"):
        LabelerRates(first_right=0.5, right=0.99, keeps_right=0.5)


def test_reflection_that_keeps_more_than_is_asked_for_is_refused_where_every_first_label_is_right():
    with pytest.raises(ValueError, match=r"right is 0\.5; .* comes to 0\.9 to 0\.9"):
        LabelerRates(first_right=1.0, right=0.5)


def test_planted_claims_happen_nowhere_near_and_are_as_frequent_as_said(many: list[LabelerAnswer]):
    body = false = 0
    for answer in many:
        for number, claim in enumerate(answer.claims):
            if claim.cue not in CATALOG:
                continue
            body += 1
            if number in planted(answer):
                false += 1
                near = [cue for cue in MEASURED.cues if cue.name == claim.cue]
                assert not any(cue.start_s < claim.end_s and cue.end_s > claim.start_s for cue in near)
    assert false / body == pytest.approx(0.25, abs=0.04)


def test_claims_that_are_not_planted_were_measured(many: list[LabelerAnswer]):
    for answer in many[:200]:
        for number, claim in enumerate(answer.claims):
            if claim.cue in CATALOG and number not in planted(answer):
                same = [cue for cue in MEASURED.cues if cue.name == claim.cue]
                assert any(cue.start_s < claim.end_s and cue.end_s > claim.start_s for cue in same)


def test_reflection_drops_false_claims_more_often_than_true_ones(many: list[LabelerAnswer]):
    kept: dict[bool, list[bool]] = {True: [], False: []}
    for answer in many:
        for number, claim in enumerate(answer.claims):
            if claim.cue in CATALOG:
                kept[number in planted(answer)].append(claim.kept)
                assert claim.reflection
    assert share(kept[True]) == pytest.approx(0.45, abs=0.06)
    assert share(kept[False]) == pytest.approx(0.92, abs=0.04)


def test_one_or_two_claims_are_on_voice_or_words(many: list[LabelerAnswer]):
    for answer in many[:200]:
        unseen = [claim for claim in answer.claims if claim.region in {BodyRegion.VOICE, BodyRegion.WORDS}]
        assert 1 <= len(unseen) <= 2
        assert all(claim.cue == "other" for claim in unseen)


def test_claims_lie_in_the_clip_in_order_of_start(many: list[LabelerAnswer]):
    for answer in many[:200]:
        starts = [claim.start_s for claim in answer.claims]
        assert starts == sorted(starts)
        assert all(0 <= claim.start_s < claim.end_s <= DURATION_S for claim in answer.claims)
        assert all(0 < claim.weight <= 1 for claim in answer.claims)


def test_confidence_is_higher_where_the_label_is_right(many: list[LabelerAnswer]):
    right = [answer.confidence for answer in many if answer.label == "positive"]
    wrong = [answer.confidence for answer in many if answer.label != "positive"]
    assert sum(right) / len(right) > sum(wrong) / len(wrong) + 0.05


def test_the_same_seed_and_clip_give_the_same_answer_and_another_clip_another():
    labeler = SimulatedLabeler(seed=4)
    ask = [
        labeler.answer("negative", MEASURED, DURATION_S, DEFAULT_TAXONOMY, clip_name=name) for name in ("a", "a", "b")
    ]
    assert ask[0] == ask[1]
    assert ask[0] != ask[2]


def test_rationales_do_not_all_read_the_same(many: list[LabelerAnswer]):
    assert len({answer.first_reasoning for answer in many[:100]}) > 20
    assert len({claim.text for answer in many[:100] for claim in answer.claims}) > 20


def test_a_clip_without_cues_still_gets_an_answer():
    answer = SimulatedLabeler(seed=0).answer("negative", measurement(), 20.0, DEFAULT_TAXONOMY, clip_name="still")
    assert answer.label in DEFAULT_TAXONOMY
    assert answer.claims


def test_three_labels_work_as_well_as_two():
    third = Label(name="mixed", title="Mixed", color="#444444", key="3", cue_weights={"nodding": 0.4})
    taxonomy = Taxonomy(labels=(*DEFAULT_TAXONOMY.labels, third))
    labeler = SimulatedLabeler(seed=2)
    given = [labeler.answer("mixed", MEASURED, DURATION_S, taxonomy, clip_name=str(n)).label for n in range(200)]
    assert set(given) == {"positive", "negative", "mixed"}
    assert share([label == "mixed" for label in given]) == pytest.approx(0.74, abs=0.1)


def test_a_truth_outside_the_taxonomy_is_refused():
    with pytest.raises(LabelingError, match="draw"):
        SimulatedLabeler().answer("draw", MEASURED, DURATION_S, DEFAULT_TAXONOMY)
