"""Which fits are made in the time there is: what matters most first, and what does not fit is named beforehand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.movements.cells import Cell
from benchmarks.movements.sets import Task
from training.peers.interface import Peer

SHARES = (1.0, 0.3, 0.1)
DEFAULT_SEEDS = 5
_SAFETY = 0.85  # of the time: pilot fits run while nothing else does


@dataclass(frozen=True, slots=True)
class Plan:
    """`cells` in the order in which they are run; `seconds` that they take on all processes; `dropped` sentences."""

    cells: tuple[Cell, ...]
    seconds: float
    dropped: tuple[str, ...]


def groups(
    tasks: Sequence[Task], peers: Mapping[str, Peer], seeds: int, shares: Sequence[float]
) -> Iterator[tuple[Task, str, float, int]]:
    """(task, model, share, seed) by weight: one seed of everything, its smaller shares, then the other seeds.

    All labels and a model without chance need one seed; of a share of the labels another seed takes others.
    """
    whole, parts = [one for one in shares if one >= 1], [one for one in shares if one < 1]
    for seed in range(seeds):
        for some in (whole, parts):
            for share in some:
                for task in tasks:
                    for name, peer in peers.items():
                        if seed == 0 or share < 1 or peer.seeded:
                            yield task, name, share, seed


def cells_of(task: Task, model: str, share: float, seed: int) -> list[Cell]:
    """The fits of all rounds."""
    return [Cell(task.title, model, share, seed, fit) for fit in range(len(task.fits))]


def planned(
    wanted: Iterator[tuple[Task, str, float, int]],
    fit_s: Mapping[tuple[str, str], float],
    finished: Mapping[Cell, object],
    *,
    seconds: float,
    processes: int,
) -> Plan:
    """The cells that end within `seconds`, by the measured seconds of a fit of (task, model); models without any are
    left out. A seed is run on all fits of a task or on none. The first seed with all labels is run whatever it takes, since
    without it there is no row to compare.
    """
    cells: list[Cell] = []
    spent, most = 0.0, _SAFETY * seconds * processes
    dropped: dict[tuple[str, str, float], int] = {}
    for task, model, share, seed in wanted:
        one = fit_s.get((task.title, model))
        if one is None:
            continue
        new = [cell for cell in cells_of(task, model, share, seed) if cell not in finished]
        needed = seed == 0 and share >= 1
        if new and not needed and spent + one * len(new) > most:
            dropped[task.title, model, share] = dropped.get((task.title, model, share), 0) + 1
            continue
        spent += one * len(new)
        cells += new
    told = [
        f"{title}, {model}, {of_labels(share)}: {count} seeds are not run, as the time does not suffice."
        for (title, model, share), count in dropped.items()
    ]
    return Plan(tuple(cells), spent / processes, tuple(told))


def of_labels(share: float) -> str:
    """The share in words."""
    return "all labels" if share >= 1 else f"{share:.0%} of the labels"
