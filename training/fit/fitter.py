"""Fits one model: sampling, optimization with early stopping on held-out subjects, checkpoints."""

import logging
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, RandomSampler, Sampler, WeightedRandomSampler

from core.errors import TrainingError
from core.progress import Progress
from core.settings.training import TrainingSettings
from core.types.runs import CuratedRow
from training.data.augmentation import Augmentation
from training.data.batch import Batch, collate
from training.data.dataset import ClipSource, TrainingWindows
from training.data.soft_labels import target_of
from training.fit.checkpoint import FitCheckpoint, FitState, Weights
from training.fit.device import device_of, is_out_of_memory, random_state, set_random_state
from training.fit.inference import probabilities_of
from training.fit.losses import LOSSES
from training.fit.training_curves import CurvePoint, Curves, FitKey
from training.models.fusion import Fusion
from training.models.stgcn import Unit

_log = logging.getLogger(__name__)
_CLIP_NORM = 1.0
_WARM_UP = 0.1  # share of the steps with a rising learning rate


@dataclass(frozen=True, slots=True)
class FitPlan:
    """One fit: its rows and its length. With 0 `epochs` the model keeps its first weights.

    `cue_scores`: by clip id, what the cues add to the logits of a training row (training.data.cue_rates.
    scores_by_others); other rows have the scores of the model.
    """

    key: FitKey
    training: Sequence[CuratedRow]
    validation: Sequence[CuratedRow]
    epochs: int
    span: tuple[float, float] = (0.0, 1.0)  # part of the run's progress bar, which is 0..1
    message: str = ""
    windows: int | None = None  # windows per epoch; None: one of each training row
    cue_scores: Mapping[int, npt.NDArray[np.float64]] = field(default_factory=dict)


