"""The input of a training step: clips of different lengths, padded to one length, with masks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.data.cue_targets import UNKNOWN


@dataclass(frozen=True, slots=True)
class Example:
    """One clip, or one window of it. An absent modality has no entry.

    `values`: "pose" (T, 137, 5), "image" (N, D), "text" (S, D). `pose_mask`: bool (T, 137). `target`: (classes,)
    float32, the soft label in the taxonomy's order; None in prediction. `cues`: (cues, 2), events and measurable
    minutes of the whole clip (training.data.cue_rates), only with "pose". `cue_scores`: (classes,), what the model
    adds to the logits for these cues, where that is known beforehand. `shortcut_scores`: (classes,) those of the linear
    shortcut, likewise. `cue_targets`: int8 (T, cues), which cues are on (training.data.cue_targets).
    """

    clip_id: int
    target: npt.NDArray[np.float32] | None
    weight: float
    values: Mapping[str, npt.NDArray[np.float16 | np.float32]]
    pose_mask: npt.NDArray[np.bool_] | None = None
    cues: npt.NDArray[np.float64] | None = None
    cue_scores: npt.NDArray[np.float64] | None = None
    shortcut_scores: npt.NDArray[np.float64] | None = None
    cue_targets: npt.NDArray[np.int8] | None = None


@dataclass(frozen=True, slots=True)
class ModalityInput:
    """Values padded with zeros to the longest clip; None where no clip of the batch has the modality.

    `present` (B,): which clips have it. `mask`: pose (B, T, 137), image (B, N), text (B, S). `cues`: pose (B, cues,
    2), events and measurable minutes. `cue_scores` and `shortcut_scores`: pose (B, classes), where they are known
    beforehand. `cue_targets`: pose int8 (B, T, cues), where cues are taught.
    """

    present: Tensor
    values: Tensor | None = None
    mask: Tensor | None = None
    cues: Tensor | None = None
    cue_scores: Tensor | None = None
    shortcut_scores: Tensor | None = None
    cue_targets: Tensor | None = None

    @property
    def whole(self) -> tuple[Tensor, Tensor]:
        """Values and mask. Raises ValueError where no clip of the batch has the modality."""
        if self.values is None or self.mask is None:
            raise ValueError("no clip of the batch has this modality")
        return self.values, self.mask


@dataclass(frozen=True, slots=True)
class Batch:
    """Targets (B, classes) and weights (B,), float32, and the inputs by modality; `targets` is None in prediction."""

    clip_ids: tuple[int, ...]
    targets: Tensor | None
    weights: Tensor
    inputs: dict[str, ModalityInput] = field(default_factory=dict)

    @property
    def wanted(self) -> Tensor:
        """The targets. Raises ValueError for a batch without."""
        if self.targets is None:
            raise ValueError("a batch to learn from has targets")
        return self.targets

    def to(self, device: torch.device) -> "Batch":
        """The batch with all its tensors on `device`."""
        return self._each(lambda tensor: tensor.to(device))

    def part(self, clips: slice) -> "Batch":
        """The given clips of the batch, with the padding of the whole batch."""
        return replace(self._each(lambda tensor: tensor[clips]), clip_ids=self.clip_ids[clips])

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        def changed(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else change(tensor)

        inputs = {
            name: ModalityInput(
                change(one.present),
                changed(one.values),
                changed(one.mask),
                changed(one.cues),
                changed(one.cue_scores),
                changed(one.shortcut_scores),
                changed(one.cue_targets),
            )
            for name, one in self.inputs.items()
        }
        return Batch(self.clip_ids, changed(self.targets), change(self.weights), inputs)


def collate(examples: Sequence[Example], modalities: Sequence[str]) -> Batch:
    """Pads and stacks the examples; the order of the clips is kept."""
    targets = [example.target for example in examples if example.target is not None]
    return Batch(
        clip_ids=tuple(example.clip_id for example in examples),
        targets=torch.from_numpy(np.stack(targets)) if targets else None,
        weights=torch.tensor([example.weight for example in examples], dtype=torch.float32),
        inputs={name: _stack(examples, name) for name in modalities},
    )


def _stack(examples: Sequence[Example], modality: str) -> ModalityInput:
    given = [example.values.get(modality) for example in examples]
    present = torch.tensor([_is_there(example, modality) for example in examples])
    longest = max((len(array) for array in given if array is not None), default=0)
    if not longest:
        return ModalityInput(present)
    shape = next(array.shape[1:] for array in given if array is not None)
    values = torch.zeros((len(given), longest, *shape), dtype=torch.float32)
    masked = (len(given), longest, shape[0]) if modality == "pose" else (len(given), longest)
    mask = torch.zeros(masked, dtype=torch.bool)
    for row, (example, array) in enumerate(zip(examples, given, strict=True)):
        if array is None:
            continue
        values[row, : len(array)] = torch.from_numpy(np.ascontiguousarray(array))
        if modality == "pose" and example.pose_mask is not None:
            mask[row, : len(array)] = torch.from_numpy(np.ascontiguousarray(example.pose_mask))
        else:
            mask[row, : len(array)] = True
    if modality != "pose":
        return ModalityInput(present, values, mask)
    cues = _stacked([example.cues for example in examples])
    scores = _stacked([example.cue_scores for example in examples])
    of_shortcut = _stacked([example.shortcut_scores for example in examples])
    return ModalityInput(present, values, mask, cues, scores, of_shortcut, _padded_targets(examples, longest))


def _is_there(example: Example, modality: str) -> bool:
    """Whether the example has the modality; key points without any detected point count as absent."""
    array = example.values.get(modality)
    if array is None or not len(array):
        return False
    return modality != "pose" or example.pose_mask is None or bool(example.pose_mask.any())


def _padded_targets(examples: Sequence[Example], longest: int) -> Tensor | None:
    """int8 (B, longest, cues), unknown where a clip has no frame; None where no cues are taught."""
    given = [example.cue_targets for example in examples]
    cues = next((array.shape[1] for array in given if array is not None), None)
    if cues is None:
        return None
    targets = torch.full((len(given), longest, cues), UNKNOWN, dtype=torch.int8)
    for row, array in enumerate(given):
        if array is not None:
            targets[row, : len(array)] = torch.from_numpy(array)
    return targets


def _stacked(given: Sequence[npt.NDArray[np.float64] | None]) -> Tensor | None:
    """(B, ...) float32, 0 where a clip has none; None where no clip has."""
    shape = next((array.shape for array in given if array is not None), None)
    if shape is None:
        return None
    filled = [np.zeros(shape) if array is None else array for array in given]
    return torch.from_numpy(np.stack(filled).astype(np.float32))
