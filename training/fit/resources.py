"""The settings of a run, resolved once (training.data.resolved_settings) and written into its folder.

A resumed run, every seed and another machine that goes on with the run use what is written.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import psutil
import scipy.linalg  # noqa: F401  # loads its BLAS, which `take_threads` limits
import torch
from threadpoolctl import threadpool_limits

from core.durable_files import replacing
from core.errors import TrainingError
from core.json_files import read_json
from core.settings.training import TrainingSettings
from training.data.resolved_settings import Machine, resolved_values

RESOLVED_FILE = "resolved_settings.json"


def take_threads(settings: TrainingSettings) -> None:
    """Lets this process compute with the threads of the resolved settings, and linear algebra of NumPy and SciPy with one:
    the last bits of its results depend on the number, and its matrices are too small to gain from a second.
    """
    threadpool_limits(1, user_api="blas")
    torch.set_num_threads(settings.threads)


def resolved(settings: TrainingSettings, frames: Sequence[int], folder: Path | None) -> TrainingSettings:
    """The settings with every 0 replaced. `frames`: of the clips of the curated set. What the folder of a resumed run has
    is taken from there, else written there.

    Raises TrainingError where the file of a resumed run cannot be read.
    """
    path = None if folder is None else folder / RESOLVED_FILE
    if path is not None and path.exists():
        return read_json(path, TrainingSettings, raises=TrainingError, remedy="delete the run's folder and train again")
    gpu = settings.device != "cpu" and torch.cuda.is_available()
    memory_bytes = torch.cuda.mem_get_info()[1] if gpu else psutil.virtual_memory().total
    found = resolved_values(settings, frames, Machine(memory_bytes, gpu))
    if path is not None:
        with replacing(path) as partial:
            partial.write_text(json.dumps(found.model_dump(mode="json")), encoding="utf-8")
    return found
