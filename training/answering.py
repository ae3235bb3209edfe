"""A fitted model asked about whole clips: probabilities, and how they come about over time."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from core.progress import Progress
from training.batch import collate
from training.dataset import ClipSource, packed
from training.device import place_of
from training.models.fusion import Fusion
from training.timelines import ClipTimeline
from training.unfold import unfold

_AT_ONCE_FRAMES = 12_000  # of a forward pass without gradients; a longer clip goes alone


def probabilities_of(
    model: Fusion, source: ClipSource, clip_ids: Sequence[int], progress: Progress
) -> dict[int, tuple[float, ...]]:
    """In the taxonomy's order from the whole clips, by clip id; the prior is taken as even. JobCancelledError between clips."""
    model.eval()
    answers: dict[int, tuple[float, ...]] = {}
    with torch.inference_mode():
        for group in packed(source, clip_ids, _AT_ONCE_FRAMES):
            progress.raise_if_cancelled()
            examples = [source.example(clip_id, model.shape.modalities) for clip_id in group]
            logits = model(collate(examples, model.shape.modalities).to(place_of(model))).logits
            for clip_id, row in zip(group, logits.double().softmax(dim=-1).tolist(), strict=True):
                answers[clip_id] = tuple(row)
    return answers


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

        with torch.inference_mode():
            batch = collate([source.example(clip_id, shape.modalities)], shape.modalities).to(place_of(model))
            found = unfold(model, batch, counts_so_far)
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
