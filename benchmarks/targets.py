"""`telltale bench`: measures a part of Telltale against its budget, its theoretical limit and an alternative.

Prints a table, or `{"rows": [{"what", "value", "unit", "budget", "holds"}], "left_out": [sentence]}` with `--json`;
progress goes to standard error.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.cli.terminal import print_json, print_table
from benchmarks.progress import Parts, parts_on_stderr
from benchmarks.result_row import BenchRow, Measured, all_hold
from benchmarks.supervision import supervised
from core.errors import InputError
from core.settings.perception import PerceptionSettings

DEFAULT_SECONDS = 12.0
DEFAULT_DECISIONS = 100
DEFAULT_STARTS = 10
DEFAULT_INPUTS = 25_000


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """`settings` and `weights_dir` are the workspace's; `weights` and `image_model` replace models with random
    weights.

    `seconds`: about how long one measurement lasts; medians of several are reported. For `review`: `clips` of a
    single database instead of the usual three, `decisions` per phase; `drift_s` or `kills` run that check instead.
    For `label`: how many `kills`.
    For `start`: how many `starts`, and the program of `label_studio`, else that on the path.
    For `fuzz`: how many `inputs` of `seed`, from number `first` on, of one `fuzzer` or shared among all.
    For `pose-classifiers`: the `folder` of sets whose clips whole fits are timed on.
    For `movements`: the `folder` of sets, the file of finished `results`, the sets on which `graph_networks` run,
    how many `seeds` and which `shares` of the labels, and `hours` at most.
    """

    settings: PerceptionSettings
    weights_dir: Path
    weights: Path | None = None
    image_model: str | None = None
    seconds: float = DEFAULT_SECONDS
    as_json: bool = False
    clips: int | None = None
    decisions: int = DEFAULT_DECISIONS
    drift_s: float | None = None
    kills: int | None = None
    starts: int = DEFAULT_STARTS
    label_studio: Path | None = None
    inputs: int = DEFAULT_INPUTS
    first: int = 0
    seed: int = 0
    fuzzer: str | None = None
    folder: Path | None = None
    results: Path = Path("bench-movements.jsonl")
    graph_networks: tuple[str, ...] = ()
    seeds: int | None = None
    shares: tuple[float, ...] = ()
    hours: float | None = None


def run(target: str, options: BenchOptions) -> int:
    """Prints the figures of `target`; returns 1 where a budget is missed, else 0.

    Raises InputError for an unknown target.
    """
    measure = TARGETS.get(EARLIER_NAMES.get(target, target))
    if measure is None:
        raise InputError(f"There is no bench called {target!r}; there are {', '.join(TARGETS)}.")
    with supervised(), parts_on_stderr() as parts:
        measured = measure(options, parts)
        parts.check_all_told()
    if options.as_json:
        print_json({"rows": [row.as_json() for row in measured.rows], "left_out": list(measured.left_out)})
    else:
        print_table(("what", "value", "unit", "budget", "holds"), [_cells(row) for row in measured.rows])
        print("\nLeft out:")
        for sentence in measured.left_out:
            print(f"- {sentence}")
    return 0 if all_hold(measured.rows) else 1


def _perception(options: BenchOptions, parts: Parts) -> Measured:
    # Waiting threads must sleep, not spin: spinning makes the models several times slower as soon as another program
    # runs. OpenMP reads this once, when torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from benchmarks.perception.bench import bench_perception, left_out

    rows = bench_perception(
        options.settings,
        options.weights_dir,
        weights=options.weights,
        image_model=options.image_model,
        seconds=options.seconds,
        parts=parts,
    )
    random = options.weights is None or options.image_model is None
    return Measured(rows, left_out(options.settings, random_weights=random))


def _openpose(options: BenchOptions, parts: Parts) -> Measured:
    from benchmarks.openpose.bench import LEFT_OUT, bench_openpose

    return Measured(bench_openpose(seconds=options.seconds, parts=parts), LEFT_OUT)


def _pose_classifiers(options: BenchOptions, parts: Parts) -> Measured:
    from benchmarks.pose_classifiers.bench import LEFT_OUT, bench_pose_classifiers

    rows = bench_pose_classifiers(seconds=options.seconds, parts=parts, folder=options.folder)
    return Measured(rows, LEFT_OUT)


def _training(options: BenchOptions, parts: Parts) -> Measured:  # noqa: ARG001  # every bench is called alike
    from benchmarks.training.bench import LEFT_OUT, bench_training

    return Measured(bench_training(parts), LEFT_OUT)


def _claims(options: BenchOptions, parts: Parts) -> Measured:  # noqa: ARG001  # every bench is called alike
    from benchmarks.claims.bench import LEFT_OUT, bench_claims

    return Measured(bench_claims(seed=0, parts=parts), LEFT_OUT)


def _review(options: BenchOptions, parts: Parts) -> Measured:
    from benchmarks.review import bench, drift, kills

    if options.drift_s is not None:
        return Measured(drift.bench_drift(options.drift_s, parts), drift.LEFT_OUT)
    if options.kills is not None:
        return Measured(kills.bench_kills(options.kills, parts), kills.LEFT_OUT)
    sizes = bench.SIZES if options.clips is None else (options.clips,)
    return Measured(bench.bench_review(sizes, options.decisions, parts), bench.left_out(sizes))


def _label(options: BenchOptions, parts: Parts) -> Measured:
    from benchmarks.label.bench import DEFAULT_KILLS, LEFT_OUT, bench_label

    return Measured(bench_label(options.kills or DEFAULT_KILLS, parts), LEFT_OUT)


def _start(options: BenchOptions, parts: Parts) -> Measured:
    from benchmarks.start.bench import bench_start, left_out

    return Measured(
        bench_start(parts, starts=options.starts, peer=options.label_studio), left_out(options.label_studio)
    )


def _fuzz(options: BenchOptions, parts: Parts) -> Measured:
    from benchmarks.fuzz.bench import LEFT_OUT, bench_fuzz
    from benchmarks.fuzz.fuzzers import NAMES

    names = NAMES if options.fuzzer is None else (options.fuzzer,)
    rows = bench_fuzz(inputs=options.inputs, parts=parts, seed=options.seed, first=options.first, names=names)
    return Measured(rows, LEFT_OUT)


def _text_growth(options: BenchOptions, parts: Parts) -> Measured:  # noqa: ARG001  # every bench is called alike
    from benchmarks.text_growth.bench import LEFT_OUT, bench_text_growth

    return Measured(bench_text_growth(parts=parts), LEFT_OUT)


def _movements(options: BenchOptions, parts: Parts) -> Measured:
    if options.folder is None:
        raise InputError("telltale bench movements needs the folder of the sets: telltale bench movements DIR.")
    from benchmarks.movements.bench import HOURS, LEFT_OUT, MovementOptions, bench_movements
    from benchmarks.movements.plan import DEFAULT_SEEDS, SHARES

    wanted = MovementOptions(
        options.folder,
        options.results,
        seeds=options.seeds or DEFAULT_SEEDS,
        shares=options.shares or SHARES,
        graph_networks=options.graph_networks,
        hours=HOURS if options.hours is None else options.hours,
    )
    told: list[str] = []
    rows = bench_movements(wanted, parts, told)
    return Measured(rows, (*told, *LEFT_OUT))


# The benchmark NAME is the function `bench_NAME` in benchmarks/NAME/bench.py, with _ for - in both.
TARGETS: Mapping[str, Callable[[BenchOptions, Parts], Measured]] = {
    "perception": _perception,
    "openpose": _openpose,
    "pose-classifiers": _pose_classifiers,
    "training": _training,
    "claims": _claims,
    "review": _review,
    "label": _label,
    "start": _start,
    "fuzz": _fuzz,
    "text-growth": _text_growth,
    "movements": _movements,
}
EARLIER_NAMES = {"keypoints": "pose-classifiers"}


def _cells(row: BenchRow) -> tuple[str, str, str, str, str]:
    holds = {True: "yes", False: "NO", None: ""}[row.holds]
    return row.what, _shown(row.value), row.unit, row.budget, holds


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
