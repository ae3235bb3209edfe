"""Where the tensors are: one device a process, chosen by `training.device`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from core.errors import TrainingError


def device_of(wanted: str) -> torch.device:
    """Of "auto": CUDA where torch finds it, else the CPU. Raises TrainingError for "cuda" where there is none."""
    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        raise TrainingError("training.device is cuda, and torch finds no CUDA device here; use auto or cpu.")
    return torch.device("cuda" if found and wanted != "cpu" else "cpu")


def place_of(model: torch.nn.Module) -> torch.device:
    """The device that a model's weights are on."""
    return next(model.parameters()).device


def random_state() -> dict[str, Any]:
    """Of torch's generators on every device, for `set_random_state` and for a checkpoint."""
    there = torch.cuda.is_available()
    return {"torch_random": torch.get_rng_state(), "cuda_random": torch.cuda.get_rng_state_all() if there else []}


def set_random_state(state: Mapping[str, Any]) -> None:
    """Takes up where `random_state` was asked; of another machine's CUDA devices nothing is taken over."""
    torch.set_rng_state(state["torch_random"])
    if torch.cuda.device_count() == len(state.get("cuda_random", [])):
        torch.cuda.set_rng_state_all(state.get("cuda_random", []))


def wait_for(device: torch.device) -> None:
    """Until what was asked of the device is done; the CPU is done at once."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def memory_told(sentence: Callable[[], str]) -> Iterator[None]:
    """TrainingError with the sentence where a step asked for more memory than there is."""
    try:
        yield
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise TrainingError(sentence()) from error


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a step asked for more memory than there is, on either device; torch has a type of its own for CUDA alone."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
