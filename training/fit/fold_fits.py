"""The fits on one set of training rows: each modality alone (stage 1), then their fusion (stage 2).

How much each modality counts in the fusion is found on halves of the training people (training.fit.modality_weights).
With the fusion method "late" that is all; with the others the fusion is then fitted on from there.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from core.settings.training import TrainingSettings
from core.types.runs import CuratedRow
from training.data.cue_rates import cue_terms
from training.data.dataset import ClipSource
from training.data.dataset_spec import DatasetSpec
from training.data.resolved_settings import candidate_steps
from training.data.soft_labels import even_log_loss, weighted_targets
from training.fit.fitter import FitPlan, Fitter, fit_seed
from training.fit.keypoint_solutions import KeypointSolutions
from training.fit.modality_weights import HALVES, halves, stacked_weights
from training.fit.training_curves import FUSION, HALF_STAGE, FitKey
from training.fit.window_budget import WindowBudget
from training.models.fusion import CUES, Fusion
from training.models.fusion_methods import LATE
from training.models.long_transformer import set_checkpointing
from training.models.model_shape import ModelShape

Matrix = npt.NDArray[np.float64]
Place = tuple[tuple[float, float], str]  # part of the progress bar, 0..1, and its text
_LEAST_SHARE = 1e-12


@dataclass(frozen=True, slots=True)
class FoldFits:
    """What all fits of one seed have in common; `settings.seed` is that seed."""

    fitter: Fitter
    shape: ModelShape
    settings: TrainingSettings
    labels: Sequence[str]
    spec: DatasetSpec
    budget: WindowBudget | None  # for ST-GCN; other models take all their steps

    def single(self, rows: Sequence[CuratedRow], fold: int, name: str, place: Place) -> Fusion:
        """Stage 1: a model of one modality, on the rows that have it."""
        candidates, steps = candidate_steps(self.settings), self.settings.stage1_steps
        if len(candidates) > 1 and (self.budget is None or name != "pose"):
            ((begin, end), message), tried = place, HALVES * sum(candidates)
            chosen = begin + (end - begin) * tried / (tried + max(candidates))
            steps = self._chosen_steps(rows, fold, name, candidates, ((begin, chosen), message))
            place = ((chosen, end), message)
        return self._alone(rows, FitKey(fold, 1, name), name, steps, place)

    def joint(
        self, rows: Sequence[CuratedRow], fold: int, singles: Mapping[str, Fusion], place: Place, name: str = FUSION
    ) -> Fusion:
        """Stage 2: the fusion of `singles`, starting from their weights; a single modality is returned as it is."""
        if len(singles) == 1:
            return next(iter(singles.values()))
        late = self.shape.join == LATE
        ((begin, end), message), fits = place, HALVES * len(singles)
        step = (end - begin) / (fits if late else fits + 1)
        weights = self._weights(rows, fold, tuple(singles), ((begin, begin + fits * step), message))
        steps = 0 if late else self.settings.stage2_steps
        plan = FitPlan(FitKey(fold, 2, name), rows, steps, (begin + fits * step, end), message)
        model = self._fresh(tuple(singles), plan)
        model.start_from(singles, weights)
        if late:
            return self.fitter.fit(model, plan)
        plan = self._within_budget(plan, with_pose="pose" in singles)
        return self._solutions.fitted(model, plan, weights)

    def _alone(self, rows: Sequence[CuratedRow], key: FitKey, name: str, steps: int, place: Place) -> Fusion:
        having = [row for row in rows if name in self.spec.kinds[row.clip_id]]
        plan = self._within_budget(FitPlan(key, having, steps, *place), with_pose=name == "pose")
        return self._solutions.fitted(self._fresh((name,), plan), plan)

    def _chosen_steps(
        self, rows: Sequence[CuratedRow], fold: int, name: str, candidates: Sequence[int], place: Place
    ) -> int:
        """Of the candidates the steps whose models of half of the people answer best for the other half; the usual ones
        where the people cannot be halved.
        """
        losses = []
        having = [row for row in rows if name in self.spec.kinds[row.clip_id]]
        split = halves(having)
        if not split:
            return self.settings.stage1_steps
        (begin, end), message = place
        for steps in candidates:
            logs, wanted = [], []
            for half, (learned, asked) in enumerate(split):
                step = (end - begin) * steps / (sum(candidates) * len(split))
                key = FitKey(fold, HALF_STAGE, f"{name}-{half}-{steps}")
                told = f"{message}, {steps} steps on half of the people"
                model = self._alone(learned, key, name, steps, ((begin, begin + step), told))
                begin += step
                shares = self.fitter.predict(model, [row.clip_id for row in asked])
                logs.append(np.log(np.maximum([shares[row.clip_id] for row in asked], _LEAST_SHARE)))
                wanted.append(weighted_targets(asked, self.labels))
            losses.append(even_log_loss(np.concatenate(logs), np.concatenate(wanted)))
        return candidates[int(np.argmin(losses))]

    def _weights(self, rows: Sequence[CuratedRow], fold: int, names: Sequence[str], place: Place) -> dict[str, float]:
        """The weight of each modality, and of `CUES`, in the sum of logits; the mean where the people cannot be halved."""
        parts = [*names, *([CUES] if "pose" in names and self.shape.cues else [])]
        split = halves(rows)
        if not split:
            return dict.fromkeys(parts, 1 / len(names))
        (begin, end), message = place
        step = (end - begin) / (len(split) * len(names))
        terms, wanted = [], []
        for half, (learned, asked) in enumerate(split):
            found = np.zeros((len(asked), len(parts), len(self.labels)))
            for number, name in enumerate(names):
                start = begin + step * (half * len(names) + number)
                key, told = FitKey(fold, HALF_STAGE, f"{name}-{half}"), f"{message}, {name} on half of the people"
                model = self._alone(learned, key, name, self.settings.stage2_steps, ((start, start + step), told))
                self._add_terms(model, name, asked, parts, found)
            terms.append(found)
            wanted.append(weighted_targets(asked, self.labels))
        weights = stacked_weights(np.concatenate(terms), np.concatenate(wanted))
        return dict(zip(parts, weights.tolist(), strict=True))

    def _add_terms(
        self, model: Fusion, name: str, asked: Sequence[CuratedRow], parts: Sequence[str], found: Matrix
    ) -> None:
        """Writes what the model adds to the logits of the clips that have the modality into `found` (N, parts, classes),
        what it takes from cues apart.
        """
        places = [place for place, row in enumerate(asked) if name in self.spec.kinds[row.clip_id]]
        shares = self.fitter.predict(model, [asked[place].clip_id for place in places])
        for place in places:
            clip_id = asked[place].clip_id
            logits = np.log(np.maximum(shares[clip_id], _LEAST_SHARE))
            logits -= logits.mean()
            if name == "pose" and CUES in parts and model.cue_scores is not None:
                counts = self.fitter.source.cue_counts(clip_id)
                found[place, parts.index(CUES)] = cue_terms(counts[None], model.cue_scores.model())[0].sum(axis=1)
                logits -= found[place, parts.index(CUES)]
            found[place, parts.index(name)] = logits

    def _within_budget(self, plan: FitPlan, *, with_pose: bool) -> FitPlan:
        """The plan with its steps cut to the time budget of ST-GCN."""
        if self.budget is None or not with_pose:
            return plan
        batch = min(self.settings.batch_clips, max(1, len(plan.training)))
        return dataclasses.replace(plan, steps=self.budget.steps(plan.steps, batch))

    def _fresh(self, modalities: tuple[str, ...], plan: FitPlan) -> Fusion:
        """A new model; its initial weights depend only on the seed and the fit."""
        torch.manual_seed(fit_seed(self.settings.seed, plan.key))
        model = Fusion(dataclasses.replace(self.shape, modalities=modalities))
        set_checkpointing(model, self.settings.activation_checkpointing)
        self.fitter.let_cancel_interrupt(model)
        self._solutions.begin(model, plan.training)
        return model

    @property
    def _solutions(self) -> KeypointSolutions:
        return KeypointSolutions(self.fitter, self.settings, self.labels, self.spec)


def shape_of(settings: TrainingSettings, spec: DatasetSpec, source: ClipSource, classes: int) -> ModelShape:
    """The shape of the fusion model for these settings and features."""
    return ModelShape(
        modalities=spec.modalities,
        classes=classes,
        width=settings.width,
        layers=settings.layers,
        heads=settings.heads,
        patch_frames=settings.patch_frames,
        image_features=source.widths.get("image", 0),
        text_features=source.widths.get("text", 0),
        dropout=settings.dropout,
        modality_dropout=settings.modality_dropout,
        head_dropout=settings.head_dropout,
        join=settings.fusion_method,
        cues=len(source.cue_names),
        taught_cues=len(source.taught_names) if settings.reads_parts and settings.keypoint_model == "mlp" else 0,
        keypoint_model=settings.keypoint_model,
        keypoint_joints=settings.keypoint_joints,
        joints=tuple(joint for joint in source.joints(source.names) if joint < settings.keypoint_joints),
        stgcn_channels=settings.stgcn.channels,
        stgcn_segment_frames=settings.stgcn.window_frames,
        mirrored=settings.mirror == "both",
        reads_parts=settings.reads_parts,
    )
