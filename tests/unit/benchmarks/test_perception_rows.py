"""From what the bench of perception measured to its rows."""

import pytest

from benchmarks.perception.measures import Spent, spend
from benchmarks.perception.rows import Round, memory_rows, pipeline_rows, runtime_rows
from benchmarks.perception.runtimes import Runtime, RuntimeFigures, compare
from benchmarks.result_row import BenchRow


def spent(frames_per_second: float, cpu_ms: float) -> Spent:
    """100 frames."""
    return Spent(100, 100 / frames_per_second, 100 * cpu_ms / 1000)


def a_round(*, pipeline: float, loop: float) -> Round:
    """Stages that need 1, 3 and 6 ms of processor a frame and as long on the clock: 100 frames/s on one core."""
    return Round(
        decode=spent(1000, 1),
        detect=spent(1000 / 3, 3),
        describe=spent(1000 / 6, 6),
        pipeline=spent(pipeline, 10),
        loop=spent(loop, 10),
    )


def by_name(rows: list[BenchRow]) -> dict[str, BenchRow]:
    return {row.what: row for row in rows}


def test_what_is_told_is_the_median_of_the_rounds() -> None:
    rounds = [a_round(pipeline=rate, loop=50) for rate in (80, 100, 90)]
    assert by_name(pipeline_rows(rounds, 1, on_gpu=False))["pipeline"].value == pytest.approx(90)


def test_a_ratio_is_taken_within_a_round() -> None:
    rounds = [a_round(pipeline=80, loop=80), a_round(pipeline=60, loop=30), a_round(pipeline=10, loop=20)]
    ratio = by_name(pipeline_rows(rounds, 1, on_gpu=False))["pipeline / notebook loop"]
    assert ratio.value == pytest.approx(1)
    assert ratio.holds is True


def test_a_pipeline_slower_than_the_loop_misses_its_budget() -> None:
    rows = by_name(pipeline_rows([a_round(pipeline=49, loop=50)], 1, on_gpu=False))
    assert rows["pipeline / notebook loop"].holds is False


@pytest.mark.parametrize(("pipeline", "holds"), [(181.0, True), (179.0, False)])
def test_on_a_processor_the_budget_is_nine_tenths_of_the_stricter_limit(pipeline: float, holds: bool) -> None:
    rows = by_name(pipeline_rows([a_round(pipeline=pipeline, loop=50)], 2, on_gpu=False))
    assert rows["limit: 2 cores / sum of the CPU seconds alone"].value == pytest.approx(200)
    assert rows["limit: 1 / sum of the seconds alone"].value == pytest.approx(100)
    held = rows["pipeline / limit (2 cores / sum of the CPU seconds alone, the stricter)"]
    assert held.value == pytest.approx(pipeline / 200)
    assert held.holds is holds


def test_on_a_gpu_the_limit_is_the_slowest_stage_and_the_budget_three_times_the_loop() -> None:
    rows = by_name(pipeline_rows([a_round(pipeline=149, loop=50)], 1, on_gpu=True))
    assert rows["limit: the slowest stage alone"].value == pytest.approx(1000 / 6)
    assert rows["pipeline / notebook loop"].budget == "at least 3"
    assert rows["pipeline / notebook loop"].holds is False


@pytest.mark.parametrize(("long_mib", "holds"), [(110.0, True), (111.0, False)])
def test_memory_may_be_a_tenth_more_on_the_longer_film(long_mib: float, holds: bool) -> None:
    growth = memory_rows({30: 100.0, 300: long_mib})[-1]
    assert growth.value == pytest.approx(long_mib / 100)
    assert growth.holds is holds


def test_the_fastest_runtime_is_named_beside_the_one_in_use() -> None:
    eager = RuntimeFigures(Runtime("eager PyTorch", "", lambda: 1), 10.0, 100.0, 1.0)
    onnx = RuntimeFigures(Runtime("ONNX Runtime", 'person_weights = "a.onnx"', lambda: 1), 15.0, 60.0, 1.5)
    rows = by_name(runtime_rows("detector", [eager, onnx]))
    assert rows['detector: ONNX Runtime, by person_weights = "a.onnx"'].value == 15
    assert rows["detector: the fastest, ONNX Runtime, over eager PyTorch"].value == 1.5


def test_runtimes_are_measured_in_turns_after_a_first_batch_of_each() -> None:
    turns: list[str] = []

    def work(name: str) -> Runtime:
        return Runtime(name, "", lambda: turns.append(name) or 1)

    compare([work("a"), work("b")], 0.0)
    assert turns == ["a", "b"] * 4


def test_work_is_repeated_until_its_seconds_have_gone_by() -> None:
    done: list[int] = []

    def work() -> int:
        done.append(1)
        return 5

    found = spend(work, at_least_s=0.02)
    assert found.frames == 5 * len(done)
    assert found.wall_s >= 0.02


def test_work_without_seconds_is_done_once() -> None:
    assert spend(lambda: 7).frames == 7
