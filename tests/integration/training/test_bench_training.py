"""What is counted of a retrain, and what a layer of attention needs."""

import math

from core.progress import SilentProgress
from core.settings import TrainingSettings
from training.bench_training import Sizes, bench_training, counts


def test_steps_and_answers_are_those_of_a_run_that_no_fit_stops_early() -> None:
    settings = TrainingSettings(
        folds=2, promotion_folds=2, stage1_epochs=3, batch_clips=10, validation_share=0.5, window_frames=50
    )
    # Five cuts: four of 50 rows (25 learnt from, 25 kept), one of 100 (50 and 50).
    assert counts(settings, 100) == (4 * 3 * 3 + 3 * 5, 4 * 4 * 25 + 4 * 50 + 300)


def test_the_bench_tells_the_retrain_and_attention_at_every_length() -> None:
    rows = bench_training(SilentProgress(), Sizes((50, 100), clips=10, clip_frames=100, rounds=1))
    said = [row.what for row in rows]
    assert sum(what.startswith("fused attention, one layer") for what in said) == 4
    assert sum(what.startswith("plain attention, one layer") for what in said) == 4
    assert any("extrapolated" in what for what in said)
    assert all(math.isfinite(row.value) for row in rows)
