"""One fit: a model, the rows it learns from, the subjects it is stopped by. Reads as set up, resume, epochs, finish."""

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, RandomSampler, Sampler, WeightedRandomSampler

from core.progress import Progress
from core.records import CuratedRow
from core.settings import TrainingSettings
from training.answering import probabilities_of, timelines_of
from training.augment import Augmentation
from training.batch import collate
from training.checkpoint import FitCheckpoint, FitState, Weights
from training.curves import CurvePoint, Curves, FitKey
from training.dataset import ClipSource, TrainingWindows
from training.models.fusion import Fusion
from training.timelines import timeline_path, write_timeline

_CLIP_NORM = 1.0
_WARM_UP = 0.1  # share of the steps in which the learning rate rises


@dataclass(frozen=True, slots=True)
class FitPlan:
    """What one fit is made of. `epochs` may be 0: the model stays as it is."""

    key: FitKey
    training: Sequence[CuratedRow]
    validation: Sequence[CuratedRow]
    epochs: int
    span: tuple[float, float] = (0.0, 1.0)  # where on the run's 0..1 this fit begins and ends
    message: str = ""
    windows: int | None = None  # an epoch; None: one of each training row


class Fitter:
    """Fits models of one run: same clips, same settings, same folders."""

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
        self._checkpoints = folder / "checkpoints"
        self._curves = Curves(folder / "curves.jsonl")
        self._progress = progress

    def fit(self, model: Fusion, plan: FitPlan) -> Fusion:
        """Leaves the best weights (by validation loss, those before the first epoch among them; the last ones without
        validation rows) in the model.

        A killed or cancelled fit goes on from its last epoch's checkpoint and ends with the same weights. Raises
        JobCancelledError between two steps, TrainingError where a checkpoint cannot be written.
        """
        settings = self._settings
        seed = fit_seed(settings.seed, plan.key)
        torch.manual_seed(seed)
        random = torch.Generator().manual_seed(seed)
        optimiser = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
        checkpoint = FitCheckpoint(self._checkpoints, plan.key.name)
        state, best = checkpoint.load(model, optimiser, random)
        if not state.finished:
            self._curves.rewind(plan.key, state.epoch)
        if state.epoch == 0 and plan.validation:  # what is learned has to be better than what was there before
            state.best_loss, _ = self._validate(model, plan.validation, self._logit_adjustment(plan.training))
            best = _copied(model)
        loader = self._loader(model, plan, random)
        adjustment = self._logit_adjustment(plan.training)
        while not state.finished:
            state.finished = state.epoch >= plan.epochs or not plan.training
            if not state.finished:
                begin, end = plan.span
                self._progress.report(begin + (end - begin) * state.epoch / plan.epochs, plan.message)
                train_loss = self._epoch(
                    model, loader, optimiser, adjustment=adjustment, epoch=state.epoch, epochs=plan.epochs
                )
                state.epoch += 1
                best = self._judge(model, plan, adjustment=adjustment, state=state, best=best, train_loss=train_loss)
                patience_over = bool(plan.validation) and state.epoch - state.best_epoch >= settings.patience
                state.finished = state.epoch >= plan.epochs or patience_over
            checkpoint.save(state, model, best, optimiser, random)
        if best:
            model.load_state_dict(best)
        return model.eval()

    def predict(self, model: Fusion, clip_ids: Sequence[int]) -> dict[int, tuple[float, ...]]:
        """Probabilities in the taxonomy's order from the whole clips, by clip id; the prior is taken as even."""
        return probabilities_of(model, self.source, clip_ids, self._progress)

    def write_timelines(self, model: Fusion, clip_ids: Sequence[int], run_folder: Path) -> None:
        """What the model makes of each clip over time, for Review (training.timelines)."""
        labels = tuple(self._label_index)
        for clip_id, timeline in timelines_of(model, self.source, clip_ids, labels, self._progress):
            write_timeline(timeline_path(run_folder, clip_id), timeline)

    def _loader(self, model: Fusion, plan: FitPlan, random: torch.Generator) -> DataLoader[object]:
        windows = TrainingWindows(
            self.source,
            plan.training,
            label_index=self._label_index,
            modalities=model.shape.modalities,
            window_frames=self._settings.windows[0],
            augmentation=Augmentation.of(self._settings),
            generator=random,
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
        """(classes,) log prior added to the logits while training, so that the bare logits serve an even prior.

        Menon et al., "Long-tail learning via logit adjustment", ICLR 2021. Zero where sampling balances the classes, and
        for labels that no row has.
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
        optimiser: torch.optim.Optimizer,
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
            for group in optimiser.param_groups:
                group["lr"] = self._settings.learning_rate * _rate(done)
            # Balanced sampling has spent the weights already, by drawing.
            weights = (
                batch.weights if self._settings.imbalance == "logit-adjustment" else torch.ones_like(batch.weights)
            )
            losses = F.cross_entropy(model(batch).logits + adjustment, batch.labels, reduction="none")
            loss = (losses * weights).sum() / weights.sum()
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(model.parameters(), _CLIP_NORM)
            optimiser.step()
            total += float((losses.detach() * weights).sum())
            weight += float(weights.sum())
        return total / weight

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
        """Writes the curve's point; returns the best weights so far."""
        loss, accuracy = None, None
        if plan.validation:
            loss, accuracy = self._validate(model, plan.validation, adjustment)
            if loss < state.best_loss:
                state.best_loss, state.best_epoch = loss, state.epoch
                best = _copied(model)
        self._curves.append(plan.key, CurvePoint(state.epoch, train_loss, loss, accuracy))
        return best

    def _validate(self, model: Fusion, rows: Sequence[CuratedRow], adjustment: Tensor) -> tuple[float, float]:
        """Weighted loss as in training, and weighted balanced accuracy, on whole clips."""
        answers = self.predict(model, [row.clip_id for row in rows])
        log_probability = torch.tensor([answers[row.clip_id] for row in rows]).clamp(min=1e-9).log()
        labels = torch.tensor([self._label_index[row.label] for row in rows])
        weights = torch.tensor([row.weight for row in rows])
        losses = F.cross_entropy(log_probability + adjustment, labels, reduction="none")
        right = (log_probability.argmax(dim=-1) == labels).float()
        recalls = [
            float((right * weights)[labels == label].sum() / weights[labels == label].sum())
            for label in sorted(set(labels.tolist()))
        ]
        return float((losses * weights).sum() / weights.sum()), float(np.mean(recalls))


def _copied(model: Fusion) -> Weights:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def fit_seed(seed: int, key: FitKey) -> int:
    """A seed of its own for every fit, so that the fits before it do not matter to a resumed one."""
    return zlib.crc32(f"{seed}/{key.name}".encode())


def _rate(done: float) -> float:
    """Linear warm-up, then half a cosine to 0; `done` is the share of the steps taken, 0..1."""
    if done < _WARM_UP:
        return (done + 0.01) / (_WARM_UP + 0.01)
    return 0.5 * (1 + math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP)))


def _class_weight(rows: Sequence[CuratedRow]) -> Mapping[str, float]:
    weights: dict[str, float] = {}
    for row in rows:
        weights[row.label] = weights.get(row.label, 0.0) + row.weight
    return weights
