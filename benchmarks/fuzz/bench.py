"""`telltale bench fuzz`: hostile inputs of every kind; none may end in anything but a result or a sentence."""

import sys
from collections.abc import Iterator, Sequence

from benchmarks.fuzz.fuzzers import NAMES, module_of, shares
from benchmarks.fuzz.harness import LIMIT_BYTES, LIMIT_S, Findings, Outcome, fuzz
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow

LEFT_OUT = (
    "Inputs that a coverage-guided fuzzer would find: these are made by seed from valid ones, and by hand.",
    "Whether what was taken was understood rightly, except where a fuzzer says so; the tests do that.",
    "Faults of the machine: `telltale bench review --kills` and the tests of full disks look at these.",
)
_SHOWN_FAULTS = 12


def bench_fuzz(
    *, inputs: int, parts: Parts, seed: int = 0, first: int = 0, names: Sequence[str] = NAMES
) -> tuple[BenchRow, ...]:
    """Shares `inputs` among the fuzzers; each fault is printed with its number. Raises InputError for an unknown fuzzer."""
    modules = {name: module_of(name) for name in names}
    parts.expect(len(names))
    rows: list[BenchRow] = []
    for name, share in shares(inputs, names).items():
        parts.begin(name)
        found = fuzz(modules[name], share, seed=seed, first=first, progress=parts)
        for fault in found.faults[:_SHOWN_FAULTS]:
            print(f"{name} {fault.number} (seed {seed}): {fault.outcome}: {fault.said}", file=sys.stderr)
        rows += _rows(name, share, found)
    return tuple(rows)


def _rows(name: str, inputs: int, found: Findings) -> Iterator[BenchRow]:
    faults = len(found.faults)
    yield BenchRow(f"{name}: taken of {inputs:,}", found.outcomes[Outcome.TAKEN], "inputs")
    yield BenchRow(f"{name}: refused in a sentence", found.outcomes[Outcome.REFUSED], "inputs")
    yield BenchRow(f"{name}: faults", faults, "inputs", "0", faults == 0)
    yield BenchRow(f"{name}: slowest", found.slowest_s, "s", f"at most {LIMIT_S:g}", found.slowest_s <= LIMIT_S)
    most_mib, limit_mib = found.most_bytes / 2**20, LIMIT_BYTES / 2**20
    yield BenchRow(f"{name}: most memory", most_mib, "MiB", f"at most {limit_mib:,.0f}", most_mib <= limit_mib)
