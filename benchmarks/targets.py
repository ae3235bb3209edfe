"""`telltale bench`: measures a part of Telltale against its budgets, its limits and what people would use instead.

A table for people, `{"rows": [{"what", "value", "unit", "budget", "holds"}]}` for machines.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cli.terminal import print_json, print_table, shown_progress
from benchmarks.row import BenchRow, all_hold
from core.errors import InputError
from core.progress import Progress
from core.settings.perception import PerceptionSettings

DEFAULT_SECONDS = 12.0
DEFAULT_DECISIONS = 100


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """`settings` and `weights_dir` are the workspace's; `weights` and `image_model` stand for the models made up here.

    `seconds`: about how long one measurement of the whole lasts; what comes out is the median of several.
    Of `review`: `clips` in the one database in place of the usual three, `decisions` a phase; `drift_s` or `kills` ask for that
    check in place of the times.
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


def run(target: str, options: BenchOptions) -> int:
    """Prints the figures of `target`; 1 where one misses its budget, else 0. Raises InputError for an unknown target."""
    measure = TARGETS.get(target)
    if measure is None:
        raise InputError(f"There is no bench called {target!r}; there are {', '.join(TARGETS)}.")
    with shown_progress(options.as_json) as progress:
        rows = measure(options, progress)
    if options.as_json:
        print_json({"rows": [row.as_json() for row in rows]})
    else:
        print_table(("what", "value", "unit", "budget", "holds"), [_cells(row) for row in rows])
    return 0 if all_hold(rows) else 1


def _perception(options: BenchOptions, progress: Progress) -> Sequence[BenchRow]:
    # Threads that wait for each other must sleep, not spin, or any other program's work costs the models several times
    # its own. OpenMP reads this once, when torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from benchmarks.perception.bench import bench_perception

    return bench_perception(
        options.settings,
        options.weights_dir,
        weights=options.weights,
        image_model=options.image_model,
        seconds=options.seconds,
        progress=progress,
    )


def _openpose(options: BenchOptions, progress: Progress) -> Sequence[BenchRow]:
    from benchmarks.openpose.bench import bench_openpose

    return bench_openpose(seconds=options.seconds, progress=progress)


def _keypoints(options: BenchOptions, progress: Progress) -> Sequence[BenchRow]:
    from benchmarks.pose_classifiers.bench import bench_keypoints

    return bench_keypoints(seconds=options.seconds, progress=progress)


def _training(options: BenchOptions, progress: Progress) -> Sequence[BenchRow]:  # noqa: ARG001  # every bench is called alike
    from benchmarks.training.bench import bench_training

    return bench_training(progress)


def _claims(options: BenchOptions, progress: Progress) -> Sequence[BenchRow]:  # noqa: ARG001  # every bench is called alike
    from benchmarks.claims.bench import bench_claims

    return bench_claims(seed=0, progress=progress)


def _review(options: BenchOptions, progress: Progress) -> Sequence[BenchRow]:
    from benchmarks.review.bench import SIZES, bench_review
    from benchmarks.review.drift import bench_drift
    from benchmarks.review.kills import bench_kills

    if options.drift_s is not None:
        return bench_drift(options.drift_s, progress)
    if options.kills is not None:
        return bench_kills(options.kills, progress)
    return bench_review(SIZES if options.clips is None else (options.clips,), options.decisions, progress)


TARGETS: Mapping[str, Callable[[BenchOptions, Progress], Sequence[BenchRow]]] = {
    "perception": _perception,
    "openpose": _openpose,
    "keypoints": _keypoints,
    "training": _training,
    "claims": _claims,
    "review": _review,
}


def _cells(row: BenchRow) -> tuple[str, str, str, str, str]:
    holds = {True: "yes", False: "NO", None: ""}[row.holds]
    return row.what, f"{row.value:,.4g}" if abs(row.value) < 1000 else f"{row.value:,.0f}", row.unit, row.budget, holds
