"""Cues annotated by people, stored by source and separately from the measured cues (db.cues)."""

from collections.abc import Sequence

import sqlalchemy as sa

from core.errors import InputError
from core.types.annotated_cues import AnnotatedCue
from db.tables import annotated_cues


def store(connection: sa.Connection, clip_id: int, source: str, cues: Sequence[AnnotatedCue]) -> None:
    """Stores one source's cues of a clip, replacing that source's older ones; other sources are kept.

    Raises InputError if a cue is of another source.
    """
    stray = next((cue for cue in cues if cue.source != source), None)
    if stray is not None:
        raise InputError(f"The source of the annotated cue {stray.name} is {stray.source}, not {source}.")
    here = (annotated_cues.c.clip_id == clip_id) & (annotated_cues.c.source == source)
    connection.execute(sa.delete(annotated_cues).where(here))
    if cues:
        connection.execute(
            sa.insert(annotated_cues),
            [
                {
                    "clip_id": clip_id,
                    "source": source,
                    "cue": cue.cue,
                    "name": cue.name,
                    "class_id": cue.class_id,
                    "start_s": cue.start_s,
                    "end_s": cue.end_s,
                }
                for cue in cues
            ],
        )


def of_clip(connection: sa.Connection, clip_id: int) -> tuple[AnnotatedCue, ...]:
    """The annotated cues of a clip from all sources, in order of start."""
    query = (
        sa.select(annotated_cues)
        .where(annotated_cues.c.clip_id == clip_id)
        .order_by(annotated_cues.c.start_s, annotated_cues.c.id)
    )
    return tuple(
        AnnotatedCue(row.cue, row.name, row.class_id, row.start_s, row.end_s, row.source)
        for row in connection.execute(query)
    )


def counts(connection: sa.Connection) -> dict[str, int]:
    """Number of annotated cues by source."""
    query = sa.select(annotated_cues.c.source, sa.func.count().label("n")).group_by(annotated_cues.c.source)
    return {row.source: row.n for row in connection.execute(query)}
