"""Fits one model: a set number of steps on all its training people, with checkpoints on the way.

No person is kept back for early stopping: stopping by the loss of one or two people returns nearly untrained weights.
"""

import logging
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.errors import TrainingError
from core.progress import Progress
from core.settings.training import TrainingSettings
from core.types.runs import CuratedRow
from training.data.augmentation import Augmentation
from training.data.batch import Batch
from training.data.dataset import ClipSource
from training.data.mixing import Mixing
from training.data.training_batches import Reading, TrainingBatches, order_of_rows
from training.fit.checkpoint import FitCheckpoint, FitState
from training.fit.device import device_of, is_out_of_memory, random_state, set_random_state
from training.fit.feature_scale import FeatureScales
from training.fit.inference import found_cues, probabilities_of
from training.fit.losses import LOSSES
from training.fit.training_curves import CurvePoint, Curves, FitKey
from training.models.cue_finder import CueFinder
from training.models.fusion import Fusion
from training.models.pose_branch import PoseBranch
from training.models.stgcn import Unit

_log = logging.getLogger(__name__)
_CLIP_NORM = 1.0
_WARM_UP = 0.05  # share of the steps with a rising learning rate
_BETAS = (0.9, 0.98)
_CHECKPOINTS = 10  # of a fit, at least
_CUE_WEIGHT = 10.0  # of the loss of the taught cues, a mean over many that are rarely on


@dataclass(frozen=True, slots=True)
class FitPlan:
    """One fit: its rows and its length. With 0 `steps` the model keeps its first weights.

    `cue_scores`: by clip id, what the cues add to the logits of a training row (training.data.cue_rates.
    scores_by_others); other rows have the scores of the model. `shortcut_scores`: likewise of a solved shortcut
    (training.fit.solved_shortcut).
    """

    key: FitKey
    training: Sequence[CuratedRow]
    steps: int
    span: tuple[float, float] = (0.0, 1.0)  # part of the run's progress bar, which is 0..1
    message: str = ""
    cue_scores: Mapping[int, npt.NDArray[np.float64]] = field(default_factory=dict)
    shortcut_scores: Mapping[int, npt.NDArray[np.float64]] = field(default_factory=dict)
    mirror: bool = False  # half of the clips are mirrored


@dataclass(slots=True)
class _Sums:
    """Over the steps since the last point of the curve: losses, right answers, and the weights of both."""

    loss: float = 0.0
    right: float = 0.0
    weight: float = 0.0

    def add(self, loss: float, right: float, weight: float) -> None:
        self.loss += loss
        self.right += right
        self.weight += weight


