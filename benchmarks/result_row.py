"""The results of a benchmark: figures with their budgets, and sentences about what they do not include."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BenchRow:
    """`value` of `what` in `unit`. `budget` in words, empty where there is none; `holds` is None then.

    A `value` of None was not measured; `unit` then says why.
    """

    what: str
    value: float | None
    unit: str
    budget: str = ""
    holds: bool | None = None

    def __post_init__(self) -> None:
        if (self.holds is None) != (not self.budget):
            raise ValueError(f"{self.what}: a row has both a budget and an answer to it, or neither.")

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows of a benchmark, and sentences about what was not measured."""

    rows: Sequence[BenchRow]
    left_out: Sequence[str]

    def __post_init__(self) -> None:
        if not self.left_out:
            raise ValueError("A bench says what it leaves out; none measures everything.")


def all_hold(rows: Iterable[BenchRow]) -> bool:
    """Whether every budget is met."""
    return all(row.holds is not False for row in rows)
