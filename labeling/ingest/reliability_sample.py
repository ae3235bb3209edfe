"""Sampling the reliability sample: clips that are always judged blind, from which agreement is reported.

Drawn at import, from the training split only, stratified by gold label ("none" is a stratum too): of every 1/fraction
consecutive clips of a stratum, one at a pseudo-random position is taken. Positions come from a hash of stratum and number, so
that a second import continues the sample, and the same imports draw the same clips.
"""

import hashlib
import math
from collections import Counter

from core.types.clips import Split

_SEED = "telltale-audit-1"


class ReliabilitySample:
    """Counts the clips of each stratum and decides which are drawn."""

    def __init__(self, fraction: float) -> None:
        self._fraction = fraction
        self._seen: Counter[str] = Counter()

    def count(self, split: Split, gold_label: str | None) -> None:
        """Counts a clip that was stored."""
        if split is Split.TRAIN:
            self._seen[_stratum(gold_label)] += 1

    def draw(self, split: Split, gold_label: str | None) -> bool:
        """Whether the next clip of its stratum is drawn; call `count` once it is stored."""
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
