"""What a fit solves in closed form on key points, beside the steps of its network.

Cue models, the shortcut of long clips, whether clips are mirrored, and how much of each adds to the others. The network
learns beside scores that each training clip has from other people, never beside what its own label has told.
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
from training.data.cue_targets import positive_weights
from training.data.dataset_spec import DatasetSpec
from training.data.soft_labels import weighted_targets
from training.fit.fitter import FitPlan, Fitter
from training.fit.mirror_choice import mirror_helps
from training.fit.solved_shortcut import share_beside, solved
from training.models.fusion import CUES, Fusion
from training.models.input_shortcut import InputShortcut
from training.models.pose_branch import PoseBranch

Matrix = npt.NDArray[np.float64]
CueInputs = tuple[Matrix, Matrix, list[int]]  # of `fit_cue_model`


@dataclass(frozen=True, slots=True)
class KeypointSolutions:
    """Of all fits of one seed. Rows without key points are left out everywhere."""

    fitter: Fitter
    settings: TrainingSettings
    labels: Sequence[str]
    spec: DatasetSpec

    def begin(self, model: Fusion, rows: Sequence[CuratedRow]) -> None:
        """Sets the scale of the features and the cue model of a new model, before its first step."""
        if model.pose is None:
            return
        rows = self._with_pose(rows)
        self.fitter.scales.set_scale(model.pose, [row.clip_id for row in rows])
        if rows and self.fitter.source.cue_names:
            model.set_cue_model(fit_cue_model(*self._cue_inputs(rows)))

    def fitted(self, model: Fusion, plan: FitPlan, weights: Mapping[str, float] | None = None) -> Fusion:
        """The model after the steps of the plan, beside what is solved before them, and with what is solved after them.

        `weights`: of the modalities and of `CUES`, in a fusion.
        """
        if model.pose is None:
            return self.fitter.fit(model, plan)
        counted, rows = weights or {}, self._with_pose(plan.training)
        cue_scores, mirror = self._cue_scores(rows), self._mirrors(model.pose, rows)
        known = self._solve_shortcut(model.pose, rows, cue_scores, mirror=mirror, weight=counted.get("pose", 1.0))
        cue_scores = {clip_id: counted.get(CUES, 1.0) * one for clip_id, one in cue_scores.items()}
        self._weigh_cues(model.pose, rows)
        beside = dataclasses.replace(plan, cue_scores=cue_scores, shortcut_scores=known, mirror=mirror)
        fitted = self.fitter.fit(model, beside)
        self._score_found_cues(fitted, rows, (cue_scores, known), weight=counted.get("pose", 1.0))
        return fitted

    def _with_pose(self, rows: Sequence[CuratedRow]) -> list[CuratedRow]:
        return [row for row in rows if "pose" in self.spec.kinds[row.clip_id]]

    def _cue_scores(self, rows: Sequence[CuratedRow]) -> dict[int, Matrix]:
        """By clip id, the scores of measured cues from other people; nothing where the model reads none."""
        if not rows or not self.fitter.source.cue_names:
            return {}
        scores = scores_by_others(*self._cue_inputs(rows))
        return {row.clip_id: score for row, score in zip(rows, scores, strict=True)}

    def _cue_inputs(self, rows: Sequence[CuratedRow]) -> CueInputs:
        counts = np.stack([self.fitter.source.cue_counts(row.clip_id) for row in rows])
        return counts, weighted_targets(rows, self.labels), [row.subject_id for row in rows]

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
        self,
        branch: PoseBranch,
        rows: Sequence[CuratedRow],
        cue_scores: Mapping[int, Matrix],
        *,
        mirror: bool,
        weight: float,
    ) -> dict[int, Matrix]:
        """Solves a shortcut that no step changes, and returns its scores of the training clips by other people.

        `weight`: of key points in a fusion. Beside cue scores it counts as much as it adds to them.
        """
        if branch.shortcut is None or not branch.shortcut.solved or not rows:
            return {}
        ids, subjects = [row.clip_id for row in rows], [row.subject_id for row in rows]
        taught = weighted_targets(rows, self.labels)
        views = [
            self._statistics(branch.shortcut, branch, rows, mirrored=one)
            for one in ((False, True) if mirror else (False,))
        ]
        solution = solved(views, taught, subjects, branch.shortcut.moments)
        share = weight
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

    def _weigh_cues(self, branch: PoseBranch, rows: Sequence[CuratedRow]) -> None:
        """Weighs the moments of the taught cues by how rare they are in the training clips."""
        source, finder = self.fitter.source, branch.cue_finder
        if finder is not None:
            taught = [source.taught[row.clip_id] for row in rows if row.clip_id in source.taught]
            finder.positive_weight.copy_(torch.from_numpy(positive_weights(taught, source.taught_names)))

    def _score_found_cues(
        self, model: Fusion, rows: Sequence[CuratedRow], beside: Sequence[Mapping[int, Matrix]], *, weight: float
    ) -> None:
        """Fits how the label follows from how often the network finds each cue, and how much that adds to the scores
        `beside`, by clip id. `weight`: of key points in a fusion.
        """
        if model.pose is None or model.found_cue_scores is None or not rows:
            return
        ids, subjects = [row.clip_id for row in rows], [row.subject_id for row in rows]
        counts, taught = self.fitter.found_cues(model.pose, ids), weighted_targets(rows, self.labels)
        others = np.stack([sum((one[clip_id] for one in beside if one), np.zeros(len(self.labels))) for clip_id in ids])
        share = weight * share_beside(scores_by_others(counts, taught, subjects), others, taught)
        found = fit_cue_model(counts, taught, subjects)
        model.found_cue_scores.set_model(dataclasses.replace(found, shrinkage=share * found.shrinkage))
