"""A short version of `telltale bench label`."""

import pytest

from benchmarks.label.bench import bench_label
from benchmarks.progress import Parts


@pytest.mark.long
def test_two_kills_of_two_terminals_that_label_pay_for_nothing_twice() -> None:
    rows = bench_label(2, Parts(lambda line: None))
    assert [row.what for row in rows if row.holds is False] == []
    assert {row.what: row.value for row in rows}["kill -9 of a terminal"] == 2
