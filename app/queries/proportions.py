"""Proportions with intervals."""

from dataclasses import dataclass

from training.evaluation.intervals import wilson


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n` with the 95 % interval of Wilson (1927), all 0..1; (0, 1) for n = 0."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """The proportion; None for n = 0."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Low and high end."""
        return wilson(self.hits, self.n)

    def sentence(self) -> str:
        """For people, as in `83 % (95 % interval 66 to 93 %, 25 of 30)`."""
        if not self.n:
            return "nothing to compare yet"
        low, high = self.interval
        return f"{self.hits / self.n:.0%} ({low:.0%} to {high:.0%}; {self.hits} of {self.n})"
