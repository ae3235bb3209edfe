"""The bench of perception, on the smallest of films."""

from pathlib import Path

import pytest

from benchmarks.perception import bench
from benchmarks.perception.inputs import make_image_model
from benchmarks.progress import Parts
from core.settings.perception import PerceptionSettings

pytestmark = pytest.mark.long


# Ultralytics exports to ONNX as it does; what torch says of that is none of ours.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_every_figure_that_has_a_budget_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_SHORTEST", 8)
    monkeypatch.setattr(bench, "_ROUNDS", 1)
    settings = PerceptionSettings(device="cpu")
    image_model = str(make_image_model(tmp_path, width=64, layers=1))
    parts = Parts(print)
    rows = bench.bench_perception(
        settings, tmp_path, weights=None, image_model=image_model, seconds=0.1, parts=parts, memory_s=(1, 2)
    )
    parts.check_all_told()
    assert sum(row.what.startswith("pipeline / limit") and bool(row.budget) for row in rows) == 1
    for what in ("pipeline / notebook loop", "peak memory, 2 s / 1 s"):
        assert [bool(row.budget) for row in rows if row.what == what] == [True]
    assert all(row.value > 0 for row in rows)
