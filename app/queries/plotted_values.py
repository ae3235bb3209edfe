"""Values for charts: intervals of a table, bins of a reliability diagram."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A row of a forest plot: a value with its interval, all 0..1."""

    name: str
    value: float
    low: float
    high: float
    emphasized: bool = False


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """A bin of a reliability diagram over `n` labels: mean confidence and share right with its interval, all 0..1."""

    confidence: float
    right: float
    low: float
    high: float
    n: int
