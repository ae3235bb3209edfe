"""What makes hostile inputs of one kind and feeds them to Telltale."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Fuzzer:
    """All three functions are called in a child process.

    `prepare(folder)` once a process: what all inputs need, such as valid originals; its result is handed to the others.
    `make(prepared, chance, folder)`: one input, from `chance` alone, so that its number makes it again; `folder` is empty
    and the input's own.
    `feed(prepared, made)` gives it to Telltale. It returns where the input was taken, raises a TelltaleError where it was
    refused, and AssertionError where the input was taken for what it is not. Any other exception is a fault.
    """

    name: str
    prepare: Callable[[Path], Any]
    make: Callable[[Any, random.Random, Path], Any]
    feed: Callable[[Any, Any], object]