class Fitter:
    """Fits the models of one run and predicts with them; they share clips, settings and folder."""

    def __init__(
        self,
        source: ClipSource,
        settings: TrainingSettings,
        labels: Sequence[str],
        folder: Path,
        progress: Progress,
    ) -> None:
        self.source = source
        self._settings = settings
        self._label_index = {name: index for index, name in enumerate(labels)}
        self._device = device_of(settings.device)
        self._loss = LOSSES[settings.loss]
        self._parts = 1  # parts that a batch is split into; grows when memory runs out
        self._checkpoints = folder / "checkpoints"
        self._curves = Curves(folder / "curves.jsonl")
        self._progress = progress

    def fit(self, model: Fusion, plan: FitPlan) -> Fusion:
        """Fits the model in place and returns it in eval mode.

        The weights kept are those with the lowest validation loss, the initial ones included; without validation
        rows the last ones. A killed or cancelled fit resumes from the checkpoint of its last epoch and ends with the
        same weights. Raises JobCancelledError between two steps, TrainingError where a checkpoint cannot be written,
        the loss is not finite, or a single clip does not fit in memory.
        """
        settings = self._settings
        seed = fit_seed(settings.seed, plan.key)
        torch.manual_seed(seed)
        random = torch.Generator().manual_seed(seed)
        model.to(self._device)
        optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
        checkpoint = FitCheckpoint(self._checkpoints, plan.key.name)
        state, best = checkpoint.load(model, optimizer, random)
        if not state.finished:
            self._curves.rewind(plan.key, state.epoch)
        if state.epoch == 0 and plan.validation:
            state.best_loss, _ = self._validate(model, plan.validation, self._logit_adjustment(plan.training))
            best = _copied(model)
        loader = self._loader(model, plan, random)
        adjustment = self._logit_adjustment(plan.training)
        while not state.finished:
            state.finished = state.epoch >= plan.epochs or not plan.training
            if not state.finished:
                begin, end = plan.span
                by_parts = f", batches in {self._parts} parts for want of memory" if self._parts > 1 else ""
                done = begin + (end - begin) * state.epoch / plan.epochs
                self._progress.report(done, plan.message + by_parts)
                train_loss = self._epoch(
                    model, loader, optimizer, adjustment=adjustment, epoch=state.epoch, epochs=plan.epochs
                )
                state.epoch += 1
                if not math.isfinite(train_loss):
                    raise TrainingError(
                        f"The loss of {plan.message or plan.key.name} is no number after {state.epoch} epochs: it does not "
                        f"converge at training.learning_rate {settings.learning_rate:g}; take a lower one."
                    )
                best = self._judge(model, plan, adjustment=adjustment, state=state, best=best, train_loss=train_loss)
                patience_over = bool(plan.validation) and state.epoch - state.best_epoch >= settings.patience
                state.finished = state.epoch >= plan.epochs or patience_over
            checkpoint.save(state, model, best, optimizer, random)
        if best:
            model.load_state_dict(best)
        return model.eval()

    def predict(self, model: Fusion, clip_ids: Sequence[int]) -> dict[int, tuple[float, ...]]:
        """Probabilities for whole clips, in the taxonomy's order under a uniform prior, by clip id."""
        return probabilities_of(model, self.source, clip_ids, self._progress)

    def let_cancel_interrupt(self, model: Fusion) -> None:
        """Lets a cancel interrupt ST-GCN between its layers too, because one step can take half a minute."""

        def ask(*_: object) -> None:
            self._progress.raise_if_cancelled()

        for unit in model.modules():
            if isinstance(unit, Unit):
                unit.register_forward_pre_hook(ask)
                unit.register_full_backward_pre_hook(ask)

    def _loader(self, model: Fusion, plan: FitPlan, random: torch.Generator) -> DataLoader[object]:
        windows = TrainingWindows(
            self.source,
            plan.training,
            label_index=self._label_index,
            modalities=model.shape.modalities,
            window_frames=self._settings.windows[0],
            augmentation=Augmentation.of(self._settings),
            generator=random,
            cue_scores=plan.cue_scores,
        )
        sampler: Sampler[int] | None = None
        if plan.training and self._settings.imbalance == "balanced-sampling":
            share = _class_weight(plan.training)
            chances = [row.weight / share[row.label] for row in plan.training]
            sampler = WeightedRandomSampler(chances, plan.windows or len(plan.training), generator=random)
        elif plan.training:
            sampler = RandomSampler(plan.training, num_samples=plan.windows, generator=random)
        return DataLoader(
            windows,
            batch_size=self._settings.batch_clips,
            sampler=sampler,
            collate_fn=partial(collate, modalities=model.shape.modalities),
            generator=random,
        )

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

    def _epoch(
        self,
        model: Fusion,
        loader: DataLoader[object],
        optimizer: torch.optim.Optimizer,
        *,
        adjustment: Tensor,
        epoch: int,
        epochs: int,
    ) -> float:
        model.train()
        total, weight = 0.0, 0.0
        for step, batch in enumerate(loader):
            self._progress.raise_if_cancelled()
            done = (epoch * len(loader) + step) / (epochs * len(loader))
            for group in optimizer.param_groups:
                group["lr"] = self._settings.learning_rate * _rate(done)
            drawn = batch
            if self._settings.imbalance == "balanced-sampling":  # the sampler has applied the weights already
                drawn = replace(batch, weights=torch.ones_like(batch.weights))
            total += self._gradient(model, drawn, adjustment.to(self._device))
            weight += float(drawn.weights.sum())
            torch.nn.utils.clip_grad_norm_(model.parameters(), _CLIP_NORM)
            optimizer.step()
        return total / weight

    def _gradient(self, model: Fusion, batch: Batch, adjustment: Tensor) -> float:
        """Computes the gradient of the batch's mean loss in the model; returns the weighted sum of the losses.

        Where memory does not hold the batch, it is split in twice as many parts and repeated from the same random
        state; later batches stay split. Raises TrainingError where a single clip does not fit.
        """
        state = random_state()
        clips = len(batch.clip_ids)
        while True:
            try:
                return self._gradient_by_parts(model, batch, adjustment, math.ceil(clips / self._parts))
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                if self._parts >= clips:
                    raise TrainingError(self._too_large(batch)) from error
            set_random_state(state)
            self._parts *= 2
            _log.warning("Memory does not hold %d clips at once: the batch is taken in %d parts.", clips, self._parts)

    def _gradient_by_parts(self, model: Fusion, batch: Batch, adjustment: Tensor, at_once: int) -> float:
        model.zero_grad()
        total = 0.0
        for start in range(0, len(batch.clip_ids), at_once):
            part = batch.part(slice(start, start + at_once)).to(self._device)
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self._settings.mixed_precision):
                logits = model(part).logits
            losses = self._loss(logits.float() + adjustment, part.wanted) * part.weights
            torch.autograd.backward(losses.sum() / batch.weights.sum())
            total += float(losses.detach().sum())
        return total

    def _too_large(self, batch: Batch) -> str:
        frames = max(len(one.values[0]) for one in batch.inputs.values() if one.values is not None)
        return (
            f"Memory does not hold one training window of {frames} frames; lower training.window_frames "
            "or training.width, or set training.activation_checkpointing."
        )

    def _judge(
        self,
        model: Fusion,
        plan: FitPlan,
        *,
        adjustment: Tensor,
        state: FitState,
        best: Weights,
        train_loss: float,
    ) -> Weights:
        """Validates, writes a point of the learning curve, and returns the best weights so far."""
        loss, accuracy = None, None
        if plan.validation:
            loss, accuracy = self._validate(model, plan.validation, adjustment)
            if loss < state.best_loss:
                state.best_loss, state.best_epoch = loss, state.epoch
                best = _copied(model)
        self._curves.append(plan.key, CurvePoint(state.epoch, train_loss, loss, accuracy))
        return best

    def _validate(self, model: Fusion, rows: Sequence[CuratedRow], adjustment: Tensor) -> tuple[float, float]:
        """Weighted loss, as in training, and weighted balanced accuracy, on whole clips."""
        predictions = self.predict(model, [row.clip_id for row in rows])
        log_probability = torch.tensor([predictions[row.clip_id] for row in rows]).clamp(min=1e-9).log()
        labels = torch.tensor([self._label_index[row.label] for row in rows])
        weights = torch.tensor([row.weight for row in rows])
        targets = torch.from_numpy(np.stack([target_of(row, self._label_index) for row in rows]))
        losses = self._loss(log_probability + adjustment, targets)
        right = (log_probability.argmax(dim=-1) == labels).float()
        recalls = [
            float((right * weights)[labels == label].sum() / weights[labels == label].sum())
            for label in sorted(set(labels.tolist()))
        ]
        return float((losses * weights).sum() / weights.sum()), float(np.mean(recalls))


def _copied(model: Fusion) -> Weights:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


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
