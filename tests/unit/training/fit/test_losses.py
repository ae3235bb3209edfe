"""The three losses against figures worked out by hand, and what wrong labels do to them."""

import math

import pytest
import torch

from training.fit.losses import LOSSES, bootstrapping, cross_entropy, generalized_cross_entropy

ONE_OF_TWO = torch.tensor([[1.0, 0.0]])


def logits(p: float) -> torch.Tensor:
    """Of two labels, the first with probability p."""
    return torch.tensor([[math.log(p), math.log(1 - p)]])


def test_cross_entropy_is_minus_the_logarithm_of_the_labels_probability() -> None:
    assert cross_entropy(logits(0.25), ONE_OF_TWO).item() == pytest.approx(math.log(4))


def test_generalized_cross_entropy_is_one_minus_the_powered_probability() -> None:
    assert generalized_cross_entropy(logits(0.25), ONE_OF_TWO).item() == pytest.approx((1 - 0.25**0.7) / 0.7)


def test_bootstrapping_believes_the_model_by_a_twentieth() -> None:
    own = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert bootstrapping(logits(0.25), ONE_OF_TWO).item() == pytest.approx(0.95 * math.log(4) + 0.05 * own)


@pytest.mark.parametrize("name", [*LOSSES])
def test_a_divided_target_costs_the_shares_of_its_labels(name: str) -> None:
    loss, (p, divided) = LOSSES[name], (logits(0.25), torch.tensor([[0.75, 0.25]]))
    first, second = (loss(p, one).item() for one in (ONE_OF_TWO, ONE_OF_TWO.flip(1)))
    assert loss(p, divided).item() == pytest.approx(0.75 * first + 0.25 * second)


@pytest.mark.parametrize("name", [*LOSSES])
def test_a_label_that_the_model_holds_for_impossible_has_a_finite_gradient(name: str) -> None:
    given = torch.tensor([[-200.0, 200.0]], requires_grad=True)
    torch.autograd.backward(LOSSES[name](given, ONE_OF_TWO).sum())
    assert given.grad is not None
    assert given.grad.isfinite().all()


def test_one_wrong_label_far_off_pulls_less_at_the_generalised_loss() -> None:
    pulls = {}
    for name in ("cross-entropy", "generalized-cross-entropy"):
        given = logits(0.01).requires_grad_()
        torch.autograd.backward(LOSSES[name](given, ONE_OF_TWO).sum())
        assert given.grad is not None
        pulls[name] = given.grad.abs().max().item()
    assert pulls["generalized-cross-entropy"] < 0.1 * pulls["cross-entropy"]
