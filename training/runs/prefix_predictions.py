"""A model's attention over time, and its prediction from the tokens up to each moment."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from core.progress import Progress
from training.data.batch import Batch, collate
from training.data.dataset import ClipSource
from training.fit.device import device_of_model, out_of_memory_explained
from training.fit.inference import too_long, views_of
from training.models.branch import Pooled
from training.models.fusion import Fusion, ImageBranch
from training.models.pooling import pooled_so_far
from training.models.pose_branch import PoseBranch
from training.runs.timelines import ClipTimeline

CountsSoFar = Callable[[list[int]], Tensor]
"""Function of the tokens' first frames (L,): events and measurable minutes of the cues up to each token (L, cues, 2)."""


def predict_prefixes(
    model: Fusion, batch: Batch, counts_so_far: CountsSoFar | None = None
) -> tuple[str, list[int], Tensor, Tensor] | None:
    """For a batch of one clip: modality, first frame of each token, attention (L,), probabilities (L, classes).

    For each l, the branch of the key points, or of the images where there are none, is pooled over its first l
    tokens; other modalities are used whole. Cue events are those up to the token where `counts_so_far` is given,
    else those of the clip. The last row is the prediction for the clip; where that is the mean over the clip and its
    mirror image, so is every row, and the attention. None without key points and images.
    """
    views = (_of_view(model, view, counts_so_far) for view in views_of(model, batch))
    found = [view for view in views if view is not None]
    if not found:
        return None
    name, starts, *_ = found[0]
    attention = torch.stack([one[2] for one in found]).mean(dim=0)
    return name, starts, attention, torch.stack([one[3] for one in found]).mean(dim=0)


def _of_view(
    model: Fusion, batch: Batch, counts_so_far: CountsSoFar | None
) -> tuple[str, list[int], Tensor, Tensor] | None:
    name = next((one for one in ("pose", "image") if one in model.shape.modalities and _there(batch, one)), None)
    if name is None:
        return None
    vectors, starts, attention = [], list[int](), torch.empty(0)
    beside: Tensor | float = 0.0
    for modality in model.shape.modalities:
        given, branch = batch.inputs[modality], model.branches[modality]
        if not _there(batch, modality) or given.values is None or given.mask is None:
            vectors.append(model.absent[modality])
        elif modality == name and isinstance(branch, PoseBranch):
            starts = branch.token_starts(given.values.shape[1])
            so_far = branch.so_far(given.values, given.mask)
            attention = so_far.attention
            vectors.append(so_far.vectors)
            beside = 0.0 if so_far.scores is None else so_far.scores
            if model.found_cue_scores is not None and so_far.cue_counts is not None:
                beside = beside + model.found_cue_scores(so_far.cue_counts).to(attention.dtype)
        elif modality == name and isinstance(branch, ImageBranch):
            one = branch.read(given.values, given.mask)
            starts, attention = list(range(given.values.shape[1])), one.weights
            vectors.append(pooled_so_far(one.tokens[0], one.weights[0], one.mask[0]))
        else:
            whole: Pooled = branch(given)
            vectors.append(whole.vector[0])
    moments = attention.shape[1]
    joined = model.join(torch.stack([one if one.dim() == 2 else one.expand(moments, -1) for one in vectors], dim=1))
    logits = model.head(joined) + beside
    pose = batch.inputs.get("pose")
    if model.cue_scores is not None and pose is not None and pose.cues is not None and _there(batch, "pose"):
        counts = pose.cues[:1] if counts_so_far is None else counts_so_far(starts)
        logits = logits + model.cue_scores(counts).to(logits.dtype)
    return name, starts, attention[0], logits.double().softmax(dim=-1)


def timelines_of(
    model: Fusion, source: ClipSource, clip_ids: Sequence[int], labels: Sequence[str], progress: Progress
) -> Iterator[tuple[int, ClipTimeline]]:
    """(clip id, timeline) of the clips that have key points or images. Raises JobCancelledError between clips."""
    model.eval()
    shape = model.shape
    for clip_id in clip_ids:
        progress.raise_if_cancelled()

        def counts_so_far(starts: list[int], clip_id: int = clip_id) -> Tensor:
            time_s = source.token_times_s(clip_id, "pose", starts)
            return torch.from_numpy(source.cue_counts_so_far(clip_id, time_s)).to(device_of_model(model))

        batch = collate([source.example(clip_id, shape.modalities)], shape.modalities)
        with torch.inference_mode(), out_of_memory_explained(partial(too_long, source, clip_id)):
            found = predict_prefixes(model, batch.to(device_of_model(model)), counts_so_far)
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


def _there(batch: Batch, modality: str) -> bool:
    return bool(batch.inputs[modality].present[0])
