"""Timed segments of a clip's transcript, and when it was stored. The plain text is a column of `clips`."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from core.errors import TranscriptError
from core.types.spans import refuse_bad_span
from core.types.transcript import TranscriptSegment
from db.tables import now_utc, transcript_segments, transcripts


def store(connection: sa.Connection, clip_id: int, segments: Sequence[TranscriptSegment]) -> None:
    """Stores the segments, replacing the clip's older ones, and the time; an untimed transcript has no segments.

    Raises TranscriptError for a segment with only one of its times or an invalid span.
    """
    for position, segment in enumerate(segments, start=1):
        _check(segment, f"segment {position} of the transcript")
    connection.execute(sa.delete(transcript_segments).where(transcript_segments.c.clip_id == clip_id))
    connection.execute(sa.delete(transcripts).where(transcripts.c.clip_id == clip_id))
    connection.execute(sa.insert(transcripts).values(clip_id=clip_id, stored_at=now_utc()))
    if segments:
        connection.execute(
            sa.insert(transcript_segments),
            [
                {
                    "clip_id": clip_id,
                    "position": position,
                    "text": segment.text,
                    "start_s": segment.start_s,
                    "end_s": segment.end_s,
                }
                for position, segment in enumerate(segments)
            ],
        )


def of_clip(connection: sa.Connection, clip_id: int) -> tuple[TranscriptSegment, ...]:
    """The segments of a clip in stored order; () if there are none."""
    columns = (transcript_segments.c.text, transcript_segments.c.start_s, transcript_segments.c.end_s)
    query = sa.select(*columns).where(transcript_segments.c.clip_id == clip_id).order_by(transcript_segments.c.position)
    return tuple(TranscriptSegment(row.text, row.start_s, row.end_s) for row in connection.execute(query))


def stored_at(connection: sa.Connection, clip_id: int) -> datetime | None:
    """When the clip's present transcript was stored; text features made earlier must be rebuilt.

    None for a clip without a transcript, and for one stored before schema 0002, which recorded no time.
    """
    query = sa.select(transcripts.c.stored_at).where(transcripts.c.clip_id == clip_id)
    return connection.execute(query).scalar_one_or_none()


def _check(segment: TranscriptSegment, what: str) -> None:
    if segment.start_s is None and segment.end_s is None:
        return
    if segment.start_s is None or segment.end_s is None:
        missing = "start_s" if segment.start_s is None else "end_s"
        raise TranscriptError(f"The {missing} of {what} is missing while its other time is there.")
    refuse_bad_span(segment.start_s, segment.end_s, what, TranscriptError)
