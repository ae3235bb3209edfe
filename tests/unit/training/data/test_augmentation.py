"""What a batch of key points is changed by, and that a missing point stays missing through all of it."""

import math

import pytest
import torch

from core.pose.skeleton import FACE, JOINT_COUNT, MIRROR
from core.settings.training import TrainingSettings
from tests.unit.training.models.test_models import example
from training.data.augmentation import Augmentation
from training.data.batch import Batch, ModalityInput, collate

EVERYTHING = Augmentation(0.5, 30.0, 0.2, 0.2, 0.2, 0.2, 0.1)


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(*frames: int) -> Batch:
    return collate([example(one, number, ("pose",)) for number, one in enumerate(frames or (20, 31))], ("pose",))


def pose(of: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    given: ModalityInput = of.inputs["pose"]
    assert given.values is not None
    assert given.mask is not None
    return given.values, given.mask


@pytest.mark.parametrize("seed", range(5))
def test_a_missing_point_stays_missing_and_zero(seed: int) -> None:
    points, mask = pose(EVERYTHING(batch(), random(seed)))
    assert points.shape == (2, 31, JOINT_COUNT, 3)
    assert (points[~mask] == 0).all()


def test_without_any_change_the_batch_is_as_it_was() -> None:
    given = batch()
    points, mask = pose(Augmentation()(given, random()))
    assert torch.equal(points, pose(given)[0])
    assert torch.equal(mask, pose(given)[1])


def test_a_mirrored_clip_has_left_and_right_in_each_others_place() -> None:
    given, turned = pose(batch()), pose(Augmentation(mirror_share=1.0)(batch(), random()))
    assert torch.equal(turned[1], given[1][..., list(MIRROR)])
    assert torch.equal(turned[0][..., 0], -given[0][:, :, list(MIRROR), 0])


def test_half_the_clips_are_mirrored_and_the_others_are_not() -> None:
    given = batch(*[20] * 40)
    same = (pose(Augmentation(mirror_share=0.5)(given, random()))[0] == pose(given)[0]).flatten(1).all(dim=1)
    assert 10 < int(same.sum()) < 30


def test_a_rotation_keeps_every_length_and_no_more_than_its_angle() -> None:
    given, turned = pose(batch())[0], pose(Augmentation(rotation_deg=30)(batch(), random()))[0]
    torch.testing.assert_close(turned[..., :2].norm(dim=-1), given[..., :2].norm(dim=-1))
    between = torch.nn.functional.cosine_similarity(given[..., :2], turned[..., :2], dim=-1)[pose(batch())[1]]
    assert math.cos(math.radians(30)) - 1e-3 <= between.min() < 0.999


def test_the_map_of_a_clip_is_one_linear_map_for_all_its_points() -> None:
    given, turned = (
        pose(one)[0][0, :, :, :2].reshape(-1, 2) for one in (batch(), Augmentation(0, 15, 0.1, 0.1)(batch(), random()))
    )
    found = torch.linalg.lstsq(given, turned).solution
    torch.testing.assert_close(given @ found, turned, atol=1e-4, rtol=1e-3)
    assert not torch.allclose(found, torch.eye(2), atol=1e-3)


def test_a_lost_part_is_lost_for_the_whole_clip_and_something_is_left() -> None:
    lost = [
        bool(pose(Augmentation(stream_dropout=0.5)(batch(20), random(seed)))[1][0, :, FACE].any()) for seed in range(20)
    ]
    assert {True, False} == set(lost)
    nearly_all = Augmentation(stream_dropout=0.9999)(batch(20), random())
    assert torch.equal(pose(nearly_all)[1], pose(batch(20))[1])


def test_an_unsure_point_jitters_twice_as_much() -> None:
    points = torch.zeros(1, 200, JOINT_COUNT, 3)
    points[:, :, 60:, 2] = 1
    mask = torch.ones(1, 200, JOINT_COUNT, dtype=torch.bool)
    given = Batch((0,), None, torch.ones(1), {"pose": ModalityInput(torch.ones(1, dtype=torch.bool), points, mask)})
    moved = pose(Augmentation(jitter=0.1)(given, random()))[0][..., :2]
    assert float(moved[:, :, 60:].std()) == pytest.approx(0.1, rel=0.02)
    assert float(moved[:, :, :60].std()) == pytest.approx(0.2, rel=0.02)


def test_the_settings_can_turn_everything_off() -> None:
    off = TrainingSettings(
        rotation_deg=0, scale_change=0, shear=0, joint_dropout=0, stream_dropout=0, jitter=0, mixup=0
    )
    assert Augmentation.of(off, mirror=False) == Augmentation()
    assert Augmentation.of(off, mirror=True) == Augmentation(mirror_share=0.5)


def test_a_batch_without_key_points_comes_back_as_it_is() -> None:
    given = collate([example(20, 0, ("image",))], ("image",))
    assert EVERYTHING(given, random()) is given
