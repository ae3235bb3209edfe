"""How strongly a person moves, by pace."""

import math

import pytest
import torch

from core.pose.skeleton import JOINT_COUNT, RIGHT_WRIST
from training.models.band_energies import BANDS_FRAMES, band_count, band_energies, band_energies_so_far

ALL = tuple(range(JOINT_COUNT))
WRIST = 2 * RIGHT_WRIST
COORDINATES = 2 * JOINT_COUNT


def swinging(
    frames: int, period_frames: float, joint: int = RIGHT_WRIST, clips: int = 1
) -> tuple[torch.Tensor, torch.Tensor]:
    """A person of whom one joint swings by one spread in x."""
    points = torch.zeros(clips, frames, JOINT_COUNT, 3)
    points[:, :, joint, 0] = torch.sin(2 * math.pi * torch.arange(frames) / period_frames)
    return points, torch.ones(clips, frames, JOINT_COUNT, dtype=torch.bool)


def by_band(energies: torch.Tensor, coordinate: int = WRIST) -> list[float]:
    return [float(one) for one in energies.view(len(BANDS_FRAMES), COORDINATES)[:, coordinate]]


@pytest.mark.parametrize("number", range(1, 5))
def test_a_movement_shows_most_in_the_band_of_half_its_period(number: int) -> None:
    found = by_band(band_energies(*swinging(1_000, 2.0 * BANDS_FRAMES[number]), ALL)[0])
    assert found.index(max(found)) == number


def test_only_what_moves_has_energy() -> None:
    energies = band_energies(*swinging(400, 20), ALL)[0].view(len(BANDS_FRAMES), COORDINATES)
    others = [one for one in range(COORDINATES) if one != WRIST]
    assert float(energies[:, others].abs().max()) < 1e-6 < float(energies[:, WRIST].min())


def test_a_shift_of_the_place_changes_nothing() -> None:
    points, mask = swinging(400, 20)
    torch.testing.assert_close(
        band_energies(points + 3, mask, ALL), band_energies(points, mask, ALL), atol=1e-5, rtol=1e-4
    )


def test_twice_the_way_is_four_times_the_energy() -> None:
    points, mask = swinging(400, 20)
    torch.testing.assert_close(band_energies(2 * points, mask, ALL), 4 * band_energies(points, mask, ALL))


def test_padding_changes_nothing_and_a_short_clip_has_no_slow_band() -> None:
    short, mask = swinging(20, 8)
    padded = torch.nn.functional.pad(short, (0, 0, 0, 0, 0, 300)), torch.nn.functional.pad(mask, (0, 0, 0, 300))
    found = band_energies(short, mask, ALL)
    torch.testing.assert_close(band_energies(*padded, ALL), found, atol=1e-6, rtol=1e-4)
    assert [energy > 0 for energy in by_band(found[0])] == [2 * frames <= 20 for frames in BANDS_FRAMES]


def test_a_missing_point_is_at_rest() -> None:
    points, mask = swinging(400, 20)
    mask[:, :, RIGHT_WRIST] = False
    assert max(by_band(band_energies(points, mask, ALL)[0])) == 0


def test_the_energies_so_far_end_with_those_of_the_clip() -> None:
    points, mask = swinging(300, 20)
    found = band_energies_so_far(points, mask, ALL, torch.tensor([0, 99, 299]))
    torch.testing.assert_close(found[-1], band_energies(points, mask, ALL)[0], atol=1e-6, rtol=1e-4)
    assert float(found[0].abs().max()) == 0


def test_a_body_alone_has_the_energies_of_its_joints() -> None:
    points, mask = swinging(100, 10)
    body = tuple(range(25))
    assert band_energies(points, mask, body).shape == (1, band_count(body)) == (1, 2 * 25 * len(BANDS_FRAMES))
