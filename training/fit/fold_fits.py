"""The fits on one set of training rows: each modality alone (stage 1), then all jointly from those weights (stage
2).
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from core.settings.training import TrainingSettings
from core.types.runs import CuratedRow
from training.data.cue_rates import fit_cue_model, scores_by_others
from training.data.dataset import ClipSource
from training.data.dataset_spec import DatasetSpec
from training.data.soft_labels import weighted_targets
from training.fit.fitter import FitPlan, Fitter, fit_seed
from training.fit.mirror_choice import mirror_helps
from training.fit.solved_shortcut import share_beside, solved
from training.fit.training_curves import FUSION, FitKey
from training.fit.window_budget import WindowBudget
from training.models.fusion import Fusion
from training.models.input_shortcut import InputShortcut
from training.models.long_transformer import set_checkpointing
from training.models.model_shape import ModelShape
from training.models.pose_branch import PoseBranch

Matrix = npt.NDArray[np.float64]
CueInputs = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], list[int]]  # of `fit_cue_model`
Place = tuple[tuple[float, float], str]  # part of the progress bar, 0..1, and its text


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
        having = [row for row in rows if name in self.spec.kinds[row.clip_id]]
        plan = FitPlan(FitKey(fold, 1, name), having, self.settings.stage1_steps, *place)
        plan = self._within_budget(plan, with_pose=name == "pose")
        return self._fitted(self._fresh((name,), plan), plan)

    def joint(
        self, rows: Sequence[CuratedRow], fold: int, singles: Mapping[str, Fusion], place: Place, name: str = FUSION
    ) -> Fusion:
        """Stage 2: the fusion of `singles`, starting from their weights; a single modality is returned as it is."""
        if len(singles) == 1:
            return next(iter(singles.values()))
        plan = FitPlan(FitKey(fold, 2, name), rows, self.settings.stage2_steps, *place)
        plan = self._within_budget(plan, with_pose="pose" in singles)
        model = self._fresh(tuple(singles), plan)
        model.start_from(singles)
        return self._fitted(model, plan)

    def _fitted(self, model: Fusion, plan: FitPlan) -> Fusion:
        """Fits the networks beside scores of cues and of a solved shortcut that have not seen the subject of their row."""
        if model.pose is not None:
            rows = self._with_pose(plan.training)
            cue_scores, mirror = self._cue_scores(plan.training), self._mirrors(model.pose, rows)
            known = self._solve_shortcut(model, rows, cue_scores, mirror=mirror)
            plan = dataclasses.replace(plan, cue_scores=cue_scores, shortcut_scores=known, mirror=mirror)
        return self.fitter.fit(model, plan)

    def _mirrors(self, branch: PoseBranch, rows: Sequence[CuratedRow]) -> bool:
        """Whether half of the clips of a fit are mirrored: as the settings say, else as its training people tell."""
        if self.settings.mirror != "auto" or branch.shortcut is None or not rows:
            return self.settings.mirror in ("half", "both")
        return mirror_helps(
            self._statistics(branch.shortcut, branch, rows, mirrored=False),
            self._statistics(branch.shortcut, branch, rows, mirrored=True),
            np.array([self.labels.index(row.label) for row in rows]),
            np.array([row.subject_id for row in rows]),
        )

    def _solve_shortcut(
        self, model: Fusion, rows: Sequence[CuratedRow], cue_scores: Mapping[int, Matrix], *, mirror: bool
    ) -> dict[int, Matrix]:
        """Solves a shortcut that no step changes, and returns its scores of the training clips by other people.

        In a fusion it counts as one modality of several, as its network does; beside cue scores, as much as it adds to
        them.
        """
        branch = model.pose
        if branch is None or branch.shortcut is None or not branch.shortcut.solved or not rows:
            return {}
        ids, subjects = [row.clip_id for row in rows], [row.subject_id for row in rows]
        taught = weighted_targets(rows, self.labels)
        views = [
            self._statistics(branch.shortcut, branch, rows, mirrored=one)
            for one in ((False, True) if mirror else (False,))
        ]
        solution = solved(views, taught, subjects)
        share = 1 / len(model.shape.modalities)
        if cue_scores:
            share *= share_beside(solution.by_others, np.stack([cue_scores[clip_id] for clip_id in ids]), taught)
        solution = solution.times(share)
        branch.shortcut.set_solution(torch.from_numpy(solution.weight), torch.from_numpy(solution.bias))
        return dict(zip(ids, solution.by_others, strict=True))

    def _statistics(
        self, shortcut: InputShortcut, branch: PoseBranch, rows: Sequence[CuratedRow], *, mirrored: bool
    ) -> Matrix:
        """(clips, statistics) of the clips or their mirror images, as the branch's shortcut reads them."""
        found = self.fitter.scales.statistics(branch, [row.clip_id for row in rows], mirrored=mirrored)
        scaled: Matrix = shortcut.scaled(found).numpy()
        return scaled

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
        if model.pose is not None:
            self.fitter.scales.set_scale(model.pose, [row.clip_id for row in self._with_pose(plan.training)])
            self._set_cue_model(model, plan.training)
        return model

    def _set_cue_model(self, model: Fusion, rows: Sequence[CuratedRow]) -> None:
        rows = self._reading_cues(rows)
        if rows:
            model.set_cue_model(fit_cue_model(*self._cue_inputs(rows)))

    def _cue_scores(self, rows: Sequence[CuratedRow]) -> dict[int, npt.NDArray[np.float64]]:
        rows = self._reading_cues(rows)
        scores = scores_by_others(*self._cue_inputs(rows)) if rows else ()
        return {row.clip_id: score for row, score in zip(rows, scores, strict=True)}

    def _reading_cues(self, rows: Sequence[CuratedRow]) -> list[CuratedRow]:
        """The rows whose cues a model reads."""
        if not self.fitter.source.cue_names:
            return []
        return self._with_pose(rows)

    def _with_pose(self, rows: Sequence[CuratedRow]) -> list[CuratedRow]:
        return [row for row in rows if "pose" in self.spec.kinds[row.clip_id]]

    def _cue_inputs(self, rows: Sequence[CuratedRow]) -> CueInputs:
        counts = np.stack([self.fitter.source.cue_counts(row.clip_id) for row in rows])
        return counts, weighted_targets(rows, self.labels), [row.subject_id for row in rows]


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
        keypoint_model=settings.keypoint_model,
        keypoint_joints=settings.keypoint_joints,
        joints=tuple(joint for joint in source.joints(source.names) if joint < settings.keypoint_joints),
        stgcn_channels=settings.stgcn.channels,
        stgcn_segment_frames=settings.stgcn.window_frames,
        mirrored=settings.mirror == "both",
        reads_parts=settings.reads_parts,
    )
