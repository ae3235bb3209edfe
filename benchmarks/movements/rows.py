"""The rows of the table, out of finished fits."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.movements.cells import Cell, Outcome
from benchmarks.movements.figures import BySeed, Figure, Said, difference, figure
from benchmarks.movements.plan import cells_of, of_labels
from benchmarks.movements.sets import Task
from benchmarks.result_row import BenchRow

OURS = "PoseMLP"
_METRICS = {"balanced_accuracy": "balanced accuracy", "accuracy": "accuracy", "macro_f1": "macro F1"}

Finished = Mapping[Cell, Outcome]


@dataclass(frozen=True, slots=True)
class Result:
    """A model on a task with a share of the labels, over the seeds that were run on all fits."""

    by_seed: BySeed
    outcomes: Sequence[Outcome]


def result_of(task: Task, model: str, share: float, finished: Finished) -> Result | str:
    """The result, or why there is none."""
    by_seed, outcomes = [], []
    for seed in sorted(
        {cell.seed for cell in finished if (cell.task, cell.model, cell.share) == (task.title, model, share)}
    ):
        found = [finished.get(cell) for cell in cells_of(task, model, share, seed)]
        refused = [one.refused for one in found if one is not None and one.refused]
        if refused:
            return refused[0]
        whole = [one for one in found if one is not None]
        if len(whole) == len(found):
            by_seed.append(_by_round(task, whole))
            outcomes += whole
    return Result(by_seed, outcomes) if by_seed else "the time did not suffice"


def _by_round(task: Task, outcomes: Sequence[Outcome]) -> list[Said]:
    coming = iter(outcomes)
    rounds = []
    for fits in task.rounds:
        said = [np.array(next(coming).said, dtype=np.intp) for _ in fits]
        rounds.append((np.concatenate([test for _, test in fits]), np.concatenate(said)))
    return rounds


def rows_of(
    task: Task, shares: Mapping[str, Sequence[float]], finished: Finished, compared: Collection[str] = ()
) -> Iterator[BenchRow]:
    """Each model's metric at every one of its shares and what it costs, then ours against the best other row, and against each
    of the `compared` models that was run.
    """
    whole: dict[str, Result] = {}
    for model, of_model in shares.items():
        for share in of_model:
            what = f"{task.title}: {model}, {of_labels(share)}"
            found = result_of(task, model, share, finished)
            if isinstance(found, str):
                yield BenchRow(what, None, f"not run: {found}")
                continue
            yield _metric_row(what, task, found)
            if share >= 1:
                whole[model] = found
                yield BenchRow(
                    f"{task.title}: {model}, training", float(np.median([o.fit_s for o in found.outcomes])), "s a fit"
                )
                asked = float(np.median([one.ms_a_clip for one in found.outcomes]))
                yield BenchRow(f"{task.title}: {model}, inference", asked, "ms a clip")
                yield BenchRow(f"{task.title}: {model}, parameters", found.outcomes[0].parameters, "parameters")
    yield comparison_row(task, whole)
    yield from (_against(task, whole, model) for model in compared if {OURS, model} <= whole.keys())


def _against(task: Task, whole: Mapping[str, Result], model: str) -> BenchRow:
    found = difference(task, whole[OURS].by_seed, whole[model].by_seed)
    return BenchRow(
        f"{task.title}: {OURS} against {model}", found.value, f"{_METRICS[task.metric]} ({_interval(task, found)})"
    )


def _metric_row(what: str, task: Task, found: Result) -> BenchRow:
    seeds = len(found.by_seed)
    remarks = sorted({one.remark for one in found.outcomes if one.remark})
    value = figure(task, found.by_seed)
    unit = f"{_METRICS[task.metric]} ({_interval(task, value)}; {seeds} seed{'s' * (seeds > 1)})"
    if remarks:
        fits = sum(bool(one.remark) for one in found.outcomes)
        unit += f"; in {fits} of {len(found.outcomes)} fits {remarks[0]}"
    return BenchRow(what, value.value, unit)


def comparison_row(task: Task, whole: Mapping[str, Result]) -> BenchRow:
    """Our model minus the best other one with all labels. It holds where the interval reaches 0."""
    what = f"{task.title}: {OURS} against the best other row"
    others = {model: figure(task, found.by_seed).value for model, found in whole.items() if model != OURS}
    if OURS not in whole or not others:
        return BenchRow(what, None, "not run: one of the two is missing")
    best = max(others, key=others.__getitem__)
    found = difference(task, whole[OURS].by_seed, whole[best].by_seed)
    holds = (found.value if found.high is None else found.high) >= 0
    unit = f"{_METRICS[task.metric]} ({_interval(task, found)})"
    return BenchRow(f"{what} ({best})", found.value, unit, "its interval reaches 0", holds)


def _interval(task: Task, found: Figure) -> str:
    over = "people" if task.people else "clips"
    if found.low is None or found.high is None:
        return f"no interval over {over}"
    doubt = f", not to be trusted: {found.doubt}" if found.doubt else ""
    return f"95 % over {over}: {found.low:.3f} to {found.high:.3f}{doubt}"
