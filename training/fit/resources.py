"""What the settings leave open, resolved once a run: batch, frames of a step, frames of a token, steps, threads.

The values follow the clips and the machine, and are written into the run's folder: a resumed run, every seed and another
machine that goes on with the run use what is written.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import psutil
import torch

from core.durable_files import replacing
from core.errors import TrainingError
from core.json_files import read_json
from core.settings.training import SHORT_PATCH_FRAMES, TrainingSettings

RESOLVED_FILE = "resolved_settings.json"

_BYTES_OF_A_FRAME = 32 * 2**10  # of a training step of PoseMLP 64 wide at 137 points, measured; features are most of it
_SHARE_OF_MEMORY = 0.1
_MOST_FRAMES = {"cpu": 80_000, "cuda": 640_000}
_LEAST_FRAMES = 2_000
_SHORT_FRAMES = 500  # clips of up to 20 seconds: few frames, each of which may matter
_LONG_PATCH = 5
_SHORT_CLIPS, _LONG_CLIPS = 32, 16
_LONG_READ = (
    1_000  # frames that a step reads of a longer clip on the CPU: what tells its label by rate is read of it whole
)
_SHORT_PASSES, _LONG_PASSES = (
    40,
    20,
)  # over the clips; the first by three sets of movements, the second by simulated interviews
_LEAST_STEPS, _MOST_STEPS = 400, 2_000


def resolved(settings: TrainingSettings, frames: Sequence[int], folder: Path | None) -> TrainingSettings:
    """The settings with every 0 replaced. `frames`: of the clips of the curated set. What the folder of a resumed run has
    is taken from there, else written there.

    Raises TrainingError where the file of a resumed run cannot be read.
    """
    path = None if folder is None else folder / RESOLVED_FILE
    if path is not None and path.exists():
        return read_json(path, TrainingSettings, raises=TrainingError, remedy="delete the run's folder and train again")
    found = settings.model_copy(update=_resolved_values(settings, frames))
    if path is not None:
        with replacing(path) as partial:
            partial.write_text(json.dumps(found.model_dump(mode="json")), encoding="utf-8")
    return found


def _resolved_values(settings: TrainingSettings, frames: Sequence[int]) -> dict[str, int]:
    usual = median(frames) if frames else 1
    device = "cuda" if settings.device != "cpu" and torch.cuda.is_available() else "cpu"
    short = usual <= _SHORT_FRAMES
    batch = settings.batch_clips or (_SHORT_CLIPS if short else _LONG_CLIPS)
    step_frames = settings.step_frames or _frames_of_a_step(device)
    if not short and device == "cpu" and not settings.step_frames:
        step_frames = min(step_frames, batch * _LONG_READ)
    steps = min(max(_LEAST_STEPS, (_SHORT_PASSES if short else _LONG_PASSES) * len(frames) // batch), _MOST_STEPS)
    return {
        "step_frames": step_frames,
        "batch_clips": batch,
        "patch_frames": settings.patch_frames or (SHORT_PATCH_FRAMES if short else _LONG_PATCH),
        "stage1_steps": settings.stage1_steps or steps,
        "stage2_steps": settings.stage2_steps or max(1, steps // 2),
        "max_threads": settings.threads,
    }


def _frames_of_a_step(device: str) -> int:
    memory = torch.cuda.mem_get_info()[1] if device == "cuda" else psutil.virtual_memory().total
    return max(_LEAST_FRAMES, min(int(memory * _SHARE_OF_MEMORY / _BYTES_OF_A_FRAME), _MOST_FRAMES[device]))
