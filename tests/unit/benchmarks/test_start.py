"""What `telltale bench start` holds the first page to."""

from pathlib import Path

import pytest

from benchmarks.result_row import BenchRow
from benchmarks.start import bench, label_studio
from benchmarks.start.program import Start


def budget(telltale_s: float, label_studio_s: float | None = None) -> BenchRow:
    measured = {("Telltale", "an empty"): [Start(0.5, telltale_s)]}
    if label_studio_s is not None:
        measured["Label Studio", "an empty"] = [Start(0.5, label_studio_s)]
    (row,) = (row for row in bench._rows(measured, 1) if row.budget)
    return row


@pytest.mark.parametrize(
    ("telltale_s", "label_studio_s", "holds"),
    [(2.9, None, True), (3.1, None, False), (2.9, 3.5, True), (2.9, 2.8, False), (3.1, 9.0, False)],
)
def test_the_first_page_holds_three_seconds_and_label_studios_time(
    telltale_s: float, label_studio_s: float | None, holds: bool
) -> None:
    assert budget(telltale_s, label_studio_s).holds is holds


def test_missing_the_aim_is_no_missed_budget() -> None:
    assert budget(bench.AIM_S + 0.5).holds


def test_without_label_studio_the_bench_says_that_it_left_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_studio.shutil, "which", lambda _: None)
    assert any("Label Studio" in sentence for sentence in bench.left_out(None))
    assert not any("Label Studio" in sentence for sentence in bench.left_out(Path("label-studio")))
