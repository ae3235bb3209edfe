"""Values that queries hand to charts: intervals of a table, bins of a reliability diagram."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of a forest plot: a value with its interval, all 0..1."""

    name: str
    value: float
    low: float
    high: float
    emphasised: bool = False


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """One bin of a reliability diagram: mean confidence and share right with its interval, all 0..1, over `n` labels."""

    confidence: float
    right: float
    low: float
    high: float
    n: int
