"""`telltale bench movements DIR`: every model on every set of labeled movements in a folder.

A pilot fit of each model on each task tells how long the whole takes; what does not fit into the time is named before
it begins. Finished fits lie in a file, so that a bench that was killed goes on where it was.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.movements.cells import Cell, CellFile, Outcome
from benchmarks.movements.plan import DEFAULT_SEEDS, SHARES, cells_of, groups, planned
from benchmarks.movements.pool import Runner, fit, pilot, runner
from benchmarks.movements.rows import rows_of
from benchmarks.movements.sets import Task, tasks_to_measure
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from core.errors import InputError
from training.peers.catalog import GRAPH_NETWORKS, PEERS
from training.peers.interface import Peer

HOURS = 2.0
LEFT_OUT = (
    "Images, sound and words: the sets are key points.",
    "GPUs: everything is measured on the processor, one thread a fit, as many fits at a time as processors.",
    "The choice of settings: each model runs as its authors, or we, ship it, on every set alike.",
    "Labels of frames: a clip has one label.",
)


@dataclass(frozen=True, slots=True)
class MovementOptions:
    """`results`: the file of finished fits. `graph_networks`: names of sets on which these run too, one seed, whatever
    it takes. `hours`: what the others may take. `processes`: else as many as there are processors.
    """

    folder: Path
    results: Path
    seeds: int = DEFAULT_SEEDS
    shares: Sequence[float] = SHARES
    graph_networks: Sequence[str] = ()
    hours: float = HOURS
    processes: int | None = None


def bench_movements(
    options: MovementOptions,
    parts: Parts,
    told: list[str],
    peers: Mapping[str, Peer] = PEERS,
    graphs: Mapping[str, Peer] = GRAPH_NETWORKS,
) -> tuple[BenchRow, ...]:
    """The rows. Sentences about what was left out or repaired are added to `told`.

    Raises InputError for a folder without a set.
    """
    began_s = time.monotonic()
    parts.expect(3)
    parts.begin(f"reading {options.folder}")
    tasks, of_files = tasks_to_measure(options.folder)
    told += of_files
    on_graphs = _with_graphs(options, tasks)
    everyone = {**peers, **graphs}
    cells = CellFile(options.results, tasks, everyone)
    with runner(options.folder, tasks, everyone, options.processes) as run:
        parts.begin(f"pilot fits; finished fits lie in {options.results}")
        pilots = [Cell(task.title, name, 1.0, 0, 0) for task in tasks for name in peers]
        pilots += [Cell(task.title, name, 1.0, 0, 0) for task in on_graphs for name in graphs]
        fit_s = piloted(pilots, cells, run, parts)
        plan = planned(
            groups(tasks, peers, options.seeds, options.shares),
            fit_s,
            cells.found,
            seconds=max(0.0, 3600 * options.hours - (time.monotonic() - began_s)),
            processes=run.processes,
        )
        late = [cell for task in on_graphs for name in graphs for cell in cells_of(task, name, 1.0, 0)]
        late = [cell for cell in late if cell not in cells.found and (cell.task, cell.model) in fit_s]
        last = sum(fit_s[cell.task, cell.model] for cell in late) / run.processes
        coming = [*plan.cells, *late]
        parts.begin(
            f"{len(coming)} fits, {in_words(plan.seconds + last)}" + "".join(f"\n  {one}" for one in plan.dropped)
        )
        for number, (cell, outcome) in enumerate(run.each(fit, coming)):
            cells.add(cell, outcome)
            where = f"{cell.task}, {cell.model}, {cell.share:.0%}, seed {cell.seed + 1}, fit {cell.fit + 1}"
            parts.report((number + 1) / len(coming), where)
    rows: list[BenchRow] = []
    for task in tasks:
        shares = dict.fromkeys(peers, options.shares) | {name: (1.0,) for name in graphs if task in on_graphs}
        rows += rows_of(task, shares, cells.found, tuple(graphs))
    told += plan.dropped
    if graphs:
        told.append(f"{', '.join(graphs)}: only on the sets of --graph-networks.")
    return tuple(rows)


def piloted(pilots: Sequence[Cell], cells: CellFile, run: Runner, parts: Parts) -> dict[tuple[str, str], float]:
    """Seconds of a fit by (task, model); none for a model that refused. What ended is kept."""
    found = {(cell.task, cell.model): outcome.fit_s for cell, outcome in _known(pilots, cells) if not outcome.refused}
    missing = [cell for cell in pilots if cell not in cells.found]
    for number, (cell, (seconds, outcome)) in enumerate(run.each(pilot, missing)):
        parts.report((number + 1) / len(missing), f"{cell.task}, {cell.model}")
        if outcome is not None:
            cells.add(cell, outcome)
        if outcome is None or not outcome.refused:
            found[cell.task, cell.model] = seconds
    return found


def _known(pilots: Sequence[Cell], cells: CellFile) -> list[tuple[Cell, Outcome]]:
    return [(cell, cells.found[cell]) for cell in pilots if cell in cells.found]


def in_words(seconds: float) -> str:
    """How long the rest will take."""
    return f"about {max(1, round(seconds / 60))} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


def _with_graphs(options: MovementOptions, tasks: Sequence[Task]) -> list[Task]:
    """Raises InputError for a name that no set has."""
    names = {task.set_name for task in tasks}
    for name in options.graph_networks:
        if name not in names:
            raise InputError(f"--graph-networks: there is no set {name!r}; there are {', '.join(sorted(names))}.")
    return [task for task in tasks if task.set_name in options.graph_networks]
