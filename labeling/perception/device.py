"""Device and precision of the models."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.errors import SettingsError

_LOADING = threading.RLock()


@contextmanager
def loading_alone() -> Iterator[None]:
    """One model loads at a time, and PyTorch's default type is afterwards what it was.

    transformers sets it to the type of the model that it loads, for all threads; two loads at once would restore each other's.
    """
    with _LOADING:
        before = torch.get_default_dtype()
        try:
            yield
        finally:
            torch.set_default_dtype(before)


def pick_device(name: str) -> torch.device:
    """The device of the setting `perception.device`; `auto` is CUDA, else MPS, else the CPU.

    Raises SettingsError if this machine does not have the named one.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda":
        there = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= there:
            raise SettingsError(
                f"perception.device is {name!r}, but this machine has {there} CUDA devices that PyTorch can use."
            )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise SettingsError("perception.device is 'mps', but this machine has no Apple GPU that PyTorch can use.")
    return device


def compute_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 if the hardware supports it (CUDA from Ampere on, a CPU with AMX or AVX-512 BF16), else float32."""
    if device.type == "cuda":
        capable = torch.cuda.get_device_capability(device) >= (8, 0)
    elif device.type == "cpu":
        has = torch.cpu.get_capabilities()
        capable = bool(has.get("amx_bf16", False) or has.get("avx512_bf16", False))
    else:
        capable = False
    return torch.bfloat16 if capable else torch.float32
