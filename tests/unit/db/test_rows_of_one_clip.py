"""What is stored for one clip leaves the clips beside it alone, and what is read of it is its own."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from core.types.annotated_cues import AnnotatedCue
from core.types.cues import CueMeasurement
from core.types.features import FeatureKind, Producer
from core.types.interviewee import PersonPoint
from core.types.transcript import TranscriptSegment
from db import annotated_cues, clips, cues, features, interviewees, leases, transcripts
from tests.unit.db.conftest import Desk


def producer(number: int) -> Producer:
    return Producer("openpose-json", str(number), "abc")


@pytest.fixture
def three(desk: Desk) -> tuple[int, int, int]:
    """Clips with ids in a row; tests write to the middle one last."""
    return desk.clip(), desk.clip(), desk.clip()


def _middle_last(three: Sequence[int]) -> list[int]:
    below, middle, above = three
    return [below, middle, above, middle]


def test_cues_and_who_measured_them_are_those_of_the_clip(desk: Desk, three: tuple[int, int, int]) -> None:
    with desk.database.write() as connection:
        for number, clip_id in enumerate(_middle_last(three)):
            cues.store(connection, clip_id, CueMeasurement((), (), 10.0 + number), producer(number))
        stored = [cues.of_clip(connection, clip_id) for clip_id in three]
        who = [cues.producer_of(connection, clip_id) for clip_id in three]
        stamps = cues.provenance(connection)
    assert [one.duration_s for one in stored if one is not None] == [10.0, 13.0, 12.0]
    assert who == [producer(0), producer(3), producer(2)]
    assert [(clip_id, by) for clip_id, (by, _) in stamps.items()] == list(zip(three, who, strict=True))


def test_cues_of_a_clip_that_was_not_measured_are_nobodys(desk: Desk, three: tuple[int, int, int]) -> None:
    below, middle, above = three
    with desk.database.write() as connection:
        for clip_id in (below, above):
            cues.store(connection, clip_id, CueMeasurement((), (), 10.0), producer(1))
        assert cues.of_clip(connection, middle) is None
        assert cues.producer_of(connection, middle) is None


def test_a_feature_is_replaced_for_its_clip_and_kind_alone(desk: Desk, three: tuple[int, int, int]) -> None:
    below, middle, above = three
    with desk.database.write() as connection:
        for number, clip_id in enumerate(_middle_last(three)):
            features.record(connection, clip_id, FeatureKind.IMAGE, producer(number), f"image/{number}")
        features.record(connection, middle, FeatureKind.TEXT, producer(7), "text/7")
        features.record(connection, middle, FeatureKind.PERSON, producer(8), "person/8")
        of_middle = features.of_clip(connection, middle)
        assert list(features.of_clip(connection, above)) == [FeatureKind.IMAGE]
        made_by = features.made_by(connection, FeatureKind.IMAGE)
    assert {kind: record.path for kind, record in of_middle.items()} == {
        FeatureKind.IMAGE: "image/3",
        FeatureKind.TEXT: "text/7",
        FeatureKind.PERSON: "person/8",
    }
    assert all(record.clip_id == middle and record.kind is kind for kind, record in of_middle.items())
    assert made_by == {below: producer(0), middle: producer(3), above: producer(2)}


def test_clips_with_a_kind_are_told_in_order_of_id(desk: Desk, three: tuple[int, int, int]) -> None:
    with desk.database.write() as connection:
        for clip_id in reversed(three):
            features.record(connection, clip_id, FeatureKind.TEXT, producer(1), "t")
        features.record(connection, three[0], FeatureKind.IMAGE, producer(1), "i")
        assert features.clips_with(connection, FeatureKind.TEXT) == list(three)
        assert features.producers(connection, FeatureKind.TEXT) == {producer(1): 3}


def test_features_of_two_producers_are_counted_for_each(desk: Desk, three: tuple[int, int, int]) -> None:
    with desk.database.write() as connection:
        for number, clip_id in zip((1, 1, 2), three, strict=True):
            features.record(connection, clip_id, FeatureKind.TEXT, producer(number), "t")
        assert features.producers(connection, FeatureKind.TEXT) == {producer(1): 2, producer(2): 1}


def test_a_pick_is_replaced_and_forgotten_for_its_clip_alone(desk: Desk, three: tuple[int, int, int]) -> None:
    middle = three[1]
    with desk.database.write() as connection:
        for number, clip_id in enumerate(_middle_last(three)):
            interviewees.pick(connection, clip_id, PersonPoint(1.0, float(number), 2.0))
        picked = [interviewees.picked(connection, clip_id) for clip_id in three]
        interviewees.forget(connection, middle)
        left = [interviewees.picked(connection, clip_id) for clip_id in three]
    assert [one.point.x_px for one in picked if one is not None] == [0.0, 3.0, 2.0]
    assert left == [picked[0], None, picked[2]]


def test_the_edge_of_the_picture_and_of_the_time_can_be_picked(desk: Desk, three: tuple[int, int, int]) -> None:
    edge = PersonPoint(30.0, 640.0, 360.0)
    with desk.database.write() as connection:
        interviewees.pick(connection, three[0], edge)
        found = interviewees.picked(connection, three[0])
    assert found is not None
    assert found.point == edge


def test_segments_are_replaced_for_their_clip_alone(desk: Desk, three: tuple[int, int, int]) -> None:
    with desk.database.write() as connection:
        for number, clip_id in enumerate(_middle_last(three)):
            transcripts.store(connection, clip_id, [TranscriptSegment(f"word {number}", 0.0, 1.0)])
        texts = [[segment.text for segment in transcripts.of_clip(connection, clip_id)] for clip_id in three]
        moments = [transcripts.stored_at(connection, clip_id) for clip_id in three]
    assert texts == [["word 0"], ["word 3"], ["word 2"]]
    below, middle, above = (moment for moment in moments if moment is not None)
    assert below < above < middle


def test_marks_are_replaced_for_their_clip_alone(desk: Desk, three: tuple[int, int, int]) -> None:
    with desk.database.write() as connection:
        for number, clip_id in enumerate(_middle_last(three)):
            annotated_cues.store(connection, clip_id, "b", [AnnotatedCue(None, f"{number}", None, 0.0, 1.0, "b")])
        for source in ("a", "c"):
            annotated_cues.store(connection, three[1], source, [AnnotatedCue(None, source, None, 2.0, 3.0, source)])
        names = [[cue.name for cue in annotated_cues.of_clip(connection, clip_id)] for clip_id in three]
    assert names == [["0"], ["3", "a", "c"], ["2"]]


def test_a_video_and_a_transcript_are_set_for_their_clip_alone(desk: Desk, three: tuple[int, int, int]) -> None:
    with desk.database.write() as connection:
        clips.set_video(connection, three[1], "videos/1.mp4")
        clips.set_transcript(connection, three[1], "We lost.")
        found = clips.many(connection, three)
    assert [(clip.video_path, clip.transcript) for clip in found] == [
        (None, None),
        ("videos/1.mp4", "We lost."),
        (None, None),
    ]


def test_one_lease_is_given_back_and_the_others_stay(desk: Desk, three: tuple[int, int, int]) -> None:
    below, middle, above = three
    with desk.database.write() as connection:
        leases.take(connection, three, desk.ada, timedelta(hours=1))
        leases.give_back(connection, middle, desk.ben)
        assert leases.held_by_others(connection, desk.ben) == {below, middle, above}
        leases.give_back(connection, middle, desk.ada)
        assert leases.held_by_others(connection, desk.ben) == {below, above}
        assert leases.held_by_others(connection, desk.ada) == frozenset()


@pytest.mark.parametrize("holder", ["ada", "ben"])
def test_nobody_gives_back_the_lease_of_another_whoever_came_first(
    desk: Desk, three: tuple[int, int, int], holder: str
) -> None:
    held_by, other = (desk.ada, desk.ben) if holder == "ada" else (desk.ben, desk.ada)
    with desk.database.write() as connection:
        leases.take(connection, three[:1], held_by, timedelta(hours=1))
        leases.give_back(connection, three[0], other)
        assert leases.held_by_others(connection, other) == {three[0]}
