"""Importing Ultralytics without network access and installations; its environment variables must be set before the import."""

import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import WeightsError

_ENVIRONMENT = {
    "YOLO_OFFLINE": "true",  # otherwise it contacts two hosts and downloads weights
    "YOLO_AUTOINSTALL": "false",  # otherwise it installs packages
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "1",
}


def import_ultralytics() -> None:
    """Imports it without network access, installations, a settings file in the user's home, or unpickling of code.

    Raises WeightsError if the installed PyTorch cannot load weights without running code.
    """
    os.environ.update(_ENVIRONMENT)
    logging.getLogger("ultralytics").setLevel(logging.ERROR)
    before = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "YOLO_CONFIG_DIR")}
    if before["YOLO_CONFIG_DIR"] is None:
        os.environ["YOLO_CONFIG_DIR"] = _own_folder()
    try:
        with threads_kept():
            from ultralytics.nn import tasks
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    if not tasks._SafeLoad.SUPPORTED:
        raise WeightsError("This PyTorch is too old to read an Ultralytics model without running what its file holds.")
    tasks.SAFE_LOAD = True  # also if the library was imported before without the variable


@contextmanager
def threads_kept() -> Iterator[None]:
    """Restores the numbers of threads of PyTorch and OpenCV, which Ultralytics lowers on import and on choosing a device."""
    import cv2
    import torch

    threads = torch.get_num_threads(), cv2.getNumThreads()
    try:
        yield
    finally:
        torch.set_num_threads(threads[0])
        cv2.setNumThreads(threads[1])


_folders: list[str] = []


def _own_folder() -> str:
    if not _folders:
        _folders.append(tempfile.mkdtemp(prefix="telltale-ultralytics-"))
        atexit.register(shutil.rmtree, _folders[0], ignore_errors=True)
    return _folders[0]
