"""Clips blended with a partner of their batch."""

import torch

from training.data.mixing import Mixing

CPU = torch.device("cpu")


def swapped(*share: float) -> Mixing:
    return Mixing(torch.tensor(share), torch.tensor([1, 0]))


def test_rows_lie_between_a_clip_and_its_partner() -> None:
    blended = swapped(0.75, 0.5).rows(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    assert blended.tolist() == [[0.75, 0.25], [0.5, 0.5]]


def test_a_partner_is_stretched_to_the_length_of_the_clip() -> None:
    there = torch.ones(2, 41, dtype=torch.bool)
    there[0, 21:] = False
    values = torch.zeros(2, 41, 1)
    values[1, :, 0] = torch.arange(41.0)
    blended = swapped(0.5, 1.0).over_time(values, there)
    torch.testing.assert_close(blended[0, :21, 0], torch.arange(21.0))
    torch.testing.assert_close(blended[1], values[1])


def test_a_clip_without_a_moment_blends_without_fail() -> None:
    blended = swapped(0.5, 0.5).over_time(torch.ones(2, 3, 1), torch.zeros(2, 3, dtype=torch.bool))
    assert torch.isfinite(blended).all()


def test_a_blended_clip_is_mostly_itself() -> None:
    shares = Mixing.drawn(0.3, 200, torch.Generator().manual_seed(0), CPU).share
    assert 0.5 <= float(shares.min()) < 0.7 < float(shares.max()) <= 1


def test_the_same_generator_draws_the_same_partners() -> None:
    one, other = (Mixing.drawn(0.3, 20, torch.Generator().manual_seed(5), CPU) for _ in range(2))
    assert torch.equal(one.partner, other.partner)
    assert torch.equal(one.share, other.share)
