"""The time budget of ST-GCN: it processes some 65 frames a second on two cores, and an interview has 8,700 frames.

The time of one window is measured once, on the machine that trains, and stored in the run's folder, so that a
resumed run uses the same number of windows.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from core.durable_files import replacing
from core.errors import TrainingError
from core.json_files import read_json
from core.pose.skeleton import JOINT_COUNT
from core.settings.training import StgcnSettings
from training.data.pose_input import CHANNELS
from training.fit.device import device_of_model, out_of_memory_explained, wait_for
from training.models.branch import Read

BUDGET_FILE = "window_budget.json"


@dataclass(frozen=True, slots=True)
class WindowBudget:
    """Seconds for each fit of a run, and the measured seconds of one window in training and in prediction."""

    seconds_a_fit: float
    training_s: float
    answering_s: float

    def steps(self, wanted: int, batch: int) -> int:
        """The steps of one window for each of `batch` clips that fit the time, at most `wanted`.

        Raises TrainingError where the time is too short for one.
        """
        fitting = int(self.seconds_a_fit / max(batch * self.training_s, 1e-9))
        if fitting < 1:
            raise TrainingError(
                f"ST-GCN needs {self.training_s:.2g} s a window here, and a fit has {self.seconds_a_fit:.0f} s: not enough for "
                f"one batch of {batch}. Raise training.stgcn.budget_s, or take 25 joints or fewer channels."
            )
        return min(wanted, fitting)


def window_budget(
    folder: Path,
    settings: StgcnSettings,
    *,
    fits: int,
    predictions: int,
    measure: Callable[[], tuple[float, float]],
) -> WindowBudget:
    """The budget stored in the folder of a resumed run, else measured now.

    `measure` returns the seconds per window of (training, prediction). The time for predicting `predictions` clips
    is set aside, the rest is shared equally by `fits`. Raises TrainingError where no time is left.
    """
    path = folder / BUDGET_FILE
    if path.exists():
        return read_json(path, WindowBudget, raises=TrainingError, remedy="delete it, and the time is measured again")
    training_s, answering_s = measure()
    aside = predictions * settings.predict_windows * answering_s
    if aside >= settings.budget_s:
        raise TrainingError(
            f"ST-GCN would need {aside:.0f} s for its answers alone, and training.stgcn.budget_s is {settings.budget_s:g}."
        )
    budget = WindowBudget((settings.budget_s - aside) / fits, training_s, answering_s)
    with replacing(path) as partial:
        partial.write_text(json.dumps(asdict(budget)), encoding="utf-8")
    return budget


def measured_window_s(encoder: torch.nn.Module, frames: int, batch: int) -> tuple[float, float]:
    """Seconds per window of one training step and of one prediction, on random points (batch, frames, 137, 5).

    A single window runs first as warm-up. Raises TrainingError where the batch does not fit in memory.
    """
    told = (
        f"Memory does not hold {batch} windows of {frames} frames of ST-GCN; lower training.batch_clips, "
        "training.stgcn.window_frames or training.stgcn.channels."
    )
    with out_of_memory_explained(lambda: told):
        place = device_of_model(encoder)
        points = torch.randn(batch, frames, JOINT_COUNT, CHANNELS, device=place)
        mask = torch.ones(batch, frames, JOINT_COUNT, dtype=torch.bool, device=place)
        encoder.train()
        torch.autograd.backward(_tokens(encoder(points[:1], mask[:1])).sum())
        wait_for(place)
        started = time.perf_counter()
        torch.autograd.backward(_tokens(encoder(points, mask)).sum())
        wait_for(place)
        training_s = (time.perf_counter() - started) / batch
        encoder.eval()
        with torch.inference_mode():
            started = time.perf_counter()
            encoder(points, mask)
            wait_for(place)
        return training_s, (time.perf_counter() - started) / batch


def _tokens(read: Read) -> torch.Tensor:
    return read.encoded.tokens
