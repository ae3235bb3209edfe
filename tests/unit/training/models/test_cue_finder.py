"""Cues that a network finds itself: what teaches it, and how they are counted."""

import pytest
import torch

from training.data.cue_targets import UNKNOWN
from training.models.cue_finder import CueFinder

PATCH_FRAMES = 5


@pytest.fixture
def finder() -> CueFinder:
    return CueFinder(8, 1, PATCH_FRAMES)


def logits_of(probabilities: list[float]) -> torch.Tensor:
    return torch.tensor(probabilities).logit().view(1, -1, 1)


def test_each_time_that_a_cue_sets_in_is_counted_once(finder: CueFinder) -> None:
    on, off = [0.99] * 6, [0.01] * 6
    counts = finder.counts_so_far(logits_of(off + on + off + on), torch.ones(1, 24, dtype=torch.bool))
    assert counts[0, :, 0, 0].diff().nonzero().flatten().tolist() == [5, 17]
    assert counts[0, -1, 0].tolist() == pytest.approx([2, 24 * PATCH_FRAMES / 25 / 60])


def test_a_single_token_is_smoothed_away(finder: CueFinder) -> None:
    counts = finder.counts_so_far(logits_of([0.01, 0.01, 0.99, 0.01, 0.01]), torch.ones(1, 5, dtype=torch.bool))
    assert counts[0, -1, 0, 0] == 0


def test_tokens_that_are_not_there_count_neither_events_nor_minutes(finder: CueFinder) -> None:
    there = torch.tensor([[True] * 6 + [False] * 6])
    counts = finder.counts_so_far(logits_of([0.01] * 6 + [0.99] * 6), there)
    assert counts[0, -1, 0].tolist() == pytest.approx([0, 6 * PATCH_FRAMES / 25 / 60])


def test_a_token_is_taught_by_the_frame_in_its_middle(finder: CueFinder) -> None:
    targets = torch.zeros(1, 2 * PATCH_FRAMES, 1, dtype=torch.int8)
    targets[0, PATCH_FRAMES // 2] = 1
    right, wrong = logits_of([0.99, 0.01]), logits_of([0.01, 0.99])
    assert float(finder.loss(right, targets)) < 0.02 < 4 < float(finder.loss(wrong, targets))


def test_moments_that_could_not_be_measured_teach_nothing(finder: CueFinder) -> None:
    targets = torch.full((1, 2 * PATCH_FRAMES, 1), UNKNOWN, dtype=torch.int8)
    logits = logits_of([0.99, 0.01]).requires_grad_()
    finder.loss(logits, targets).backward()
    assert logits.grad is not None
    assert not logits.grad.any()


def test_a_last_token_of_few_frames_is_not_taught_by_frames_that_are_not_there(finder: CueFinder) -> None:
    targets = torch.zeros(1, PATCH_FRAMES + 1, 1, dtype=torch.int8)
    logits = logits_of([0.5, 0.99]).requires_grad_()
    finder.loss(logits, targets).backward()
    assert logits.grad is not None
    assert logits.grad[0, :, 0].ne(0).tolist() == [True, False]
