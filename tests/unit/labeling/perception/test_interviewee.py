"""The rule that picks the interviewee, on tracks made by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import FACE
from core.types.interviewee import PersonPoint
from labeling.interfaces import FrameDetections
from labeling.perception.person.detections import DetectionLog
from labeling.perception.person.interviewee import candidates, choose, raw_boxes

FRAMES, RATE, SIZE = 500, 25.0, (640, 360)
TIME_S = np.arange(FRAMES) / RATE
LEFT, RIGHT, LARGE = (60, 120, 200, 320), (400, 120, 540, 320), (220, 20, 460, 360)
Appearance = tuple[int, range, tuple[float, float, float, float]]
"""Track id, the frames in which it is seen, its box."""


def log_of(*appearances: Appearance) -> DetectionLog:
    log = DetectionLog()
    for frame in range(FRAMES):
        here = [(track, box) for track, frames, box in appearances if frame in frames]
        boxes = np.array([box for _track, box in here], dtype=np.float32).reshape(-1, 4)
        ids = np.array([track for track, _box in here], dtype=np.int32)
        log.add(frame, FrameDetections(boxes, np.full(len(here), 0.9, np.float32)), ids)
    return log


def face_in(box: Sequence[float], frames: range = range(FRAMES), other: KeypointTrack | None = None) -> KeypointTrack:
    """Points of a face in the upper middle of a box."""
    points = np.zeros((FRAMES, 137, 3), np.float32) if other is None else other.points.copy()
    x0, y0, x1, y1 = box
    angles = np.linspace(0, 2 * np.pi, 70, endpoint=False)
    face = np.stack([(x0 + x1) / 2 + 20 * np.sin(angles), y0 + (y1 - y0) / 4 + 25 * np.cos(angles)], axis=1)
    points[frames.start : frames.stop, FACE] = np.concatenate([face, np.full((70, 1), 0.9)], axis=1)
    return KeypointTrack(points, TIME_S)


def chosen(log: DetectionLog, keypoints: KeypointTrack | None = None, at: PersonPoint | None = None) -> tuple[int, ...]:
    return choose(log, TIME_S, SIZE, keypoints, at)


def test_nobody_in_the_whole_video_is_nobody_chosen() -> None:
    log = log_of()
    assert chosen(log) == ()
    assert chosen(log, face_in(LEFT), PersonPoint(1, 100, 100)) == ()
    assert candidates(log, TIME_S, SIZE, None) == ()
    assert np.isnan(raw_boxes(log, (), 0, FRAMES)).all()


def test_detections_that_are_in_no_track_are_nobody() -> None:
    assert chosen(log_of((-1, range(FRAMES), LEFT))) == ()


def test_who_is_in_view_longest_is_chosen() -> None:
    assert chosen(log_of((1, range(100, 300), LEFT), (2, range(FRAMES), RIGHT))) == (2,)


def test_of_two_who_are_always_in_view_the_larger_is_chosen() -> None:
    assert chosen(log_of((1, range(FRAMES), LEFT), (2, range(FRAMES), LARGE))) == (2,)


def test_a_larger_bystander_who_is_there_briefly_is_not_chosen() -> None:
    assert chosen(log_of((1, range(FRAMES), LEFT), (2, range(200, 260), LARGE))) == (1,)


def test_nobody_in_the_first_half_does_not_matter() -> None:
    log = log_of((1, range(250, FRAMES), LEFT))
    assert chosen(log) == (1,)
    assert np.isnan(raw_boxes(log, (1,), 0, FRAMES)).all(axis=1).sum() == 250


def test_a_person_who_leaves_and_returns_is_one_person() -> None:
    assert chosen(log_of((1, range(200), LEFT), (4, range(300, FRAMES), RIGHT))) == (1, 4)


def test_a_person_after_a_cut_between_cameras_is_the_same_person() -> None:
    log = log_of((1, range(250), LEFT), (2, range(250, FRAMES), LARGE))
    assert chosen(log) == (1, 2)
    assert raw_boxes(log, (1, 2), 249, 251).tolist() == [list(LEFT), list(LARGE)]


def test_two_tracks_that_hand_over_within_two_frames_are_one_person() -> None:
    assert chosen(log_of((1, range(252), LEFT), (2, range(250, FRAMES), LEFT))) == (1, 2)


def test_a_video_of_many_shots_is_covered_from_end_to_end() -> None:
    shots = [(number + 1, range(start, start + 20), LEFT) for number, start in enumerate(range(0, FRAMES, 20))]
    assert len(chosen(log_of(*shots))) == 25


def test_two_people_who_are_in_view_together_are_never_one() -> None:
    assert chosen(log_of((1, range(300), LEFT), (2, range(250, FRAMES), RIGHT))) == (1,)


def test_a_tiny_figure_in_the_background_does_not_fill_a_gap() -> None:
    assert chosen(log_of((1, range(200), LARGE), (2, range(220, 480), (10, 10, 40, 90)))) == (1,)


def test_a_flicker_does_not_fill_a_gap() -> None:
    assert chosen(log_of((1, range(200), LEFT), (2, range(300, 308), RIGHT))) == (1,)


def test_key_points_overrule_presence_and_size() -> None:
    log = log_of((1, range(FRAMES), LARGE), (2, range(100, 300), RIGHT))
    assert chosen(log, face_in(RIGHT, range(100, 300))) == (2,)


def test_of_two_boxes_around_the_key_points_the_one_that_fits_them_counts() -> None:
    behind = (300, 60, 380, 200)
    log = log_of((1, range(FRAMES), LARGE), (2, range(FRAMES), behind))
    assert chosen(log) == (1,)
    assert chosen(log, face_in(behind)) == (2,)


def test_key_points_that_nobody_holds_leave_the_choice_to_presence_and_size() -> None:
    log = log_of((1, range(FRAMES), LEFT), (2, range(FRAMES), LARGE))
    assert chosen(log, face_in((600, 0, 640, 40))) == (2,)


def test_whom_the_key_points_leave_out_does_not_join_in_a_gap() -> None:
    log = log_of((1, range(200), LEFT), (2, range(250, FRAMES), RIGHT))
    elsewhere = face_in((600, 0, 640, 40), range(250, FRAMES), face_in(LEFT, range(200)))
    assert chosen(log, elsewhere) == (1,)
    assert chosen(log, face_in(LEFT, range(200))) == (1, 2)  # no points at all while the other is in view


def test_a_picked_person_overrules_presence_size_and_key_points() -> None:
    log = log_of((1, range(FRAMES), LARGE), (2, range(100, 300), RIGHT))
    assert chosen(log, face_in(LARGE), PersonPoint(6.0, 480, 200)) == (2,)


def test_a_pick_means_the_person_in_all_of_their_tracks() -> None:
    log = log_of((1, range(FRAMES), LARGE), (2, range(200), RIGHT), (3, range(300, FRAMES), RIGHT))
    assert chosen(log, None, PersonPoint(15.0, 480, 200)) == (2, 3)


def test_a_pick_between_two_looks_of_the_detector_finds_the_nearer_one() -> None:
    log = log_of((1, range(FRAMES), LARGE), (2, range(0, FRAMES, 10), RIGHT))
    assert chosen(log, None, PersonPoint(4.2, 480, 200)) == (2,)


def test_a_pick_where_boxes_overlap_means_the_one_whose_middle_is_nearer() -> None:
    beside = (430, 40, 640, 360)
    log = log_of((1, range(FRAMES), LARGE), (2, range(FRAMES), beside))
    assert chosen(log, None, PersonPoint(4.0, 435, 200)) == (1,)
    assert chosen(log, None, PersonPoint(4.0, 455, 200)) == (2,)


@pytest.mark.parametrize("point", [PersonPoint(6.0, 5, 5), PersonPoint(1.5, 480, 200), PersonPoint(900.0, 480, 200)])
def test_a_pick_that_finds_nobody_leaves_the_choice_to_the_rule(point: PersonPoint) -> None:
    log = log_of((1, range(FRAMES), LARGE), (2, range(100, 300), RIGHT))
    assert chosen(log, None, point) == (1,)


def test_each_candidate_can_be_picked_at_its_best_moment() -> None:
    log = log_of(
        (1, range(FRAMES), LARGE), (2, range(200), RIGHT), (3, range(300, FRAMES), RIGHT), (4, range(90), LEFT)
    )
    people = candidates(log, TIME_S, SIZE, None)
    assert [person.tracks for person in people] == [(1,), (2, 3), (4,)]
    for person in people:
        x0, y0, x1, y1 = person.best_box_xyxy_px
        point = PersonPoint(person.best_time_s, (x0 + x1) / 2, (y0 + y1) / 2)
        assert chosen(log, None, point) == person.tracks


def test_a_candidate_tells_when_how_long_and_how_large() -> None:
    log = log_of((1, range(0, FRAMES, 5), LARGE), (2, range(100, 300, 5), LEFT))
    first, second = candidates(log, TIME_S, SIZE, face_in(LARGE))
    assert (first.presence, first.keypoint_agreement) == (1.0, 1.0)
    assert (second.first_s, second.last_s) == (4.0, pytest.approx(295 / RATE))
    assert second.presence == pytest.approx(0.4)
    assert second.mean_height_share == pytest.approx(200 / 360)
    assert second.score == pytest.approx(40 * 200 / 360)
    assert (second.keypoint_agreement, second.best_box_xyxy_px) == (0.0, LEFT)


def test_boxes_of_a_stretch_are_those_of_its_frames() -> None:
    log = log_of((1, range(100, 110), LEFT), (2, range(FRAMES), RIGHT))
    boxes = raw_boxes(log, (1,), 95, 105)
    assert np.isnan(boxes[:5]).all()
    assert boxes[5:].tolist() == [list(LEFT)] * 5
