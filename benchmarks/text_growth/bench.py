"""`telltale bench text-growth`: four times the text may take some four times the time, not sixteen times."""

import time
from collections.abc import Callable, Sequence

from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from benchmarks.text_growth.readers import HOSTILE, READERS

LEFT_OUT = (
    "Text that is neither one of the repetitions nor like one: `telltale bench fuzz --fuzzer texts` mixes them.",
    "Time of the database's own search, and of scripts in the browser.",
)
CHARACTERS = 20_000
_TIMES = 4
_MOST_GROWTH = 8.0  # between 4, linear, and 16, quadratic
_NOTHING_S = 0.02  # a time as short tells nothing of its growth


def bench_text_growth(*, characters: int = CHARACTERS, parts: Parts) -> tuple[BenchRow, ...]:
    """One row a reader: of all repetitions, the largest ratio of processor time between `characters` and four times as many."""
    parts.expect(len(READERS))
    rows = []
    for name, read in READERS.items():
        parts.begin(name)
        worst, by = _worst_growth(read, characters, HOSTILE)
        shown = f"{name}, four times of {by!r}" if by else name
        rows.append(BenchRow(shown, worst, "x", f"at most {_MOST_GROWTH:g}", worst <= _MOST_GROWTH))
    return tuple(rows)


def _worst_growth(read: Callable[[str], object], characters: int, repeated: Sequence[str]) -> tuple[float, str]:
    """The ratio and its repetition; 1 and "" where no repetition takes a time worth telling."""
    worst, by = 1.0, ""
    for unit in repeated:
        longer_s = _cpu_s(read, unit, characters * _TIMES)
        if longer_s < _NOTHING_S:
            continue
        growth = longer_s / max(_cpu_s(read, unit, characters), _NOTHING_S / _TIMES)
        if growth > worst:
            worst, by = growth, unit
    return worst, by


def _cpu_s(read: Callable[[str], object], unit: str, characters: int) -> float:
    """Processor seconds; the least of two."""
    text = unit * (characters // len(unit))
    spent = []
    for _ in range(2):
        began_s = time.process_time()
        read(text)
        spent.append(time.process_time() - began_s)
    return min(spent)
