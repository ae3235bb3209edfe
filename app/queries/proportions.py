"""Proportions with intervals over subjects."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.types.agreement import AgreementCounts
from training.evaluation.intervals import SubjectInterval, counted_by_subject, share_interval

DOUBT_SENTENCE = "An interval over fewer than ten subjects, or over subjects that do not differ, cannot be trusted."


@dataclass(frozen=True, slots=True)
class Share:
    """A proportion of clips from (hits, n) of each subject, with its 95 % interval over subjects, all 0..1."""

    by_subject: AgreementCounts

    @classmethod
    def of(cls, found: Iterable[tuple[int, bool]]) -> "Share":
        """The share from (subject id, hit) of each clip."""
        return cls(counted_by_subject((subject_id, int(hit)) for subject_id, hit in found))

    @property
    def hits(self) -> int:
        """Number of clips that hit."""
        return sum(hits for hits, _ in self.by_subject)

    @property
    def n(self) -> int:
        """Number of clips."""
        return sum(n for _, n in self.by_subject)

    @property
    def value(self) -> float | None:
        """The proportion; None without clips."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> SubjectInterval:
        """Low and high end, and why they cannot be trusted."""
        return share_interval(self.by_subject)

    def sentence(self) -> str:
        """For people, as in `83% (66% to 93%; 25 of 30)`, or with the reason why the interval cannot be trusted."""
        if not self.n:
            return "nothing to compare yet"
        found = self.interval
        doubt = f", which cannot be trusted: {found.doubt}" if found.doubt else ""
        return f"{self.hits / self.n:.0%} ({found.low:.0%} to {found.high:.0%}{doubt}; {self.hits} of {self.n})"
