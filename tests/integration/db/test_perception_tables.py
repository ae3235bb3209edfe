"""Picked persons, segments, people's marks and protocol sides, on SQLite and on a real PostgreSQL."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from core.errors import InputError, NotFoundError, TranscriptError
from core.types.annotated_cues import AnnotatedCue
from core.types.clips import Split
from core.types.interviewee import PersonPoint
from core.types.transcript import TranscriptSegment
from db import annotated_cues, clips, interviewees, protocols, transcripts
from db.engine import Database
from tests.integration.db.log_oracle import new_clip

HERE = PersonPoint(29.97, 640.0, 12.25)
TIMED = (TranscriptSegment("We lost.", 0.1, 1.2), TranscriptSegment("It happens.", 1.2, 2.0))
RUBBING = AnnotatedCue(None, "Rubbing eyes", 12, 4.0, 5.5, "iMiGUE")
COVERING = AnnotatedCue("covering face", "Covering face", 11, 1.0, 2.0, "iMiGUE")
OTHER = AnnotatedCue("covering face", "hand on mouth", None, 1.0, 2.5, "second coder")
NOWHERE = 999


@pytest.fixture
def clip_ids(database: Database) -> tuple[int, int]:
    with database.write() as connection:
        return clips.add(connection, new_clip(1)).id, clips.add(connection, new_clip(2)).id


def test_a_pick_takes_the_place_of_the_older_one(database: Database, clip_ids: tuple[int, int]) -> None:
    first, second = clip_ids
    with database.write() as connection:
        interviewees.pick(connection, first, PersonPoint(1.0, 2.0, 3.0))
        interviewees.pick(connection, first, HERE)
        interviewees.pick(connection, second, PersonPoint(1.0, 2.0, 3.0))
    with database.read() as connection:
        picked = interviewees.picked(connection, first)
        of_second = interviewees.picked(connection, second)
    assert picked is not None
    assert picked.point == HERE
    assert picked.picked_at.tzinfo is UTC
    assert of_second is not None
    assert of_second.point == PersonPoint(1.0, 2.0, 3.0)


def test_a_forgotten_pick_is_gone_and_nobody_elses(database: Database, clip_ids: tuple[int, int]) -> None:
    first, second = clip_ids
    with database.write() as connection:
        for clip_id in clip_ids:
            interviewees.pick(connection, clip_id, HERE)
        interviewees.forget(connection, first)
        interviewees.forget(connection, NOWHERE)
    with database.read() as connection:
        assert interviewees.picked(connection, first) is None
        assert interviewees.picked(connection, second) is not None


@pytest.mark.parametrize(
    ("point", "sentence"),
    [
        (replace(HERE, time_s=30.5), "The time_s of the person picked in clip 1 is 30.5; it must be 30 at most."),
        (replace(HERE, x_px=640.5), "The x_px of the person picked in clip 1 is 640.5; it must be 640 at most."),
        (replace(HERE, y_px=361.0), "The y_px of the person picked in clip 1 is 361; it must be 360 at most."),
    ],
)
def test_a_pick_outside_its_clip_is_refused_and_the_older_one_stays(
    database: Database, clip_ids: tuple[int, int], point: PersonPoint, sentence: str
) -> None:
    with database.write() as connection:
        interviewees.pick(connection, clip_ids[0], HERE)
        with pytest.raises(InputError, match=f"^{re.escape(sentence)}$"):
            interviewees.pick(connection, clip_ids[0], point)
        kept = interviewees.picked(connection, clip_ids[0])
    assert kept is not None
    assert kept.point == HERE


def test_a_pick_and_taking_it_back_are_both_changes(database: Database, clip_ids: tuple[int, int]) -> None:
    moments = []
    for change in (lambda c: interviewees.pick(c, clip_ids[0], HERE), lambda c: interviewees.forget(c, clip_ids[0])):
        with database.write() as connection:
            change(connection)
        with database.read() as connection:
            moments.append(interviewees.changed_at(connection, clip_ids[0]))
            assert interviewees.changed_at(connection, clip_ids[1]) is None
    picked_at, forgotten_at = moments
    assert picked_at is not None
    assert forgotten_at is not None
    assert picked_at < forgotten_at


def test_nobody_is_picked_in_a_clip_that_is_not_there(database: Database) -> None:
    with database.write() as connection, pytest.raises(NotFoundError, match=f"There is no clip {NOWHERE}"):
        interviewees.pick(connection, NOWHERE, HERE)


def test_segments_come_back_as_they_were_stored(database: Database, clip_ids: tuple[int, int]) -> None:
    segments = (*TIMED, TranscriptSegment("Ganz ohne Zeit: ñ 🤭", None, None))
    with database.write() as connection:
        transcripts.store(connection, clip_ids[0], segments)
    with database.read() as connection:
        assert transcripts.of_clip(connection, clip_ids[0]) == segments
        assert transcripts.of_clip(connection, clip_ids[1]) == ()


def test_a_transcript_of_thousands_of_segments_keeps_its_order(database: Database, clip_ids: tuple[int, int]) -> None:
    segments = tuple(TranscriptSegment(f"word {n}", n / 3, (n + 1) / 3) for n in range(4000))
    with database.write() as connection:
        transcripts.store(connection, clip_ids[0], segments)
        assert transcripts.of_clip(connection, clip_ids[0]) == segments


def test_new_segments_take_the_place_of_all_older_ones(database: Database, clip_ids: tuple[int, int]) -> None:
    with database.write() as connection:
        transcripts.store(connection, clip_ids[0], TIMED)
        before = transcripts.stored_at(connection, clip_ids[0])
        transcripts.store(connection, clip_ids[0], TIMED[1:])
        after = transcripts.stored_at(connection, clip_ids[0])
        assert transcripts.of_clip(connection, clip_ids[0]) == TIMED[1:]
    assert before is not None
    assert after is not None
    assert before < after


def test_a_transcript_without_times_still_tells_when_it_came(database: Database, clip_ids: tuple[int, int]) -> None:
    with database.write() as connection:
        transcripts.store(connection, clip_ids[0], ())
        assert transcripts.of_clip(connection, clip_ids[0]) == ()
        assert transcripts.stored_at(connection, clip_ids[0]) is not None
        assert transcripts.stored_at(connection, clip_ids[1]) is None


def test_a_clip_that_arrives_with_words_tells_when_they_came(database: Database) -> None:
    with database.write() as connection:
        spoken = clips.add(connection, replace(new_clip(3), transcript="We lost."))
        silent = clips.add(connection, new_clip(4))
        assert transcripts.stored_at(connection, spoken.id) is not None
        assert transcripts.stored_at(connection, silent.id) is None


def test_another_text_drops_the_segments_of_the_older_one(database: Database, clip_ids: tuple[int, int]) -> None:
    with database.write() as connection:
        transcripts.store(connection, clip_ids[0], TIMED)
        before = transcripts.stored_at(connection, clip_ids[0])
        clips.set_transcript(connection, clip_ids[0], "Something else.")
        after = transcripts.stored_at(connection, clip_ids[0])
        assert transcripts.of_clip(connection, clip_ids[0]) == ()
    assert before is not None
    assert after is not None
    assert before < after


@pytest.mark.parametrize(
    ("start_s", "end_s", "sentence"),
    [
        (2.0, 1.0, "The end_s of segment 2 of the transcript is 1.0, which is before its start_s, 2.0."),
        (
            -1.0,
            1.0,
            "The start_s of segment 2 of the transcript is -1.0; it must be a number of seconds from 0 upwards.",
        ),
        (
            0.0,
            math.nan,
            "The end_s of segment 2 of the transcript is nan; it must be a number of seconds from 0 upwards.",
        ),
        (None, 1.0, "The start_s of segment 2 of the transcript is missing while its other time is there."),
        (1.0, None, "The end_s of segment 2 of the transcript is missing while its other time is there."),
    ],
)
def test_a_segment_that_cannot_be_is_refused_and_the_older_ones_stay(
    database: Database, clip_ids: tuple[int, int], start_s: float | None, end_s: float | None, sentence: str
) -> None:
    with database.write() as connection:
        transcripts.store(connection, clip_ids[0], TIMED)
        with pytest.raises(TranscriptError, match=f"^{re.escape(sentence)}$"):
            transcripts.store(connection, clip_ids[0], [TIMED[0], TranscriptSegment("Hm.", start_s, end_s)])
        assert transcripts.of_clip(connection, clip_ids[0]) == TIMED


def test_marks_come_back_in_order_of_start(database: Database, clip_ids: tuple[int, int]) -> None:
    with database.write() as connection:
        annotated_cues.store(connection, clip_ids[0], "iMiGUE", [RUBBING, COVERING])
    with database.read() as connection:
        assert annotated_cues.of_clip(connection, clip_ids[0]) == (COVERING, RUBBING)
        assert annotated_cues.of_clip(connection, clip_ids[1]) == ()


def test_one_sources_marks_are_replaced_and_the_others_stay(database: Database, clip_ids: tuple[int, int]) -> None:
    first, second = clip_ids
    with database.write() as connection:
        annotated_cues.store(connection, first, "iMiGUE", [RUBBING, COVERING])
        annotated_cues.store(connection, second, "iMiGUE", [RUBBING])
        annotated_cues.store(connection, first, "second coder", [OTHER])
        annotated_cues.store(connection, first, "iMiGUE", [RUBBING])
    with database.read() as connection:
        assert annotated_cues.of_clip(connection, first) == (OTHER, RUBBING)
        assert annotated_cues.of_clip(connection, second) == (RUBBING,)
        assert annotated_cues.counts(connection) == {"iMiGUE": 2, "second coder": 1}


def test_no_marks_of_a_source_remove_its_older_ones(database: Database, clip_ids: tuple[int, int]) -> None:
    with database.write() as connection:
        annotated_cues.store(connection, clip_ids[0], "iMiGUE", [RUBBING])
        annotated_cues.store(connection, clip_ids[0], "second coder", [OTHER])
        annotated_cues.store(connection, clip_ids[0], "iMiGUE", [])
        assert annotated_cues.of_clip(connection, clip_ids[0]) == (OTHER,)
        assert annotated_cues.counts(connection) == {"second coder": 1}


def test_a_mark_of_another_source_is_refused(database: Database, clip_ids: tuple[int, int]) -> None:
    sentence = "The source of the annotated cue hand on mouth is second coder, not iMiGUE."
    with database.write() as connection, pytest.raises(InputError, match=f"^{re.escape(sentence)}$"):
        annotated_cues.store(connection, clip_ids[0], "iMiGUE", [RUBBING, OTHER])


def test_a_clip_may_stand_on_other_sides_in_other_protocols(database: Database, clip_ids: tuple[int, int]) -> None:
    first, second = clip_ids
    with database.write() as connection:
        protocols.set_splits(connection, "emotion", {first: Split.TEST})
        protocols.set_splits(connection, "cross-subject", {second: Split.TEST, first: Split.TRAIN})
    with database.read() as connection:
        assert protocols.names(connection) == ("cross-subject", "emotion")
        assert protocols.splits(connection, "cross-subject") == {first: Split.TRAIN, second: Split.TEST}
        assert protocols.splits(connection, "emotion") == {first: Split.TEST}
        assert protocols.splits(connection, "another") == {}


def test_a_protocol_is_replaced_whole(database: Database, clip_ids: tuple[int, int]) -> None:
    first, second = clip_ids
    with database.write() as connection:
        protocols.set_splits(connection, "emotion", {first: Split.TEST})
        protocols.set_splits(connection, "emotion", {second: Split.TRAIN})
        assert protocols.splits(connection, "emotion") == {second: Split.TRAIN}
        protocols.set_splits(connection, "emotion", {})
        assert protocols.names(connection) == ()


def test_a_protocol_without_a_name_is_refused(database: Database, clip_ids: tuple[int, int]) -> None:
    with database.write() as connection, pytest.raises(InputError, match=r"^The name of the protocol is empty\.$"):
        protocols.set_splits(connection, " ", {clip_ids[0]: Split.TEST})


@pytest.mark.parametrize(
    "writing",
    [
        lambda connection: transcripts.store(connection, NOWHERE, TIMED),
        lambda connection: annotated_cues.store(connection, NOWHERE, "iMiGUE", [RUBBING]),
        lambda connection: protocols.set_splits(connection, "emotion", {NOWHERE: Split.TEST}),
        lambda connection: connection.execute(
            sa.text("INSERT INTO picked_persons VALUES (999, 1.0, 1.0, 1.0, '2026-01-01 00:00:00')")
        ),
        lambda connection: connection.execute(
            sa.text("INSERT INTO transcript_segments VALUES (999, 0, 'words of a transcript that is not there', 0, 1)")
        ),
    ],
    ids=["transcript", "annotation", "protocol", "pick", "segment"],
)
def test_nothing_is_stored_for_a_clip_that_is_not_there(
    database: Database, clip_ids: tuple[int, int], writing: Callable[[sa.Connection], object]
) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        writing(connection)
    with database.read() as connection:
        assert transcripts.stored_at(connection, NOWHERE) is None
        assert annotated_cues.counts(connection) == {}
        assert protocols.names(connection) == ()
        assert interviewees.picked(connection, NOWHERE) is None
