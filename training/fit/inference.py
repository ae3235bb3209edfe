"""Predicts whole clips with a fitted model."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import torch

from core.errors import TrainingError
from core.progress import Progress
from training.data.augmentation import mirrored_batch
from training.data.batch import Batch, collate
from training.data.dataset import ClipSource, packed
from training.fit.device import device_of_model, is_out_of_memory, out_of_memory_explained
from training.models.fusion import Fusion
from training.models.pose_branch import PoseBranch

_AT_ONCE_FRAMES = 12_000  # frames in one forward pass; a longer clip goes alone


def probabilities_of(
    model: Fusion, source: ClipSource, clip_ids: Sequence[int], progress: Progress
) -> dict[int, tuple[float, ...]]:
    """Probabilities of each whole clip, in the taxonomy's order under a uniform prior, by clip id.

    Raises JobCancelledError between clips, TrainingError where a clip does not fit in memory.
    """
    model.eval()
    predictions: dict[int, tuple[float, ...]] = {}
    with torch.inference_mode():
        for group in packed(source, clip_ids, _AT_ONCE_FRAMES):
            progress.raise_if_cancelled()
            predictions.update(_of_group(model, source, group))
    return predictions


def found_cues(
    branch: PoseBranch, source: ClipSource, clip_ids: Sequence[int], progress: Progress
) -> npt.NDArray[np.float64]:
    """(N, cues, 2) events and minutes of the cues that a branch finds in whole clips (training.models.cue_finder).

    Raises JobCancelledError between clips, TrainingError where a clip does not fit in memory.
    """
    branch.eval()
    found: dict[int, npt.NDArray[np.float64]] = {}
    with torch.inference_mode():
        for group in packed(source, clip_ids, _AT_ONCE_FRAMES):
            progress.raise_if_cancelled()
            batch = collate([source.example(clip_id, ("pose",)) for clip_id in group], ("pose",))
            given = batch.to(device_of_model(branch)).inputs["pose"]
            with out_of_memory_explained(partial(too_long, source, group[0])):
                counts = branch.found_cues(*given.whole)
            found.update(zip(group, counts.double().cpu().numpy(), strict=True))
    return np.stack([found[clip_id] for clip_id in clip_ids])


def _of_group(model: Fusion, source: ClipSource, group: Sequence[int]) -> dict[int, tuple[float, ...]]:
    """Predicts the clips in one forward pass, or in two halves where memory does not hold them."""
    examples = [source.example(clip_id, model.shape.modalities) for clip_id in group]
    try:
        batch = collate(examples, model.shape.modalities).to(device_of_model(model))
        views = [model(view).logits.double().softmax(dim=-1) for view in views_of(model, batch)]
        shares = torch.stack(views).mean(dim=0).tolist()
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        if len(group) == 1:
            raise TrainingError(too_long(source, group[0])) from error
    else:
        return {clip_id: tuple(row) for clip_id, row in zip(group, shares, strict=True)}
    half = len(group) // 2
    return {**_of_group(model, source, group[:half]), **_of_group(model, source, group[half:])}


def views_of(model: Fusion, batch: Batch) -> list[Batch]:
    """The batches whose mean probabilities are the prediction: the clips and, if the model wants them, their mirror images."""
    return [batch, mirrored_batch(batch)] if model.shape.mirrored else [batch]


def too_long(source: ClipSource, clip_id: int) -> str:
    """The sentence for a clip that does not fit into memory alone."""
    return (
        f"Memory does not hold the {source.frames(clip_id)} frames of the clip {source.names[clip_id]!r} at once. With "
        "training.predict_windows set, it is asked about some windows of its key points."
    )
