"""What is costly to make and only copied or read by tests: made by the first worker of a test run that wants it, for all."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder of this name in the run's temporary folder; `make` fills it, unless a worker has done so before."""
    shared = factory.getbasetemp()
    if shared.name.startswith("popen-"):  # a worker's own
        shared = shared.parent
    folder, made = shared / f"once-{name}", shared / f"once-{name}.made"
    with FileLock(shared / f"once-{name}.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
