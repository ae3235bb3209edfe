import numpy as np
import pytest

from core.errors import KeypointError
from core.pose.keypoints import SHOULDER_WIDTHS_PER_EYE_DISTANCE, KeypointTrack, body_scale
from core.pose.skeleton import LEFT_EYE, LEFT_SHOULDER, NECK, NOSE, RIGHT_EYE, RIGHT_SHOULDER

PLACES = {
    NOSE: (300, 200),
    NECK: (300, 300),
    RIGHT_SHOULDER: (250, 300),
    LEFT_SHOULDER: (350, 300),
    RIGHT_EYE: (290, 190),
    LEFT_EYE: (310, 190),
}


def points_of(frames: int, joints: dict[int, tuple[float, float]]) -> np.ndarray:
    points = np.zeros((frames, 137, 3), np.float32)
    for joint, place in joints.items():
        points[:, joint] = (*place, 0.5)
    return points


def track_of(points: np.ndarray) -> KeypointTrack:
    return KeypointTrack(points, np.arange(len(points)) / 25)


def test_shoulders_give_the_scale() -> None:
    assert body_scale(track_of(points_of(3, PLACES))) == (100.0, "shoulder width")


def test_without_shoulders_the_eyes_give_the_scale() -> None:
    joints = {joint: place for joint, place in PLACES.items() if joint not in {RIGHT_SHOULDER, LEFT_SHOULDER}}
    scale_px, source = body_scale(track_of(points_of(3, joints)))
    assert scale_px == pytest.approx(20 * SHOULDER_WIDTHS_PER_EYE_DISTANCE)
    assert source == f"eye distance x {SHOULDER_WIDTHS_PER_EYE_DISTANCE:g}"


def test_one_odd_frame_of_shoulders_does_not_give_the_scale() -> None:
    points = points_of(500, {RIGHT_EYE: (290, 190), LEFT_EYE: (310, 190)})
    points[7, RIGHT_SHOULDER], points[7, LEFT_SHOULDER] = (0, 300, 0.1), (900, 300, 0.1)
    assert body_scale(track_of(points))[1].startswith("eye distance")


def test_a_clip_without_points_has_a_scale_that_says_so() -> None:
    assert body_scale(track_of(np.zeros((4, 137, 3), np.float32))) == (1.0, "no points")


def test_duration_ends_with_the_last_frame() -> None:
    assert track_of(np.zeros((50, 137, 3), np.float32)).duration_s == pytest.approx(2.0)
    assert KeypointTrack(np.zeros((0, 137, 3), np.float32), np.zeros(0)).duration_s == 0


@pytest.mark.parametrize(
    ("points", "time_s", "sentence"),
    [
        (np.zeros((3, 25, 3)), np.arange(3.0), "shape"),
        (np.zeros((3, 137, 3)), np.arange(4.0), "times"),
        (np.zeros((3, 137, 3)), np.array([0.0, 1.0, 1.0]), "strictly increase"),
        (np.full((3, 137, 3), np.nan), np.arange(3.0), "not a number"),
        (np.full((3, 137, 3), (5.0, 5.0, 0.0)), np.arange(3.0), "without confidence"),
        (np.full((3, 137, 3), (5.0, 5.0, -1.0)), np.arange(3.0), "without confidence"),
    ],
)
def test_points_or_times_that_are_none_are_refused(points: np.ndarray, time_s: np.ndarray, sentence: str) -> None:
    with pytest.raises(KeypointError, match=sentence):
        KeypointTrack(points, time_s)
