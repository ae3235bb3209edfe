"""The bench of perception, on the smallest of films."""

from pathlib import Path

import pytest

from benchmarks.parts import Parts
from benchmarks.perception.bench import bench_perception
from core.settings.perception import PerceptionSettings

pytestmark = pytest.mark.long


def test_every_figure_that_has_a_budget_is_measured(tmp_path: Path) -> None:
    settings = PerceptionSettings(device="cpu")
    parts = Parts(print)
    rows = bench_perception(
        settings, tmp_path, weights=None, image_model=None, seconds=0.1, parts=parts, memory_s=(1, 2)
    )
    parts.check_all_told()
    assert sum(row.what.startswith("pipeline / limit") and bool(row.budget) for row in rows) == 1
    for what in ("pipeline / notebook loop", "peak memory, 2 s / 1 s"):
        assert [bool(row.budget) for row in rows if row.what == what] == [True]
    assert all(row.value > 0 for row in rows)
