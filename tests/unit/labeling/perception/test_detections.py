"""The log of what was detected."""

import numpy as np

from labeling.interfaces import FrameDetections
from labeling.perception.person.detections import DetectionLog


def detections(count: int, left: float = 0.0) -> FrameDetections:
    boxes = np.tile(np.array([left, 0, left + 10, 20], dtype=np.float32), (count, 1))
    return FrameDetections(boxes, np.linspace(0.9, 0.5, count, dtype=np.float32))


def test_what_is_added_comes_back_in_its_order() -> None:
    log = DetectionLog()
    for frame in range(500):  # more than there is room for at first
        log.add(frame, detections(2, left=frame), np.array([1, -1], dtype=np.int32))
    assert log.frame.tolist() == np.repeat(np.arange(500), 2).tolist()
    assert log.box_xyxy_px[::2, 0].tolist() == list(range(500))
    assert log.track.tolist() == [1, -1] * 500


def test_a_log_of_stored_arrays_goes_on_where_it_stopped() -> None:
    log = DetectionLog()
    log.add(0, detections(1), np.array([1], dtype=np.int32))
    again = DetectionLog.from_arrays(log.arrays())
    for each in (log, again):
        each.add(3, detections(2), np.array([1, 2], dtype=np.int32))
    assert all(np.array_equal(stored, log.arrays()[name]) for name, stored in again.arrays().items())


def test_frames_without_anybody_take_no_row() -> None:
    log = DetectionLog.from_arrays(DetectionLog().arrays())
    log.add(0, detections(0), np.zeros(0, dtype=np.int32))
    assert {name: len(array) for name, array in log.arrays().items()} == {
        "detection_frame": 0,
        "detection_box_xyxy_px": 0,
        "detection_confidence": 0,
        "detection_track": 0,
    }
