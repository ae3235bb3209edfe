"""What is counted of a retrain, and what a layer of attention needs."""

import math

import pytest

from benchmarks.pose_classifiers.bench import default_settings
from benchmarks.progress import Parts
from benchmarks.training.bench import Sizes, attention_rows, bench_training, counts
from core.settings.training import TrainingSettings


def parts_of_two() -> Parts:
    parts = Parts(print)
    parts.expect(2)
    return parts


def test_steps_and_answers_are_those_of_all_fits_of_a_run() -> None:
    settings = TrainingSettings(folds=2, selection_folds=2, stage1_steps=30)
    assert counts(settings, 100) == (5 * 30, 300)


@pytest.mark.long
def test_the_bench_tells_the_retrain_and_attention_at_every_length() -> None:
    parts = Parts(print)
    rows = bench_training(parts, Sizes((50, 100), clips=10, clip_frames=100, rounds=1))
    parts.check_all_told()
    values = {row.what: row.value for row in rows}
    assert sum(what.startswith("fused attention, one layer") for what in values) == 4
    assert sum(what.startswith("plain attention, one layer") for what in values) == 4
    assert any("extrapolated" in what for what in values)
    assert all(math.isfinite(value) for what, value in values.items() if "growth" not in what)


def test_memory_too_small_to_be_seen_is_said_not_divided_by() -> None:
    measured = {("fused", 10): 0.0, ("fused", 20): 3.0, ("plain", 10): 1.0, ("plain", 20): 4.0}

    def measure(kind: str, tokens: int) -> dict[str, float]:
        return {"ms": 1.0, "mib": measured[kind, tokens]}

    patch = default_settings().patch_frames
    rows = [*attention_rows(Sizes((10 * patch, 20 * patch)), parts_of_two(), measure)]
    assert "too little" in rows[-1].what
    assert math.isnan(rows[-1].value)


def test_memory_that_grows_faster_than_the_frames_misses_its_budget() -> None:
    def measure(kind: str, tokens: int) -> dict[str, float]:
        return {"ms": 1.0, "mib": float(tokens**2)}

    rows = [*attention_rows(Sizes((100, 200)), parts_of_two(), measure)]
    assert rows[-1].value == pytest.approx(2)
    assert rows[-1].holds is False
