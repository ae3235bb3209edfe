"""Ultralytics, told to keep still before it is imported: afterwards it would have no effect."""

import atexit
import logging
import os
import shutil
import tempfile

from core.errors import WeightsError

_ENVIRONMENT = {
    "YOLO_OFFLINE": "true",  # it looks up two hosts else, and fetches weights that nobody asked for
    "YOLO_AUTOINSTALL": "false",  # it installs packages by itself else
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "1",
}


def import_ultralytics() -> None:
    """Imports it without look-ups of hosts, installations, a settings file in the user's home, or pickles that run code.

    Its import caps the threads of OpenMP, in this process and those it starts, and of OpenCV; both are put back. Raises
    WeightsError where the version that is installed cannot read weights without running what they hold.
    """
    import cv2
    import torch  # first, so that it reads the cap on its threads that somebody else set

    os.environ.update(_ENVIRONMENT)
    logging.getLogger("ultralytics").setLevel(logging.ERROR)
    before = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "YOLO_CONFIG_DIR")}
    threads = torch.get_num_threads(), cv2.getNumThreads()
    if before["YOLO_CONFIG_DIR"] is None:
        os.environ["YOLO_CONFIG_DIR"] = _own_folder()
    try:
        from ultralytics.nn import tasks
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    torch.set_num_threads(threads[0])
    cv2.setNumThreads(threads[1])
    if not tasks._SafeLoad.SUPPORTED:
        raise WeightsError("This PyTorch is too old to read an Ultralytics model without running what its file holds.")
    tasks.SAFE_LOAD = True  # also where somebody imported the library before, without the variable


_folders: list[str] = []


def _own_folder() -> str:
    if not _folders:
        _folders.append(tempfile.mkdtemp(prefix="telltale-ultralytics-"))
        atexit.register(shutil.rmtree, _folders[0], ignore_errors=True)
    return _folders[0]
