"""The device of a process's tensors, chosen by the setting `training.device`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from core.errors import TrainingError


def device_of(wanted: str) -> torch.device:
    """The device for "auto" (CUDA if available), "cpu" or "cuda". Raises TrainingError for "cuda" where there is
    none.
    """
    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        raise TrainingError("training.device is cuda, and torch finds no CUDA device here; use auto or cpu.")
    return torch.device("cuda" if found and wanted != "cpu" else "cpu")


def device_of_model(model: torch.nn.Module) -> torch.device:
    """The device of a model's weights."""
    return next(model.parameters()).device


def random_state() -> dict[str, Any]:
    """The states of torch's generators on every device, for `set_random_state` or a checkpoint."""
    there = torch.cuda.is_available()
    return {"torch_random": torch.get_rng_state(), "cuda_random": torch.cuda.get_rng_state_all() if there else []}


def set_random_state(state: Mapping[str, Any]) -> None:
    """Restores a `random_state`; its CUDA part only where the number of CUDA devices is the same."""
    torch.set_rng_state(state["torch_random"])
    if torch.cuda.device_count() == len(state.get("cuda_random", [])):
        torch.cuda.set_rng_state_all(state.get("cuda_random", []))


def wait_for(device: torch.device) -> None:
    """Waits until all work queued on the device is done, so that it can be timed. Returns at once for the CPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def out_of_memory_explained(sentence: Callable[[], str]) -> Iterator[None]:
    """Turns an out-of-memory error into TrainingError with the given sentence."""
    try:
        yield
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise TrainingError(sentence()) from error


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether the error is out of memory; torch has an exception type for CUDA but not for the CPU."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
