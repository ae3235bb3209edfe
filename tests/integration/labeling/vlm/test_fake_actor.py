"""What stands behind both fake servers: the actor that answers by a schema, and the plan of faults."""

import json
from typing import Any

import jsonschema
import pytest

from tests.fakes.actor import Asked, UnanswerableError, act, blocks
from tests.fakes.faults import Fault, FaultPlan
from tests.integration.labeling.vlm.fake_questions import (
    CONCLUDE,
    JUDGED,
    LABELS,
    OBSERVE,
    REFLECT,
    REFLECTION,
    TEXT,
    closed,
    fenced,
    first_reading,
)


def test_a_scripted_plan_is_used_up_in_order_and_then_nothing_fails() -> None:
    plan = FaultPlan.scripted([Fault.TIMEOUT, None, Fault.CUT_JSON])
    assert [plan.next("a") for _ in range(5)] == [Fault.TIMEOUT, None, Fault.CUT_JSON, None, None]


def test_which_request_fails_does_not_depend_on_the_order() -> None:
    digests = [f"request {number}" for number in range(60)]
    one, other = FaultPlan(0.3, seed=4), FaultPlan(0.3, seed=4)
    forwards = {digest: one.next(digest) for digest in digests}
    backwards = {digest: other.next(digest) for digest in reversed(digests)}
    assert forwards == backwards
    assert 8 <= sum(fault is not None for fault in forwards.values()) <= 28


def test_a_request_that_failed_may_succeed_when_it_comes_again() -> None:
    plan = FaultPlan(0.5, (Fault.SERVER_ERROR,), seed=1)
    drawn = [[plan.next(f"request {number}") for _ in range(12)] for number in range(10)]
    assert all(None in tries for tries in drawn)


def test_another_seed_fails_others() -> None:
    digests = [f"request {number}" for number in range(60)]
    first, second = ([plan.next(digest) for digest in digests] for plan in (FaultPlan(0.3), FaultPlan(0.3, seed=9)))
    assert first != second


def _reflected(text: str, digest: str = "0") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(act(Asked(digest, text, REFLECT, None)))
    jsonschema.validate(answer, REFLECT)
    return answer


def test_a_reflection_gives_a_verdict_by_the_ids_of_the_prompt_and_claims_for_what_stands() -> None:
    answer = _reflected(REFLECTION)
    assert [one["observation"] for one in answer["verdicts"]] == list(range(10, 16))
    stands = [one["observation"] for one in answer["verdicts"] if one["verdict"] != "drop"]
    assert [claim["observation"] for claim in answer["claims"]] == stands


def test_a_reflections_label_is_the_one_whose_claims_weigh_most() -> None:
    for number in range(30):
        answer = _reflected(REFLECTION, str(number))
        sums = {name: sum(one["weight"] for one in answer["claims"] if one["speaks_for"] == name) for name in LABELS}
        assert answer["label"] == max(sums, key=lambda name: sums[name])
        assert answer["label_changes"] == (answer["label"] != "positive")


def test_evidence_makes_the_actor_drop_what_it_contradicts_and_little_else() -> None:
    evidence = json.dumps({"contradicted": [{"observation": 13, "why": "Not measured."}], "measured": []})
    dropped = dict.fromkeys(range(10, 16), 0)
    without = 0
    for number in range(400):
        for one in _reflected(fenced(first_reading(), evidence), str(number))["verdicts"]:
            dropped[one["observation"]] += one["verdict"] == "drop"
        without += sum(one["verdict"] == "drop" for one in _reflected(REFLECTION, str(number))["verdicts"])
    assert dropped.pop(13) / 400 == pytest.approx(0.8, abs=0.07)
    assert sum(dropped.values()) / 2000 == pytest.approx(0.05, abs=0.02)
    assert without / 2400 == pytest.approx(0.1, abs=0.02)


def test_a_revised_observation_stays_within_its_old_span() -> None:
    spans = {seen["id"]: seen for seen in blocks(REFLECTION)[0]["observations"]}
    verdicts = [one for number in range(60) for one in _reflected(REFLECTION, str(number))["verdicts"]]
    revised = [one for one in verdicts if one["verdict"] == "revise"]
    assert revised
    assert all(
        spans[one["observation"]]["start_s"] < one["start_s"] <= one["end_s"] == spans[one["observation"]]["end_s"]
        for one in revised
    )


def test_a_conclusion_leans_on_the_ids_of_the_prompt() -> None:
    answer = json.loads(act(Asked("0", fenced(first_reading()), CONCLUDE, None)))
    jsonschema.validate(answer, CONCLUDE)
    leaned = sorted(number for argument in answer["arguments"] for number in argument["observations"])
    assert leaned == list(range(10, 16))


@pytest.mark.parametrize("film_s", [0.5, 4.0, 120.0])
def test_observations_are_spread_over_the_film(film_s: float) -> None:
    for number in range(40):
        answer = json.loads(act(Asked(str(number), "", OBSERVE, film_s)))
        jsonschema.validate(answer, OBSERVE)
        starts = [seen["start_s"] for seen in answer["observations"]]
        assert starts == sorted(starts)
        assert starts[0] <= film_s / 3
        assert film_s < 1 or starts[-1] >= film_s * 0.5
        lengths = [seen["end_s"] - seen["start_s"] for seen in answer["observations"]]
        assert all(0.38 <= length <= 3.02 for length in lengths)


def test_a_schema_without_labels_is_refused() -> None:
    schema = closed(**{**JUDGED, "label": TEXT})
    with pytest.raises(UnanswerableError, match="does not say which values 'label' may have"):
        act(Asked("0", fenced(first_reading()), schema, None))
