"""The model's view of key points."""

import numpy as np
import pytest
import torch
from hypothesis import given as having
from hypothesis import strategies as st

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import BODY, FACE, JOINT_COUNT, LEFT_HAND, MIRROR, NECK, NOSE
from training.data.augmentation import mirrored
from training.data.pose_input import FACE_TIP, body_spread, pose_input, resampled

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
    turned, mask = mirrored(torch.from_numpy(plain.channels), torch.from_numpy(plain.mask))
    expected = pose_input(in_a_mirror(given, WIDTH_PX))
    assert (mask.numpy() == expected.mask).all()
    np.testing.assert_allclose(turned.numpy(), expected.channels, atol=6e-3)


def test_a_face_that_only_moves_as_a_whole_has_still_face_points() -> None:
    given = track()
    given.points[1:] = given.points[0]
    given.points[:, FACE, 0] += np.linspace(0, 40, len(given.points))[:, None]
    channels = pose_input(given).channels
    inside = [joint for joint in range(FACE.start, FACE.stop) if joint != FACE_TIP]
    assert np.abs(channels[:, inside][..., :2]).max() < 2e-3
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


def test_the_neck_tells_where_in_the_clip_the_person_is() -> None:
    given = track()
    given.points[:] = given.points[0]
    given.points[6:, :, 0] += 100  # the whole person steps to the right
    made = pose_input(given)
    scale_px, _ = body_spread(given)
    assert made.channels[6, NECK, 0] - made.channels[5, NECK, 0] == pytest.approx(100 / scale_px, rel=2e-3)
    body = [joint for joint in range(BODY.stop) if joint != NECK]
    np.testing.assert_array_equal(made.channels[5, body], made.channels[6, body])


def test_the_scale_is_how_far_the_body_spreads_from_its_middle() -> None:
    points = np.zeros((5, JOINT_COUNT, 3), dtype=np.float32)
    points[:, [2, 3, 4, 5]] = [[(10, 0, 1), (-10, 0, 1), (0, 10, 1), (0, -10, 1)]]
    assert body_spread(KeypointTrack(points, np.arange(5) / 25)) == (pytest.approx(10), "spread of the body")


def test_a_person_seen_from_the_side_keeps_the_scale() -> None:
    front, side = track(seed=1), track(seed=1)
    side.points[:, [2, 5], 0] = side.points[:, [NECK], 0]  # the shoulders fall into one
    assert body_spread(side)[0] == pytest.approx(body_spread(front)[0], rel=0.1)


def test_hands_alone_are_scaled_by_all_points_and_nothing_by_one() -> None:
    hand, nothing = track(), track()
    hand.points[:, : LEFT_HAND.start] = 0
    nothing.points[:] = 0
    assert body_spread(hand)[1] == "spread of all points"
    assert body_spread(nothing) == (1.0, "no points")
    assert not pose_input(nothing).mask.any()


def test_hands_without_a_head_are_told_from_the_neck() -> None:
    given = track()
    given.points[:, [NOSE, *range(15, 19)]] = 0
    made = pose_input(given)
    assert made.mask[:, LEFT_HAND].all()


def test_without_a_neck_the_middle_of_the_trunk_takes_its_place() -> None:
    given = track()
    given.points[:] = given.points[0]
    given.points[:, NECK] = 0
    given.points[:, [8, 9, 12]] = 0
    made = pose_input(given)
    assert made.mask[:, NECK].all()
    np.testing.assert_allclose(made.channels[:, 2, :2] + made.channels[:, 5, :2], 0, atol=6e-3)


@pytest.mark.parametrize("rate_hz", [15.0, 60.0, 120.0, 7.5])
def test_another_frame_rate_is_read_at_twenty_five_frames_a_second(rate_hz: float) -> None:
    frames = round(4 * rate_hz) + 1
    given = track(frames)
    given.points[..., 0] = 100 + 10 * given.time_s[:, None] * 25 / rate_hz
    moving = KeypointTrack(given.points, np.arange(frames) / rate_hz)
    read = resampled(moving)
    assert len(read.time_s) == 101
    np.testing.assert_allclose(np.diff(read.time_s), 1 / 25)
    np.testing.assert_allclose(
        read.points[:, 0, 0], np.interp(read.time_s, moving.time_s, moving.points[:, 0, 0]), rtol=1e-5
    )


def test_a_usual_frame_rate_is_read_as_it_is() -> None:
    given = KeypointTrack(track(12).points, np.arange(12) / 29.97)
    assert resampled(given) is given


def test_a_point_between_a_seen_and_a_missing_one_is_missing() -> None:
    points = track(61).points
    points[29, 3] = 0
    read = resampled(KeypointTrack(points, np.arange(61) / 60))
    missing = [round(float(one), 2) for one in read.time_s[~read.present[:, 3]]]
    assert missing == [0.48]  # between 28/60 and 29/60


def test_one_frame_is_a_clip() -> None:
    assert pose_input(KeypointTrack(track(1).points, np.zeros(1))).channels.shape == (1, JOINT_COUNT, 3)


@having(frames=st.integers(1, 12), seed=st.integers(0, 2**32 - 1), missing=st.floats(0, 1))
def test_missing_points_stay_missing_and_all_others_are_numbers(frames: int, seed: int, missing: float) -> None:
    given = track(frames, seed)
    given.points[np.random.default_rng(seed).uniform(size=(frames, JOINT_COUNT)) < missing] = 0
    made = pose_input(given)
    others = [joint for joint in range(JOINT_COUNT) if joint != NECK]  # which holds the shift of another root, too
    assert not (made.mask & ~given.present)[:, others].any()
    assert not made.channels[~made.mask].any()
    assert np.isfinite(made.channels).all()


def test_a_neck_that_is_gone_for_a_frame_is_taken_from_its_neighbors() -> None:
    given = track(3)
    given.points[:] = given.points[0]
    given.points[:, :, 0] += np.array([0, 10, 20])[:, None]
    given.points[1, NECK] = 0
    made = pose_input(given)
    np.testing.assert_allclose(made.channels[1, NOSE, :2], made.channels[0, NOSE, :2], atol=4e-3)
    assert made.mask[:, NECK].tolist() == [True, False, True]


def test_a_clip_that_never_shows_the_neck_or_hips_is_centered_between_the_shoulders() -> None:
    given = track(3)
    given.points[:] = given.points[0]
    given.points[:, [NECK, 8, 9, 12]] = 0
    scale_px, _ = body_spread(given)
    middle = given.points[0, [2, 5], :2].mean(axis=0)
    made = pose_input(given).channels[0, NOSE, :2]
    np.testing.assert_allclose(made, (given.points[0, NOSE, :2] - middle) / scale_px, atol=4e-3)
