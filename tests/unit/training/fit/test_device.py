"""Which device is taken, and which errors mean that its memory is full."""

import pytest
import torch

from core.errors import TrainingError
from training.fit.device import device_of, is_out_of_memory, random_state, set_random_state


@pytest.mark.parametrize(
    ("wanted", "there", "taken"), [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu")]
)
def test_auto_takes_cuda_where_it_is(wanted: str, there: bool, taken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert device_of(wanted).type == taken


def test_cuda_where_there_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(TrainingError, match=r"training\.device is cuda, and torch finds no CUDA device here"):
        device_of("cuda")


def test_the_cpu_that_is_asked_for_more_than_there_is_says_so() -> None:
    with pytest.raises(RuntimeError) as refused:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(refused.value)


def test_another_error_is_not_taken_for_want_of_memory() -> None:
    with pytest.raises(RuntimeError) as refused:
        torch.ones(2) @ torch.ones(3)
    assert not is_out_of_memory(refused.value)


def test_a_random_state_that_is_put_back_draws_the_same_again() -> None:
    state = random_state()
    drawn = torch.rand(3)
    set_random_state(state)
    assert torch.equal(torch.rand(3), drawn)
