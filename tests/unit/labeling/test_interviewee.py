"""Who of several people in a film is the interviewee."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from core.interviewee import PersonPoint
from core.keypoints import KeypointTrack
from labeling.perception.detections import DetectionLog
from labeling.perception.interviewee import candidates, choose, raw_boxes
from labeling.perception.tracking import PersonTracker
from labeling.protocols import FrameDetections

FRAMES = 200
TIME_S = np.arange(FRAMES) / 25
SIZE_PX = (640, 360)

Boxes = list[tuple[float, float, float, float]]


def watched(people: Callable[[int], Boxes], tracker: str = "bytetrack") -> DetectionLog:
    """What the real tracker makes of the boxes that `people` gives for each frame."""
    log, linking = DetectionLog(), PersonTracker(tracker, 25.0)
    for frame in range(FRAMES):
        boxes = np.array(people(frame), dtype=np.float32).reshape(-1, 4)
        found = FrameDetections(boxes, np.full(len(boxes), 0.9, dtype=np.float32))
        log.add(frame, found, linking.update(found, (360, 640)))
    return log


def person_at(x: float, height: float = 240.0) -> tuple[float, float, float, float]:
    return x, 350 - height, x + height / 2, 350.0


def interviewee(log: DetectionLog, **known: object) -> npt.NDArray[np.float64]:
    keypoints, picked = known.get("keypoints"), known.get("picked")
    tracks = choose(log, TIME_S, SIZE_PX, keypoints, picked)  # type: ignore[arg-type]
    return raw_boxes(log, tracks, 0, FRAMES)


def seen_at(boxes: npt.NDArray[np.float64]) -> list[int]:
    return np.flatnonzero(np.isfinite(boxes[:, 0])).tolist()


def points_on(x: float) -> KeypointTrack:
    points = np.zeros((FRAMES, 137, 3), dtype=np.float32)
    points[:, :8] = (x, 200.0, 0.8)
    return KeypointTrack(points, TIME_S)


def test_nobody_in_the_whole_film_is_nobody() -> None:
    log = watched(lambda _frame: [])
    assert choose(log, TIME_S, SIZE_PX, None, None) == ()
    assert candidates(log, TIME_S, SIZE_PX, None) == ()


def test_who_comes_for_the_second_half_alone_is_missing_in_the_first() -> None:
    boxes = interviewee(watched(lambda frame: [person_at(200)] * (frame >= 100)))
    assert seen_at(boxes) == pytest.approx(range(101, FRAMES), abs=1)


def test_the_longest_in_view_is_chosen_over_a_larger_bystander() -> None:
    log = watched(lambda frame: [person_at(50, 200)] + [person_at(400, 330)] * (80 <= frame < 120))
    assert (interviewee(log)[:, 0] == 50).all()


@pytest.mark.parametrize("tracker", ["bytetrack", "botsort"])
def test_two_people_who_swap_sides_keep_their_tracks(tracker: str) -> None:
    log = watched(lambda frame: [person_at(40 + 2 * frame, 300), person_at(440 - 2 * frame, 180)], tracker)
    boxes = interviewee(log)
    heights = boxes[:, 3] - boxes[:, 1]
    assert (heights[np.isfinite(heights)] == 300).mean() > 0.95
    assert boxes[-1, 0] == pytest.approx(40 + 2 * (FRAMES - 1))


def test_a_person_who_leaves_and_returns_elsewhere_is_one_person() -> None:
    log = watched(lambda frame: [person_at(60)] * (frame < 60) + [person_at(420)] * (frame >= 130))
    boxes = interviewee(log)
    assert boxes[30, 0] == 60
    assert boxes[170, 0] == 420
    assert len(candidates(log, TIME_S, SIZE_PX, None)) == 1


def test_a_camera_cut_goes_on_with_the_same_person() -> None:
    log = watched(lambda frame: [person_at(60, 200)] if frame < 100 else [person_at(400, 300)])
    assert len(seen_at(interviewee(log))) >= FRAMES - 3


def test_a_far_smaller_person_at_another_time_is_somebody_else() -> None:
    log = watched(lambda frame: [person_at(60, 300)] if frame < 150 else [person_at(400, 90)])
    assert max(seen_at(interviewee(log))) == 149


def test_key_points_decide_against_size() -> None:
    log = watched(lambda _frame: [person_at(20, 330), person_at(400, 200)])
    assert (interviewee(log, keypoints=points_on(450.0))[:, 0] == 400).all()


def test_key_points_on_nobody_leave_it_to_time_and_size() -> None:
    log = watched(lambda _frame: [person_at(20, 330), person_at(400, 200)])
    assert (interviewee(log, keypoints=points_on(630.0))[:, 0] == 20).all()


def test_a_picked_person_overrules_everything() -> None:
    log = watched(lambda _frame: [person_at(20, 330), person_at(400, 200)])
    boxes = interviewee(log, keypoints=points_on(60.0), picked=PersonPoint(4.0, 450.0, 250.0))
    assert (boxes[:, 0] == 400).all()


def test_a_pick_where_nobody_is_leaves_the_rule_to_decide() -> None:
    log = watched(lambda _frame: [person_at(20, 330), person_at(400, 200)])
    assert (interviewee(log, picked=PersonPoint(4.0, 630.0, 5.0))[:, 0] == 20).all()


def test_candidates_come_in_the_order_of_the_rule_with_their_share_of_the_film() -> None:
    log = watched(lambda frame: [person_at(20, 300)] + [person_at(400, 200)] * (frame < 50))
    first, second = candidates(log, TIME_S, SIZE_PX, None)
    assert (first.presence, first.last_s) == (1.0, TIME_S[-1])
    assert second.presence == pytest.approx(0.25)
    assert second.mean_height_share == pytest.approx(200 / 360)
    assert first.tracks == choose(log, TIME_S, SIZE_PX, None, None)


def test_the_same_boxes_give_the_same_tracks() -> None:
    def crossing(frame: int) -> Boxes:
        return [person_at(40 + 2 * frame, 300), person_at(440 - 2 * frame, 180)]

    assert (watched(crossing).track == watched(crossing).track).all()


def test_a_log_survives_being_stored() -> None:
    log = watched(lambda frame: [person_at(20 + frame)])
    again = DetectionLog.from_arrays(log.arrays())
    assert all((array == again.arrays()[name]).all() for name, array in log.arrays().items())
