"""A fitted model asked about whole clips: probabilities, and how they come about over time."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from core.errors import TrainingError
from core.progress import Progress
from training.data.batch import collate
from training.data.dataset import ClipSource, packed
from training.fit.device import is_out_of_memory, memory_told, place_of
from training.models.fusion import Fusion
from training.runs.prefix_predictions import predict_prefixes
from training.runs.timelines import ClipTimeline

_AT_ONCE_FRAMES = 12_000  # of a forward pass without gradients; a longer clip goes alone


def probabilities_of(
    model: Fusion, source: ClipSource, clip_ids: Sequence[int], progress: Progress
) -> dict[int, tuple[float, ...]]:
    """In the taxonomy's order from the whole clips, by clip id; the prior is taken as even. JobCancelledError between clips."""
    model.eval()
    predictions: dict[int, tuple[float, ...]] = {}
    with torch.inference_mode():
        for group in packed(source, clip_ids, _AT_ONCE_FRAMES):
            progress.raise_if_cancelled()
            predictions.update(_of_group(model, source, group))
    return predictions


def _of_group(model: Fusion, source: ClipSource, group: Sequence[int]) -> dict[int, tuple[float, ...]]:
    """Of clips in one forward pass, or in two halves where memory does not hold them."""
    examples = [source.example(clip_id, model.shape.modalities) for clip_id in group]
    try:
        logits = model(collate(examples, model.shape.modalities).to(place_of(model))).logits
        shares = logits.double().softmax(dim=-1).tolist()
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        if len(group) == 1:
            raise TrainingError(_too_long(source, group[0])) from error
    else:
        return {clip_id: tuple(row) for clip_id, row in zip(group, shares, strict=True)}
    half = len(group) // 2
    return {**_of_group(model, source, group[:half]), **_of_group(model, source, group[half:])}


def _too_long(source: ClipSource, clip_id: int) -> str:
    """The sentence for a clip that memory does not hold alone."""
    return (
        f"Memory does not hold the {source.frames(clip_id)} frames of the clip {source.clips[clip_id].name!r} at once. With "
        "training.predict_windows set, it is asked about some windows of its key points."
    )


def timelines_of(
    model: Fusion, source: ClipSource, clip_ids: Sequence[int], labels: Sequence[str], progress: Progress
) -> Iterator[tuple[int, ClipTimeline]]:
    """By clip id, of the clips that have key points or images. JobCancelledError between clips."""
    model.eval()
    shape = model.shape
    for clip_id in clip_ids:
        progress.raise_if_cancelled()

        def counts_so_far(starts: list[int], clip_id: int = clip_id) -> Tensor:
            time_s = source.token_times_s(clip_id, "pose", starts)
            return torch.from_numpy(source.cue_counts_so_far(clip_id, time_s)).to(place_of(model))

        batch = collate([source.example(clip_id, shape.modalities)], shape.modalities)
        with torch.inference_mode(), memory_told(partial(_too_long, source, clip_id)):
            found = predict_prefixes(model, batch.to(place_of(model)), counts_so_far)
        if found is None:
            continue
        modality, starts, attention, probabilities = found
        yield (
            clip_id,
            ClipTimeline(
                labels=tuple(labels),
                time_s=source.token_times_s(clip_id, modality, starts).astype(np.float32),
                attention=attention.cpu().numpy().astype(np.float32),
                probabilities=probabilities.cpu().numpy().astype(np.float32),
            ),
        )
