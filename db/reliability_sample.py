"""The reliability sample after import: how large it is, and more of it drawn. No clip ever leaves it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from core.types.clips import Split
from db.row_mapping import batches, count_where
from db.tables import clip_leases, clips, decisions, disclosures, gold_labels, now_utc

_SEED = "telltale-sample-2"


@dataclass(frozen=True, slots=True)
class Stratum:
    """Clips of the train split with one gold label, or none: how many there are, are drawn, and may be drawn still."""

    clips: int
    drawn: int
    free: int

    def lacking(self, fraction: float) -> int:
        """Clips to draw so that the share is reached, as far as there are free ones."""
        return max(0, min(self.free, round(self.clips * fraction) - self.drawn))


def strata(connection: sa.Connection) -> dict[str | None, Stratum]:
    """The strata of the train split by gold label. Reads every clip."""
    query = (
        sa.select(
            gold_labels.c.label,
            sa.func.count().label("clips"),
            count_where(clips.c.reliability_sample).label("drawn"),
            count_where(~clips.c.reliability_sample & _untouched()).label("free"),
        )
        .select_from(clips.outerjoin(gold_labels, gold_labels.c.clip_id == clips.c.id))
        .where(clips.c.split == Split.TRAIN.value)
        .group_by(gold_labels.c.label)
    )
    return {row.label: Stratum(row.clips, row.drawn, row.free) for row in connection.execute(query)}


def draw_more(connection: sa.Connection, fraction: float) -> int:
    """Draws what the share lacks in each stratum, at random among the clips that nobody has judged, been shown or has open.

    Returns the number of clips drawn. The same clips are drawn in the same state of the database.
    """
    lacking = {label: one.lacking(fraction) for label, one in strata(connection).items()}
    chosen = [clip_id for label, wanted in lacking.items() for clip_id in _first_free(connection, label, wanted)]
    for part in batches(chosen):
        connection.execute(sa.update(clips).where(clips.c.id.in_(part)).values(reliability_sample=True))
    return len(chosen)


def together(found: Mapping[str | None, Stratum]) -> Stratum:
    """All strata together."""
    return Stratum(*(sum(getattr(one, name) for one in found.values()) for name in ("clips", "drawn", "free")))


def _first_free(connection: sa.Connection, label: str | None, wanted: int) -> list[int]:
    if not wanted:
        return []
    query = (
        sa.select(clips.c.id, clips.c.digest)
        .select_from(clips.outerjoin(gold_labels, gold_labels.c.clip_id == clips.c.id))
        .where(clips.c.split == Split.TRAIN.value, ~clips.c.reliability_sample, _untouched())
        .where(gold_labels.c.label.is_(None) if label is None else gold_labels.c.label == label)
    )
    rows = sorted(connection.execute(query), key=lambda row: hashlib.sha256(f"{_SEED}:{row.digest}".encode()).digest())
    return [row.id for row in rows[:wanted]]


def _untouched() -> sa.ColumnElement[bool]:
    held = sa.exists().where(clip_leases.c.clip_id == clips.c.id, clip_leases.c.until > now_utc())
    touched = (sa.exists().where(table.c.clip_id == clips.c.id) for table in (decisions, disclosures))
    return ~sa.or_(held, *touched)
