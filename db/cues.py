"""Measured cues, one row per clip."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.types.cues import Cue, CueCoverage, CueMeasurement
from core.types.features import Producer
from db.engine import Database
from db.tables import clip_cues, counters, cue_measurements, now_utc

_COUNTER = "cue:"
_CLIPS_A_READ = 50  # some 20 ms


def store(connection: sa.Connection, clip_id: int, measurement: CueMeasurement, producer: Producer) -> None:
    """Stores the measurement of a clip, replacing an older one."""
    for table in (cue_measurements, clip_cues):
        connection.execute(sa.delete(table).where(table.c.clip_id == clip_id))
    connection.execute(
        sa.insert(cue_measurements).values(
            clip_id=clip_id,
            producer=producer.name,
            producer_version=producer.version,
            settings_digest=producer.settings_digest,
            measurement={
                "duration_s": measurement.duration_s,
                "cues": [
                    [cue.name, cue.start_s, cue.end_s, cue.strength, list(cue.joints)] for cue in measurement.cues
                ],
                "coverage": [
                    [cover.name, cover.measurable_s, [list(span) for span in cover.spans_s], cover.reason]
                    for cover in measurement.coverage
                ],
            },
            created_at=now_utc(),
        )
    )
    found = sorted({cue.name for cue in measurement.cues})
    if found:
        connection.execute(sa.insert(clip_cues), [{"clip_id": clip_id, "cue": name} for name in found])


def clips_by_cue(connection: sa.Connection) -> dict[str, int]:
    """The number of clips that show each cue, from counters, by name."""
    query = sa.select(counters).where(counters.c.name.startswith(_COUNTER), counters.c.n > 0).order_by(counters.c.name)
    return {row.name.removeprefix(_COUNTER): row.n for row in connection.execute(query)}


def of_clip(connection: sa.Connection, clip_id: int) -> CueMeasurement | None:
    """The measurement of one clip, if it has been measured."""
    query = sa.select(cue_measurements.c.measurement).where(cue_measurements.c.clip_id == clip_id)
    stored = connection.execute(query).scalar_one_or_none()
    return None if stored is None else _measurement(stored)


def producer_of(connection: sa.Connection, clip_id: int) -> Producer | None:
    """The producer of a clip's measurement, if it has been measured."""
    row = connection.execute(sa.select(cue_measurements).where(cue_measurements.c.clip_id == clip_id)).one_or_none()
    return None if row is None else Producer(row.producer, row.producer_version, row.settings_digest)


def provenance(connection: sa.Connection) -> dict[int, tuple[Producer, datetime]]:
    """(producer, time) of each clip's measurement, by clip id."""
    columns = [column for column in cue_measurements.c if column.name != "measurement"]
    return {
        row.clip_id: (Producer(row.producer, row.producer_version, row.settings_digest), row.created_at)
        for row in connection.execute(sa.select(*columns).order_by(cue_measurements.c.clip_id))
    }


def each(database: Database, clip_ids: Iterable[int]) -> Iterator[tuple[int, CueMeasurement]]:
    """Yields (clip id, measurement) of the given clips that have been measured, by id.

    Each batch is read in a transaction that ends before its items are yielded: one read of thousands of clips takes
    seconds, during which SQLite's rollback journal lets nobody save a decision.
    """
    ids = sorted(set(clip_ids))
    for start in range(0, len(ids), _CLIPS_A_READ):
        few = cue_measurements.c.clip_id.in_(ids[start : start + _CLIPS_A_READ])
        columns = (cue_measurements.c.clip_id, cue_measurements.c.measurement)
        with database.read() as connection:
            rows = connection.execute(sa.select(*columns).where(few).order_by(cue_measurements.c.clip_id)).all()
        for row in rows:
            yield row.clip_id, _measurement(row.measurement)


def _measurement(stored: dict[str, Any]) -> CueMeasurement:
    return CueMeasurement(
        cues=tuple(
            Cue(name, start_s, end_s, strength, tuple(joints))
            for name, start_s, end_s, strength, joints in stored["cues"]
        ),
        coverage=tuple(
            CueCoverage(name, measurable_s, tuple((start_s, end_s) for start_s, end_s in spans_s), reason)
            for name, measurable_s, spans_s, reason in stored["coverage"]
        ),
        duration_s=stored["duration_s"],
    )
