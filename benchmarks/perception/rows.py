"""Rows of the perception benchmark from its measurements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.perception.measures import Spent
from benchmarks.perception.runtimes import RuntimeFigures
from benchmarks.result_row import BenchRow

LIMIT_SHARE = 0.9
LOOP_ON_CPU, LOOP_ON_GPU = 1.0, 3.0
FLAT = 1.1


@dataclass(frozen=True, slots=True)
class Round:
    """The measurements of one round: stages alone, pipeline, notebook loop."""

    decode: Spent
    detect: Spent
    describe: Spent
    pipeline: Spent
    loop: Spent

    @property
    def alone(self) -> tuple[Spent, Spent, Spent]:
        return self.decode, self.detect, self.describe

    def processor_limit(self, cores: int) -> float:
        """Frames per second if all cores did only the stages' own work."""
        return cores / sum(each.cpu_s / each.frames for each in self.alone)

    @property
    def clock_limit(self) -> float:
        """Frames per second of the stages one after the other, each as fast as alone."""
        return 1 / sum(each.wall_s / each.frames for each in self.alone)

    @property
    def slowest_stage_limit(self) -> float:
        """Frames per second where stages do not share a device."""
        return min(each.frames_per_second for each in self.alone)


def pipeline_rows(rounds: Sequence[Round], cores: int, *, on_gpu: bool) -> list[BenchRow]:
    """Stages, limits, pipeline and loop: medians over rounds, with ratios taken within a round."""
    rows = []
    for name, stage in zip(
        ("decode", "detect", "crop and encode"), zip(*(r.alone for r in rounds), strict=True), strict=True
    ):
        rows += _speed(f"{name} alone", stage)
    rows += _speed("pipeline", [r.pipeline for r in rounds])
    rows += _speed("notebook loop, same models and precision", [r.loop for r in rounds])
    rates = [r.pipeline.frames_per_second for r in rounds]
    rows.append(BenchRow(f"pipeline, fastest over slowest of {len(rates)} runs", max(rates) / min(rates), "x"))
    rows += _gpu_limits(rounds) if on_gpu else _cpu_limits(rounds, cores)
    against_loop = median(r.pipeline.frames_per_second / r.loop.frames_per_second for r in rounds)
    wanted = LOOP_ON_GPU if on_gpu else LOOP_ON_CPU
    rows.append(_held("pipeline / notebook loop", against_loop, "x", wanted))
    return rows


def _cpu_limits(rounds: Sequence[Round], cores: int) -> list[BenchRow]:
    limits: dict[str, Callable[[Round], float]] = {
        f"{cores} cores / sum of the CPU seconds alone": lambda r: r.processor_limit(cores),
        "1 / sum of the seconds alone": lambda r: r.clock_limit,
    }
    values = {name: median(limit(r) for r in rounds) for name, limit in limits.items()}
    strict = max(values, key=values.__getitem__)
    rows = [BenchRow(f"limit: {name}", value, "frames/s") for name, value in values.items()]
    for name, limit in limits.items():
        share = median(r.pipeline.frames_per_second / limit(r) for r in rounds)
        what = f"pipeline / limit ({name}{', the stricter' if name == strict else ''})"
        rows.append(_held(what, share, "share", LIMIT_SHARE) if name == strict else BenchRow(what, share, "share"))
    return rows


def _gpu_limits(rounds: Sequence[Round]) -> list[BenchRow]:
    share = median(r.pipeline.frames_per_second / r.slowest_stage_limit for r in rounds)
    return [
        BenchRow("limit: the slowest stage alone", median(r.slowest_stage_limit for r in rounds), "frames/s"),
        BenchRow("pipeline / limit (the slowest stage alone)", share, "share"),
    ]


def runtime_rows(model: str, figures: Sequence[RuntimeFigures]) -> list[BenchRow]:
    """Each runtime relative to the first, which is in use, and which is fastest."""
    rows = []
    for each in figures:
        how = f", by {each.runtime.setting}" if each.runtime.setting else ""
        rows.append(BenchRow(f"{model}: {each.runtime.name}{how}", each.frames_per_second, "frames/s"))
        rows.append(BenchRow(f"{model}: {each.runtime.name}, CPU", each.cpu_ms, "ms/frame"))
    best = max(figures, key=lambda each: each.gain)
    return [
        *rows,
        BenchRow(f"{model}: the fastest, {best.runtime.name}, over {figures[0].runtime.name}", best.gain, "x"),
    ]


def memory_rows(peaks_mib: dict[int, float]) -> list[BenchRow]:
    """Rows of peak memory; `peaks_mib` by seconds of video, shortest first."""
    rows = [
        BenchRow(f"peak memory of the pipeline's process, video of {s} s", mib, "MiB") for s, mib in peaks_mib.items()
    ]
    short, long = peaks_mib
    growth = peaks_mib[long] / peaks_mib[short]
    return [*rows, BenchRow(f"peak memory, {long} s / {short} s", growth, "x", f"at most {FLAT:g}", growth <= FLAT)]


def _speed(what: str, runs: Sequence[Spent]) -> list[BenchRow]:
    return [
        BenchRow(what, median(run.frames_per_second for run in runs), "frames/s"),
        BenchRow(f"{what}, CPU", median(run.cpu_ms for run in runs), "ms/frame"),
    ]


def _held(what: str, value: float, unit: str, at_least: float) -> BenchRow:
    return BenchRow(what, value, unit, f"at least {at_least:g}", value >= at_least)
