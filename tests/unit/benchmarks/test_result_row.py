import pytest

from benchmarks.result_row import BenchRow, Measured, all_hold


def test_a_row_without_a_budget_is_never_missed():
    assert all_hold([BenchRow("decode", 3.0, "ms"), BenchRow("ratio", 1.2, "x", "at least 1", True)])


def test_one_missed_budget_is_enough_to_fail():
    assert not all_hold([BenchRow("ratio", 0.8, "x", "at least 1", False), BenchRow("decode", 3.0, "ms")])


@pytest.mark.parametrize(("budget", "holds"), [("at least 1", None), ("", True)])
def test_a_budget_and_its_answer_come_together(budget: str, holds: bool | None):
    with pytest.raises(ValueError, match="ratio"):
        BenchRow("ratio", 1.0, "x", budget, holds)


def test_a_row_as_json_has_the_five_fields_of_every_bench():
    row = BenchRow("ratio", 1.5, "x", "at least 1", True)
    assert row.as_json() == {"what": "ratio", "value": 1.5, "unit": "x", "budget": "at least 1", "holds": True}


def test_a_bench_that_leaves_nothing_out_is_refused():
    with pytest.raises(ValueError, match="leaves out"):
        Measured([BenchRow("decode", 3.0, "ms")], [])
