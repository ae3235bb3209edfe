"""Which clips belong to the reliability sample: judged blind, left out of bulk accept, the one source of reported agreement.

Drawn at import, from the training split alone, stratified by gold label ("none" is a stratum too): of every 1/fraction
clips of a stratum, in the order in which they arrive, one at a random place is taken. The places come from a hash of
stratum and number, so a second import goes on where the first ended, and the same imports draw the same clips.
"""

import hashlib
import math
from collections import Counter

from core.types.clips import Split

_SEED = "telltale-audit-1"


class ReliabilitySample:
    """Counts the clips of each stratum and says which of them are drawn."""

    def __init__(self, fraction: float) -> None:
        self._fraction = fraction
        self._seen: Counter[str] = Counter()

    def count(self, split: Split, gold_label: str | None) -> None:
        """A clip that is in the workspace now."""
        if split is Split.TRAIN:
            self._seen[_stratum(gold_label)] += 1

    def draw(self, split: Split, gold_label: str | None) -> bool:
        """Whether the next clip of its stratum is taken; nothing is counted until `count` hears that it was stored."""
        if split is not Split.TRAIN or self._fraction <= 0:
            return False
        stratum = _stratum(gold_label)
        place = self._seen[stratum]
        first = math.floor(place * self._fraction)
        last = math.floor((place + 1) * self._fraction)
        return any(
            place <= (turn + _uniform(stratum, turn)) / self._fraction < place + 1 for turn in range(first, last + 1)
        )


def _stratum(gold_label: str | None) -> str:
    return gold_label or "none"


def _uniform(stratum: str, turn: int) -> float:
    digest = hashlib.sha256(f"{_SEED}:{stratum}:{turn}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
