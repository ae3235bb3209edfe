"""What training windows are changed by, and that a missing point stays missing through all of it."""

import numpy as np
import pytest
import torch

from core.pose.skeleton import FACE, JOINT_COUNT, MIRROR
from core.settings.training import TrainingSettings
from tests.unit.training.models.test_models import example
from training.data.augmentation import Augmentation, jitter_
from training.data.batch import Example

FRAMES = 40


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def sure(confidence: float) -> Example:
    given = example(FRAMES, modalities=("pose",))
    given.values["pose"][..., 2] = np.where(given.pose_mask, confidence, 0)
    return given


@pytest.mark.parametrize("seed", range(5))
def test_a_missing_point_stays_missing_and_zero(seed: int) -> None:
    given = sure(0.5)
    changed = Augmentation(0.5, 0.3, 0.2, 0.2, 0.1)(given, random(seed), frames=31)
    assert changed.pose_mask is not None
    assert changed.values["pose"].shape == (31, JOINT_COUNT, 5)
    assert (changed.values["pose"][~changed.pose_mask] == 0).all()


def test_without_any_change_the_window_is_as_it_was() -> None:
    given = sure(0.5)
    same = Augmentation()(given, random(), frames=FRAMES)
    np.testing.assert_array_equal(same.values["pose"], given.values["pose"])
    assert Augmentation().speed(random()) == 1


def test_a_mirrored_window_has_left_and_right_in_each_others_place() -> None:
    given = sure(0.5)
    turned = Augmentation(mirror_share=1.0)(given, random(), frames=FRAMES)
    np.testing.assert_array_equal(turned.pose_mask, given.pose_mask[:, list(MIRROR)])  # type: ignore[index]
    np.testing.assert_array_equal(turned.values["pose"][..., 0], -given.values["pose"][:, list(MIRROR), 0])


def test_the_speed_is_within_its_range_and_on_both_sides_of_one() -> None:
    draw = random()
    speeds = [Augmentation(speed_change=0.25).speed(draw) for _ in range(200)]
    assert 1 / 1.25 <= min(speeds) < 0.9 < 1.1 < max(speeds) <= 1.25


def test_twice_the_speed_is_half_the_frames_and_twice_the_offsets() -> None:
    place = np.arange(FRAMES, dtype=np.float16)[:, None].repeat(JOINT_COUNT, axis=1)
    channels = np.zeros((FRAMES, JOINT_COUNT, 5), dtype=np.float16)
    channels[..., 0], channels[..., 3] = place, 1
    mask = np.ones((FRAMES, JOINT_COUNT), dtype=bool)
    fast = Augmentation()(Example(0, None, 1.0, {"pose": channels}, mask), random(), frames=FRAMES // 2).values["pose"]
    assert (np.diff(fast[:, 0, 0]) == 2).all()
    assert (fast[..., 3] == 2).all()


def test_a_lost_part_is_lost_for_the_whole_window_and_something_is_left() -> None:
    given = sure(0.5)
    lost = [
        Augmentation(stream_dropout=0.5)(given, random(seed), frames=FRAMES).pose_mask[:, FACE].any()  # type: ignore[index]
        for seed in range(20)
    ]
    assert {True, False} == set(lost)
    nearly_all = Augmentation(stream_dropout=0.999)(given, random(), frames=FRAMES)
    np.testing.assert_array_equal(nearly_all.pose_mask, given.pose_mask)


def test_a_sure_point_does_not_jitter_and_an_unsure_one_does() -> None:
    for confidence, moves in ((1.0, False), (0.2, True)):
        given = sure(confidence)
        out = Augmentation(jitter=0.1)(given, random(), frames=FRAMES).values["pose"]
        assert (np.abs(out - given.values["pose"]).max() > 0.05) == moves


def test_the_offsets_of_jittered_points_are_those_of_their_places() -> None:
    points = torch.zeros(FRAMES, JOINT_COUNT, 5)
    jitter_(points, torch.ones(FRAMES, JOINT_COUNT, dtype=torch.bool), 0.1, random())
    torch.testing.assert_close(points[1:, :, 3:], points[1:, :, :2] - points[:-1, :, :2])


def test_the_settings_can_turn_everything_off_but_the_mirror() -> None:
    off = TrainingSettings(speed_change=0, joint_dropout=0, stream_dropout=0, jitter=0)
    assert Augmentation.of(off) == Augmentation(mirror_share=0.5)


def test_a_window_without_key_points_comes_back_as_it_is() -> None:
    given = example(FRAMES, modalities=("image",))
    assert Augmentation(0.5, 0.5, 0.5, 0.5, 0.5)(given, random(), frames=3) is given
