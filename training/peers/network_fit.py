"""Fitting a peer's network: steps of shuffled clips, and whether it has learned its own training clips."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.progress import Progress
from training.peers.interface import LabeledClips

LEARNED = 0.95  # of the training clips right in evaluation mode, before a network is compared
_AT_ONCE = 64  # clips of a prediction

Inputs = Callable[[Sequence[int]], tuple[Tensor, ...]]
"""The network's input for the clips at these places; random where it is changed for training."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Length of a fit, and the learning rate by the share of the steps that are done."""

    steps: int
    batch: int
    rate: Callable[[float], float]


def batches(clips: int, batch: int, steps: int, random: np.random.Generator) -> Iterator[npt.NDArray[np.intp]]:
    """Places of the clips of each step: shuffled, every clip once before any comes again; at least two, as batch norm
    needs.
    """
    order = np.empty(0, dtype=np.intp)
    size = max(2, min(batch, clips))
    for _ in range(steps):
        while len(order) < size:
            order = np.concatenate([order, random.permutation(clips)])
        yield order[:size]
        order = order[size:]


def fit_network(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    clips: LabeledClips,
    inputs: Inputs,
    schedule: Schedule,
    *,
    random: np.random.Generator,
    progress: Progress,
) -> None:
    """Cross-entropy in which every label weighs the same. Raises JobCancelledError where the progress says so."""
    targets, weights = _targets(clips)
    model.train()
    for step, places in enumerate(batches(len(clips.labels), schedule.batch, schedule.steps, random)):
        progress.report(step / schedule.steps, f"step {step + 1} of {schedule.steps}")
        progress.raise_if_cancelled()
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step / schedule.steps)
        loss = F.cross_entropy(model(*inputs(places.tolist())), targets[places], weight=weights)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()


def logits_of(model: nn.Module, inputs: Inputs, clips: int) -> npt.NDArray[np.float64]:
    """(N, labels) in evaluation mode."""
    model.eval()
    with torch.inference_mode():
        each = [model(*inputs(range(at, min(at + _AT_ONCE, clips)))) for at in range(0, clips, _AT_ONCE)]
    return np.asarray(torch.cat(each).numpy(), dtype=np.float64)


def not_learned(logits: npt.NDArray[np.float64], clips: LabeledClips, seen: npt.NDArray[np.bool_]) -> str:
    """Why the network is not to be compared yet, or "". `seen` (N,): clips without a point can be learned by nobody."""
    if not seen.any():
        return "no training clip shows a point"
    right = float((clips.taught[logits.argmax(axis=1)] == clips.labels)[seen].mean())
    return "" if right > LEARNED else f"it has not learned: {right:.3f} of its own training clips are right"


def _targets(clips: LabeledClips) -> tuple[Tensor, Tensor]:
    """(N,) places among the labels that occur, and a weight for each of these."""
    places = np.searchsorted(clips.taught, clips.labels)
    counts = np.bincount(places)
    return torch.from_numpy(places), torch.from_numpy(len(places) / (len(counts) * counts)).float()
