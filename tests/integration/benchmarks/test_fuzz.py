"""The harness of the fuzzers, and a few inputs of each."""

import pytest

from benchmarks.fuzz import harness
from benchmarks.fuzz.bench import bench_fuzz
from benchmarks.fuzz.fuzzers import NAMES, module_of, shares
from benchmarks.fuzz.harness import Fed, Outcome, fuzz
from benchmarks.progress import Parts
from core.errors import InputError

SEED, INPUTS = 248, 12  # these die, hang and swell once each: what comes after it begins in a new process
A_FEW = 6


@pytest.fixture(scope="module")
def tripped() -> tuple[harness.Findings, list[Fed]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(harness, "LIMIT_S", 1.0)
        patch.setattr(harness, "LIMIT_BYTES", 200 * 2**20)
        found = fuzz("tests.integration.benchmarks.tripping_fuzzer", INPUTS, seed=SEED)
    return found, found.faults


def test_each_input_is_counted_once_whatever_became_of_it(tripped: tuple[harness.Findings, list[Fed]]) -> None:
    found, faults = tripped
    assert found.outcomes.total() == INPUTS
    assert set(found.outcomes) == set(Outcome)
    assert len(faults) == INPUTS - found.outcomes[Outcome.TAKEN] - found.outcomes[Outcome.REFUSED]


def test_a_fault_is_told_with_its_number_and_what_was_seen(tripped: tuple[harness.Findings, list[Fed]]) -> None:
    said = {fault.outcome: fault.said for fault in tripped[1]}
    assert said[Outcome.DIED] == "exit code 3"
    assert said[Outcome.TOO_SLOW] == "longer than 1 s"
    assert any("KeyError: \"'people'\" at tripping_fuzzer.py:" in fault.said for fault in tripped[1])
    assert any(fault.said == "no sentence: ''" for fault in tripped[1])


def test_a_fault_is_found_again_by_its_number_alone(tripped: tuple[harness.Findings, list[Fed]]) -> None:
    crash = next(fault for fault in tripped[1] if "KeyError" in fault.said)
    again = fuzz("tests.integration.benchmarks.tripping_fuzzer", 1, seed=SEED, first=crash.number)
    assert [(fault.number, fault.said) for fault in again.faults] == [(crash.number, crash.said)]


def test_no_few_inputs_of_any_fuzzer_end_in_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    parts = Parts(print)
    rows = bench_fuzz(inputs=A_FEW * len(NAMES), parts=parts)
    parts.check_all_told()
    assert [row.what for row in rows if row.holds is False] == [], capsys.readouterr().err


@pytest.mark.parametrize("inputs", [1, 96, 25_000])
def test_every_fuzzer_has_a_share_and_a_costly_one_a_smaller(inputs: int) -> None:
    found = shares(inputs, NAMES)
    assert set(found) == set(NAMES)
    assert min(found.values()) >= 1
    assert found["pages"] <= found["tables"]
    assert abs(sum(found.values()) - inputs) <= len(NAMES)


def test_an_unknown_fuzzer_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(InputError, match=r"There is no fuzzer called 'wishes'; there are .*settings"):
        module_of("wishes")
