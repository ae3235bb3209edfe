"""Checkpoints, from which a fit resumes after its process was killed.

Two files per fit: the weights as safetensors; optimizer, random states and counters by
`torch.save`, read with `weights_only`. The second file names the first and is renamed into place last, so a kill
between the two leaves the older pair intact.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn

from core.durable_files import replacing
from core.errors import TrainingError
from core.guarded_files import inside, open_regular
from core.tensor_files import TensorFile, first_line
from training.fit.device import random_state, set_random_state

_REMEDY = "delete it, and the fit begins afresh"


@dataclass(slots=True)
class FitState:
    """Progress of a fit: the steps it has taken. `parts`: into which a batch is split; grows when memory runs out."""

    step: int = 0
    finished: bool = False
    parts: int = 1


Weights = dict[str, Tensor]


class FitCheckpoint:
    """The two checkpoint files of one fit."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    @property
    def _state_path(self) -> Path:
        return self._folder / f"{self._name}.state.pt"

    def save(
        self,
        state: FitState,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        random: torch.Generator,
    ) -> None:
        """Writes both files atomically. Raises TrainingError where they cannot be written; the checkpoint before is
        then kept.
        """
        weights_path = self._folder / f"{self._name}.{state.step}.safetensors"
        parts = model.state_dict()
        rest = {
            "step": state.step,
            "finished": state.finished,
            "parts": state.parts,
            "weights": weights_path.name,
            "optimizer": optimizer.state_dict(),
            "batch_random": random.get_state(),
            **random_state(),
        }
        try:
            with replacing(weights_path) as partial:
                save_file({name: tensor.contiguous() for name, tensor in parts.items()}, partial)
            written = io.BytesIO()  # torch hides the reason when it writes to a full disk itself
            torch.save(rest, written)
            with replacing(self._state_path) as partial:
                partial.write_bytes(written.getbuffer())
        except (OSError, SafetensorError) as error:
            raise TrainingError(f"The checkpoint {self._state_path} cannot be written: {error}.") from error
        for path in self._folder.glob(f"{self._name}.*.safetensors"):
            if path != weights_path:
                path.unlink()

    def load(self, model: nn.Module, optimizer: torch.optim.Optimizer, random: torch.Generator) -> FitState:
        """Restores model, optimizer and random states; returns the state, a fresh one without a checkpoint.

        Raises TrainingError for a checkpoint that is cut, damaged, of
        another model version, or a pickle of anything but tensors and plain values.
        """
        if not self._state_path.exists():
            return FitState()
        try:
            return self._restored(model, optimizer, random)
        except TrainingError:
            raise
        except Exception as error:  # torch raises many types; each means that the checkpoint cannot be used
            raise TrainingError(
                f"The checkpoint {self._state_path} is cut, damaged or no checkpoint ({first_line(error)}); {_REMEDY}."
            ) from error

    def _restored(self, model: nn.Module, optimizer: torch.optim.Optimizer, random: torch.Generator) -> FitState:
        with open_regular(self._state_path) as stream:
            rest: dict[str, Any] = torch.load(stream, weights_only=True, map_location="cpu")
        state = FitState(int(rest["step"]), bool(rest["finished"]), int(rest["parts"]))
        path = inside(self._folder, str(rest["weights"]))
        with TensorFile(path, raises=TrainingError, called="The checkpoint", remedy=_REMEDY, framework="pt") as file:
            weights: Weights = file.all()
        try:
            model.load_state_dict(weights)
        except RuntimeError as error:
            raise TrainingError(
                f"The checkpoint {self._state_path} is of another version of the model; delete it, and the fit begins afresh."
            ) from error
        optimizer.load_state_dict(rest["optimizer"])
        random.set_state(rest["batch_random"])
        set_random_state(rest)
        return state
