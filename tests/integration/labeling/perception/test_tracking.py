"""Ultralytics' trackers on boxes alone, and the choice of the interviewee on what they make of hard films."""

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pytest

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import FACE
from core.types.interviewee import PersonPoint
from labeling.interfaces import FrameDetections
from labeling.perception.person.box_track import smooth_boxes
from labeling.perception.person.detections import DetectionLog
from labeling.perception.person.interviewee import choose, raw_boxes
from labeling.perception.person.tracking import PersonTracker

RATE, SIZE = 25.0, (1280, 720)
TRACKERS = ("bytetrack", "botsort")
Box = tuple[float, float, float, float]


def box(middle_x: float, height: float = 400) -> Box:
    return middle_x - height / 4, 700 - height, middle_x + height / 4, 700


def followed(
    people: Callable[[int], Iterable[Box]], frame_count: int, tracker: str = "bytetrack", every: int = 1
) -> DetectionLog:
    """The log of a film; detections are shaken a little and in no stable order."""
    rng = np.random.default_rng(0)
    log, followers = DetectionLog(), PersonTracker(tracker, RATE / every)
    for frame in range(0, frame_count, every):
        boxes = np.array(list(people(frame)), dtype=np.float32).reshape(-1, 4)
        boxes = rng.permutation(boxes) + rng.normal(0, 1.5, boxes.shape).astype(np.float32)
        found = FrameDetections(boxes, rng.uniform(0.7, 0.9, len(boxes)).astype(np.float32))
        log.add(frame, found, followers.update(found, (SIZE[1], SIZE[0])))
    return log


def middles(log: DetectionLog, tracks: tuple[int, ...], frame_count: int) -> npt.NDArray[np.float64]:
    boxes = raw_boxes(log, tracks, 0, frame_count)
    return (boxes[:, 0] + boxes[:, 2]) / 2


def times(frame_count: int) -> npt.NDArray[np.float64]:
    return np.arange(frame_count) / RATE


def swapping(frame: int) -> list[Box]:
    """Two people who change sides: the larger from left to right, crossing at frame 150."""
    return [box(200 + 3 * frame), box(1100 - 3 * frame, 330)]


@pytest.mark.parametrize("tracker", TRACKERS)
def test_two_people_who_swap_sides_keep_their_tracks(tracker: str) -> None:
    log = followed(swapping, 300, tracker)
    tracks = choose(log, times(300), SIZE, None, None)
    expected = 200 + 3 * np.arange(300)
    assert np.nanmax(np.abs(middles(log, tracks, 300) - expected)) < 10
    assert np.isfinite(middles(log, tracks, 300)).mean() > 0.97


def test_after_swapping_sides_the_smaller_can_be_picked() -> None:
    log = followed(swapping, 300)
    tracks = choose(log, times(300), SIZE, None, PersonPoint(280 / RATE, 1100 - 3 * 280, 600))
    assert np.nanmax(np.abs(middles(log, tracks, 300) - (1100 - 3 * np.arange(300)))) < 10


@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_person_who_leaves_and_returns_is_followed_in_both_stretches(tracker: str) -> None:
    def people(frame: int) -> list[Box]:
        return [] if 100 <= frame < 200 else [box(400 if frame < 100 else 800)]

    log = followed(people, 300, tracker)
    tracks = choose(log, times(300), SIZE, None, None)
    seen = np.isfinite(middles(log, tracks, 300))
    assert len(tracks) == 2
    assert seen[:100].mean() > 0.95
    assert not seen[100:200].any()
    assert seen[200:].mean() > 0.95


def test_a_cut_between_cameras_keeps_the_person_and_leaves_the_box_sharp() -> None:
    log = followed(lambda frame: [box(300, 340) if frame < 150 else box(900, 600)], 300)
    tracks = choose(log, times(300), SIZE, None, None)
    boxes = smooth_boxes(raw_boxes(log, tracks, 0, 300), RATE, SIZE)
    assert boxes[:149] == pytest.approx(np.tile(box(300, 340), (149, 1)), abs=5)
    assert boxes[152:] == pytest.approx(np.tile(box(900, 600), (148, 1)), abs=5)


def test_a_larger_bystander_who_walks_through_the_picture_is_not_followed() -> None:
    def people(frame: int) -> list[Box]:
        passing = [box(12 * (frame - 100), 600)] if 100 <= frame < 200 else []
        return [box(640), *passing]

    log = followed(people, 300)
    tracks = choose(log, times(300), SIZE, None, None)
    assert np.nanmax(np.abs(middles(log, tracks, 300) - 640)) < 10


def test_key_points_decide_between_two_people_who_swap_sides() -> None:
    points = np.zeros((300, 137, 3), np.float32)
    x = 1100 - 3 * np.arange(300)
    points[:, FACE, 0] = x[:, None] + np.linspace(-30, 30, 70)
    points[:, FACE, 1] = 430
    points[:, FACE, 2] = 0.9
    log = followed(swapping, 300)
    tracks = choose(log, times(300), SIZE, KeypointTrack(points, times(300)), None)
    assert np.nanmax(np.abs(middles(log, tracks, 300) - x)) < 10


@pytest.mark.parametrize("tracker", TRACKERS)
@pytest.mark.parametrize("every", [5, 25])
def test_a_person_is_one_track_where_the_detector_looks_rarely(tracker: str, every: int) -> None:
    log = followed(lambda frame: [box(500 + 60 * np.sin(frame / 40))], 500, tracker, every)
    assert set(log.track.tolist()) == {1}


@pytest.mark.parametrize("every", [1, 5])
def test_a_track_outlives_a_second_without_detections(every: int) -> None:
    log = followed(lambda frame: [] if 100 <= frame < 125 else [box(500)], 300, every=every)
    assert set(log.track.tolist()) == {1}


@pytest.mark.parametrize("tracker", TRACKERS)
def test_replaying_boxes_gives_the_same_tracks(tracker: str) -> None:
    def crowd(frame: int) -> list[Box]:
        return [box(100 + 37 * number + 2 * frame * (-1) ** number, 200 + 20 * number) for number in range(12)]

    assert followed(crowd, 120, tracker).track.tolist() == followed(crowd, 120, tracker).track.tolist()


def test_two_films_at_once_number_their_tracks_each_for_itself() -> None:
    one, other = PersonTracker("bytetrack", RATE), PersonTracker("bytetrack", RATE)
    found = FrameDetections(np.array([box(500)], np.float32), np.array([0.9], np.float32))
    assert [int(each.update(found, (720, 1280))[0]) for each in (one, other, one)] == [1, 1, 1]


def test_a_frame_without_anybody_has_no_ids() -> None:
    tracker = PersonTracker("botsort", RATE)
    nobody = FrameDetections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    assert tracker.update(nobody, (720, 1280)).shape == (0,)
