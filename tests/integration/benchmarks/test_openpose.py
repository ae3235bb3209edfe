import pytest

from benchmarks.openpose.bench import bench_openpose
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow

FORMS = ("folder", "zip", "tar", "tar.gz", "json", "jsonl")


@pytest.fixture(scope="module")
def rows() -> dict[str, BenchRow]:
    parts = Parts(print)
    measured = bench_openpose(seconds=0.0, parts=parts, frames=600)
    parts.check_all_told()
    return {row.what: row for row in measured}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_held_against_the_plain_loop_over_the_same_files(rows: dict[str, BenchRow], form: str) -> None:
    ours, theirs = rows[f"reading 600 frames, {form}"], rows[f"json.load loop over 600 frames, {form}"]
    ratio = rows[f"reading / json.load loop, {form}"]
    assert ratio.value == pytest.approx(ours.value / theirs.value)
    assert ratio.holds is (ratio.value >= 1)


@pytest.mark.parametrize("form", FORMS)
def test_each_forms_memory_is_measured_on_a_clip_ten_times_longer(rows: dict[str, BenchRow], form: str) -> None:
    short = rows[f"memory beyond the points, {form}, 60 frames"].value
    long = rows[f"memory beyond the points, {form}, 600 frames"].value
    growth = rows[f"its growth, {form}"]
    assert growth.value == pytest.approx((long - short) * 1024 / 540)
    assert growth.holds is (growth.value <= 1)