class Fitter:
    """Fits the models of one run and predicts with them; they share clips, settings and folder.

    `settings` are resolved (training.fit.resources).
    """

    def __init__(
        self,
        source: ClipSource,
        settings: TrainingSettings,
        labels: Sequence[str],
        folder: Path,
        progress: Progress,
    ) -> None:
        self.source = source
        self.scales = FeatureScales(source)
        self._settings = settings
        self._label_index = {name: index for index, name in enumerate(labels)}
        self._device = device_of(settings.device)
        self._loss = LOSSES[settings.loss]
        self._checkpoints = folder / "checkpoints"
        self._curves = Curves(folder / "curves.jsonl")
        self._progress = progress

    def fit(self, model: Fusion, plan: FitPlan) -> Fusion:
        """Fits the model in place and returns it in eval mode.

        A killed or cancelled fit resumes from its last checkpoint and ends with the same weights. Raises
        JobCancelledError between two steps, TrainingError where a checkpoint cannot be written, the loss is not finite,
        or a single clip does not fit in memory.
        """
        seed = fit_seed(self._settings.seed, plan.key)
        torch.manual_seed(seed)
        random = torch.Generator().manual_seed(seed)
        model.to(self._device)
        optimizer = torch.optim.AdamW(_decayed_apart(model, self._settings.weight_decay), betas=_BETAS, fused=True)
        checkpoint = FitCheckpoint(self._checkpoints, plan.key.name)
        state = checkpoint.load(model, optimizer, random)
        if not state.finished:
            self._curves.rewind(plan.key, state.step)
        steps = plan.steps if plan.training else 0
        between = max(1, -(-steps // _CHECKPOINTS))
        while not state.finished:
            if state.step < steps:
                self._steps(model, plan, optimizer, random, state=state, steps=min(between, steps - state.step))
            state.finished = state.step >= steps
            checkpoint.save(state, model, optimizer, random)
        return model.eval()

    def predict(self, model: Fusion, clip_ids: Sequence[int]) -> dict[int, tuple[float, ...]]:
        """Probabilities for whole clips, in the taxonomy's order under a uniform prior, by clip id."""
        return probabilities_of(model, self.source, clip_ids, self._progress)

    def found_cues(self, branch: PoseBranch, clip_ids: Sequence[int]) -> npt.NDArray[np.float64]:
        """(N, cues, 2) how often the network finds each cue in whole clips, and in how many minutes."""
        return found_cues(branch, self.source, clip_ids, self._progress)

    def let_cancel_interrupt(self, model: Fusion) -> None:
        """Lets a cancel interrupt ST-GCN between its layers too, because one step can take half a minute."""

        def ask(*_: object) -> None:
            self._progress.raise_if_cancelled()

        for unit in model.modules():
            if isinstance(unit, Unit):
                unit.register_forward_pre_hook(ask)
                unit.register_full_backward_pre_hook(ask)

    def _steps(
        self,
        model: Fusion,
        plan: FitPlan,
        optimizer: torch.optim.Optimizer,
        random: torch.Generator,
        *,
        state: FitState,
        steps: int,
    ) -> None:
        """Takes so many steps from `state` on, moves it, and writes a point of the curve."""
        batches = TrainingBatches(
            self.source,
            plan.training,
            self._label_index,
            model.shape.modalities,
            Reading.of(self._settings),
            plan.cue_scores,
            plan.shortcut_scores,
            teaches_cues=_cue_finder(model) is not None,
        )
        adjustment = self._logit_adjustment(plan.training).to(self._device)
        order = order_of_rows(
            len(plan.training),
            self._settings.batch_clips,
            range(state.step, state.step + steps),
            fit_seed(self._settings.seed, plan.key),
            self._chances(plan.training),
        )
        model.train()
        sums, augmentation = _Sums(), self._augmentation(model, mirror=plan.mirror)
        for places in order:
            self._progress.raise_if_cancelled()
            self._report(plan, state)
            for group in optimizer.param_groups:
                group["lr"] = self._settings.learning_rate * _rate(state.step / plan.steps)
            batch = self._prepared(batches.batch(places, random), augmentation, random)
            sums.add(*self._gradient(model, batch, adjustment, random, state), float(batch.weights.sum()))
            if not math.isfinite(sums.loss):
                raise TrainingError(
                    f"The loss of {plan.message or plan.key.name} is no number after {state.step + 1} steps: it does not "
                    f"converge at training.learning_rate {self._settings.learning_rate:g}; take a lower one."
                )
            nn.utils.clip_grad_norm_(model.parameters(), _CLIP_NORM)
            optimizer.step()
            state.step += 1
        self._curves.append(plan.key, CurvePoint(state.step, sums.loss / sums.weight, sums.right / sums.weight))

    def _augmentation(self, model: Fusion, *, mirror: bool) -> Augmentation:
        """As the settings say; where cues are taught the mirror alone, which keeps what a cue is measured on."""
        if _cue_finder(model) is not None:
            return Augmentation(mirror_share=0.5 if mirror else 0.0)
        return Augmentation.of(self._settings, mirror=mirror)

    def _report(self, plan: FitPlan, state: FitState) -> None:
        begin, end = plan.span
        by_parts = f", batches in {state.parts} parts for want of memory" if state.parts > 1 else ""
        self._progress.report(begin + (end - begin) * state.step / plan.steps, plan.message + by_parts)

    def _chances(self, rows: Sequence[CuratedRow]) -> list[float] | None:
        """The chance of each row to be drawn; None where rows are weighted instead."""
        if self._settings.imbalance != "balanced-sampling":
            return None
        share = _class_weight(rows)
        return [row.weight / share[row.label] for row in rows]

    def _prepared(self, batch: Batch, augmentation: Augmentation, random: torch.Generator) -> Batch:
        """The batch on the device, augmented."""
        if self._settings.imbalance == "balanced-sampling":  # the chances have applied the weights already
            batch = replace(batch, weights=torch.ones_like(batch.weights))
        return augmentation(batch.to(self._device), random)

    def _mixing(self, clips: int, random: torch.Generator) -> Mixing | None:
        if not self._settings.mixup or clips < 2:
            return None
        return Mixing.drawn(self._settings.mixup, clips, random, self._device)

    def _logit_adjustment(self, rows: Sequence[CuratedRow]) -> Tensor:
        """(classes,) log prior that is added to the logits in training only, so that predictions assume a uniform
        prior.

        Menon et al., "Long-tail learning via logit adjustment", ICLR 2021. Zero for labels without rows, and for all
        labels where the setting balances the classes by sampling instead.
        """
        adjustment = torch.zeros(len(self._label_index))
        if self._settings.imbalance == "logit-adjustment" and rows:
            total = sum(row.weight for row in rows)
            for label, weight in _class_weight(rows).items():
                adjustment[self._label_index[label]] = math.log(max(weight / total, 1e-6))
        return adjustment

    def _gradient(
        self, model: Fusion, batch: Batch, adjustment: Tensor, random: torch.Generator, state: FitState
    ) -> tuple[float, float]:
        """Computes the gradient of the batch's mean loss in the model; returns the weighted sums of losses and of right
        answers.

        Where memory does not hold the batch, it is split in twice as many parts and repeated from the same random
        state; later batches of the fit stay split, and clips are blended within a part. Raises TrainingError where a single
        clip does not fit.
        """
        before, drawn = random_state(), random.get_state()
        clips = len(batch.clip_ids)
        while True:
            try:
                return self._gradient_by_parts(model, batch, adjustment, random, at_once=math.ceil(clips / state.parts))
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                if state.parts >= clips:
                    raise TrainingError(self._too_large(batch)) from error
            set_random_state(before)
            random.set_state(drawn)
            state.parts *= 2
            _log.warning("Memory does not hold %d clips at once: the batch is taken in %d parts.", clips, state.parts)

    def _gradient_by_parts(
        self, model: Fusion, batch: Batch, adjustment: Tensor, random: torch.Generator, *, at_once: int
    ) -> tuple[float, float]:
        model.zero_grad()
        finder = _cue_finder(model)
        total, right = 0.0, 0.0
        bfloat16 = self._settings.mixed_precision or self._device.type == "cuda"
        for start in range(0, len(batch.clip_ids), at_once):
            part = batch.part(slice(start, start + at_once))
            mixing = self._mixing(len(part.clip_ids), random) if finder is None else None
            with torch.autocast(self._device.type, torch.bfloat16, enabled=bfloat16):
                answer = model(part, mixing)
            adjusted = answer.logits.float() + adjustment
            wanted = part.wanted if mixing is None else mixing.rows(part.wanted)
            weights = part.weights if mixing is None else mixing.rows(part.weights)
            losses = self._loss(adjusted, wanted) * weights
            taught = part.inputs["pose"].cue_targets if finder is not None else None
            of_cues: Tensor | float = 0.0
            if finder is not None and taught is not None and answer.cues is not None:
                of_cues = _CUE_WEIGHT * len(part.clip_ids) / len(batch.clip_ids) * finder.loss(answer.cues, taught)
            torch.autograd.backward(losses.sum() / batch.weights.sum() + of_cues)
            total += float(losses.detach().sum())
            right += float(((adjusted.argmax(dim=-1) == part.wanted.argmax(dim=-1)) * weights).sum())
        return total, right

    def _too_large(self, batch: Batch) -> str:
        frames = max(len(one.values[0]) for one in batch.inputs.values() if one.values is not None)
        return (
            f"Memory does not hold the {frames} frames that a training step reads of one clip; lower training.step_frames "
            "or training.width, or set training.activation_checkpointing."
        )


def _cue_finder(model: Fusion) -> CueFinder | None:
    return None if model.pose is None else model.pose.cue_finder


def _decayed_apart(model: nn.Module, decay: float) -> list[dict[str, object]]:
    """Parameter groups: matrices with weight decay, biases, norms and learned vectors without."""
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def fit_seed(seed: int, key: FitKey) -> int:
    """A seed for each fit, so that a resumed fit does not depend on the fits before it."""
    return zlib.crc32(f"{seed}/{key.name}".encode())


def _rate(done: float) -> float:
    """Factor of the learning rate: linear warm-up, then half a cosine to 0. `done` is the share of the steps taken,
    0..1.
    """
    if done < _WARM_UP:
        return (done + 0.01) / (_WARM_UP + 0.01)
    return 0.5 * (1 + math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP)))


def _class_weight(rows: Sequence[CuratedRow]) -> Mapping[str, float]:
    weights: dict[str, float] = {}
    for row in rows:
        weights[row.label] = weights.get(row.label, 0.0) + row.weight
    return weights
