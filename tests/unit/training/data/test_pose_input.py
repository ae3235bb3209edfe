"""The model's view of key points."""

import numpy as np

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import FACE, JOINT_COUNT, LEFT_HAND, MIRROR, NECK, NOSE
from training.data.pose_input import FACE_TIP, mirrored, pose_input

WIDTH_PX = 640


def track(frames: int = 12, seed: int = 0) -> KeypointTrack:
    random = np.random.default_rng(seed)
    points = random.uniform(50, 400, size=(frames, JOINT_COUNT, 3)).astype(np.float32)
    points[..., 2] = 0.9
    return KeypointTrack(points, np.arange(frames) / 25)


def in_a_mirror(track: KeypointTrack, width_px: float) -> KeypointTrack:
    """The track as a mirror held to a picture of that width shows it; left and right joints change places."""
    points = track.points[:, list(MIRROR)].copy()
    there = points[..., 2] > 0
    points[..., 0] = np.where(there, width_px - points[..., 0], 0)
    return KeypointTrack(points, track.time_s)


def test_the_mirrored_input_is_the_input_of_the_mirrored_video() -> None:
    given = track()
    given.points[3, 101] = 0
    given.points[5, NOSE] = 0
    plain = pose_input(given)
    turned, mask = mirrored(plain.channels, plain.mask)
    expected = pose_input(in_a_mirror(given, WIDTH_PX))
    assert (mask == expected.mask).all()
    np.testing.assert_allclose(turned, expected.channels, atol=6e-3)


def test_a_face_that_only_moves_as_a_whole_has_still_face_points() -> None:
    given = track()
    given.points[1:] = given.points[0]
    given.points[:, FACE, 0] += np.linspace(0, 40, len(given.points))[:, None]
    channels = pose_input(given).channels
    inside = [joint for joint in range(FACE.start, FACE.stop) if joint != FACE_TIP]
    assert np.abs(channels[:, inside][..., [0, 1, 3, 4]]).max() < 2e-3
    assert np.ptp(channels[:, FACE_TIP, 0]) > 0.05


def test_whose_face_it_is_does_not_show() -> None:
    one, other = track(seed=1), track(seed=1)
    other.points[:, FACE.start : FACE.start + 10, :2] += 30
    inside = slice(FACE.start, FACE.start + 10)
    np.testing.assert_allclose(pose_input(one).channels[:, inside], pose_input(other).channels[:, inside], atol=6e-3)


def test_the_distance_of_a_hand_from_the_face_shows() -> None:
    given = track()
    given.points[:, LEFT_HAND.start, :2] = given.points[:, NOSE, :2]
    assert (pose_input(given).channels[:, LEFT_HAND.start, :2] == 0).all()


def test_a_hand_without_points_stays_missing() -> None:
    given = track()
    given.points[:, LEFT_HAND] = 0
    made = pose_input(given)
    assert not made.mask[:, LEFT_HAND].any()
    assert not made.channels[:, LEFT_HAND].any()
    assert made.mask[:, NECK].all()


def test_a_point_that_comes_back_has_no_offset() -> None:
    given = track()
    given.points[4, LEFT_HAND.start + 3] = 0
    channels = pose_input(given).channels
    assert not channels[5, LEFT_HAND.start + 3, 3:].any()
    assert channels[6, LEFT_HAND.start + 3, 3:].any()
