"""One training run, from a curated set to a stored table, predictions and a model on disk.

    set up -> folds: stage 1 (each modality alone), stage 2 (jointly), baselines -> the table
           -> folds of promotion -> one model on all rows -> predictions, artifacts, promoted or not

Runs as a job in a process of its own. Killed or cancelled, the next run of the same set, settings and code goes on from
the last epoch's checkpoint and ends with the same weights.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from core.errors import JobCancelledError, TelltaleError
from core.feature_store import FeatureStore
from core.progress import Progress
from core.settings.training import TrainingSettings
from core.types.runs import CuratedRow, CuratedSet, Run, RunState
from core.workspace import Workspace
from db import curated_sets, runs
from db.engine import Database
from training.data.dataset import open_clips
from training.data.dataset_spec import features_digest, gather
from training.data.splits import Side, grouped_folds, refuse_labels, sides_of_folds
from training.evaluation.baselines import logistic_on_cues, majority, rates_of_cues
from training.evaluation.label_errors import label_doubts
from training.evaluation.model_selection import decide, flips_of, promotion_seed, read_answers, write_answers
from training.fit.device import device_of
from training.fit.disk_space import disk_refusals_told
from training.fit.fitter import Fitter
from training.fit.fold_fits import FoldFits, shape_of
from training.fit.training_curves import FINAL_FOLD, PROMOTION_FOLD
from training.fit.window_budget import WindowBudget, measured_window_s, window_budget
from training.models.fusion import Fusion, parameter_count
from training.models.model_shape import ModelShape
from training.models.pose_branch import PoseBranch
from training.runs.artifacts import code_version, write_artifacts
from training.runs.run_folder import RunFolder, claim_run
from training.runs.run_metrics import CUE_RATES, FUSION, best_possible, metrics_of, predictions_of, scored_clips

_CLIPS_READ = 0.05  # shares of the run's progress
_FITTED = 0.97

Answers = dict[str, dict[int, tuple[float, ...]]]


def train(
    workspace: Workspace,
    database: Database,
    curated_set_id: int,
    progress: Progress,
    job_id: int | None = None,
    *,
    resume: bool = True,
    best_balanced_accuracy: float | None = None,
) -> Run:
    """Trains, scores and stores; returns the finished run, which is the current one if it is not worse than that was.

    `best_balanced_accuracy` overrides what the workspace's cohort says is possible. Raises TrainingError, FeatureError or
    NotFoundError where the run cannot start or go on, JobCancelledError after a cancel. The run is then recorded as failed
    or cancelled, and the current run stays what it was.
    """
    torch.set_num_threads(workspace.settings.training.max_threads)
    with database.read() as connection:
        curated = curated_sets.get(connection, curated_set_id)
    run, folder = claim_run(
        workspace,
        database,
        curated_set_id=curated.id,
        job_id=job_id,
        settings={
            **workspace.settings.training.model_dump(mode="json"),
            "labels": list(workspace.settings.taxonomy.names),
            "curated_digest": curated.digest,
            "features_digest": features_digest(database, {row.clip_id for row in curated.rows}),
        },
        code_version=code_version(),
        resume=resume,
    )
    work = _Work(workspace, database, curated, run, folder, progress)
    succeeded = False
    try:
        with disk_refusals_told(folder.path):
            metrics = _train(work, best_balanced_accuracy)
        with database.write() as connection:
            run = runs.finish(connection, run.id, metrics)
            if metrics["promotion"]["promoted"]:
                run = runs.set_current(connection, run.id)
        succeeded = True
    except JobCancelledError:
        _record(database, run.id, RunState.CANCELLED, "Cancelled; the next run of the same set goes on from here.")
        raise
    except TelltaleError as error:
        _record(database, run.id, RunState.FAILED, str(error))
        raise
    except Exception as error:
        _record(database, run.id, RunState.FAILED, f"{type(error).__name__}: {error}")
        raise
    finally:
        folder.close(succeeded=succeeded)
    return run


@dataclasses.dataclass(frozen=True, slots=True)
class _Work:
    """What a run is done with."""

    workspace: Workspace
    database: Database
    curated: CuratedSet
    run: Run
    folder: RunFolder
    progress: Progress


def _train(work: _Work, best_balanced_accuracy: float | None) -> dict[str, Any]:
    """Everything between the run's first row and its last; returns its metrics."""
    workspace, database, curated, run, progress = work.workspace, work.database, work.curated, work.run, work.progress
    settings, labels = workspace.settings.training, workspace.settings.taxonomy.names
    subject_of = {row.clip_id: row.subject_id for row in curated.rows}
    refuse_labels(curated.rows, labels, scored_clips(database, subject_of))
    material = gather(database, curated, settings)
    progress.report(0, "reading features")
    source = open_clips(
        FeatureStore(workspace.features_dir),
        material.clips,
        material.kinds,
        cache=work.folder.cache,
        max_frames=settings.max_frames,
        measured=material.measured,
        progress=progress,
        windows=settings.windows,
        needed={row.clip_id for row in curated.rows},
    )
    shape = shape_of(settings, material, source, len(labels))
    fitter = Fitter(source, settings, labels, work.folder.path, progress)
    budget = _budget(shape, settings, work.folder.path, len(curated.rows), progress)
    trainer = _Trainer(FoldFits(fitter, shape, settings, labels, material, budget), work.folder.path)
    fold_of = grouped_folds(
        [row.subject_id for row in curated.rows], [row.label for row in curated.rows], settings.folds, settings.seed
    )
    clip_ids = [row.clip_id for row in curated.rows]
    answers: Answers = {}
    for fold, side in enumerate(sides_of_folds(curated.rows, fold_of, settings.folds)):
        for name, of_clips in trainer.fold(fold, side).items():
            answers.setdefault(name, {}).update(of_clips)
    of_promotion = trainer.promotion(curated.rows)
    write_answers(work.folder.path, labels, of_promotion)
    model, others = trainer.final(curated.rows, list(source.clips))

    progress.report(_FITTED, "scoring")
    scored = scored_clips(database, subject_of)
    best = best_possible(workspace, database, scored, best_balanced_accuracy)
    with database.read() as connection:
        before = runs.current(connection)
        said_before = {} if before is None else {p.clip_id: p.label for p in runs.predictions_of(connection, before.id)}
    metrics = {
        **metrics_of(answers, scored, labels, curated.rows, best=best, seed=settings.seed),
        "folds": settings.folds,
        "cues": source.cue_names,
        "modalities": list(material.modalities),
        "left_out_modalities": dict(material.left_out),
        "not_predicted": list(source.refused.values()),
        "producers": {name: dataclasses.asdict(producer) for name, producer in material.producers.items()},
        "parameters": parameter_count(model),
        "keypoint_model": settings.keypoint_model,
        "window_budget": None if budget is None else dataclasses.asdict(budget),
        "code_version": run.code_version,
    }
    predictions = predictions_of(
        run.id,
        answers[FUSION],
        others,
        folds=dict(zip(clip_ids, fold_of, strict=True)),
        labels=labels,
        doubts=label_doubts(curated.rows, answers[FUSION], labels),
    )
    answers_before = None if before is None else read_answers(workspace.root / before.artefacts_path, labels)
    metrics["flips"] = flips_of(before, said_before, predictions, scored)
    metrics["promotion"] = decide(of_promotion, before, answers_before, scored, labels)
    write_artifacts(
        work.folder.path,
        model,
        curated,
        run.settings,
        metrics,
        windows=settings.windows,
        perception=workspace.settings.perception.model_dump(mode="json"),
    )
    with database.write() as connection:
        runs.store_predictions(connection, predictions)
    return metrics


@dataclasses.dataclass(frozen=True, slots=True)
class _Trainer:
    """The fits of one run: `fold` for the reported table, `final` for the model that is kept."""

    fits: FoldFits
    folder: Path

    def fold(self, fold: int, side: Side) -> Answers:
        """Answers for the held-out clips by row name of the table; single modalities only where a clip has them."""
        training, held_out = side
        singles, joint = self._fit(training, fold)
        answers: Answers = {
            "majority": majority(training, held_out, self.fits.labels),
            "logistic regression on cues": logistic_on_cues(
                training, held_out, self.fits.labels, self.fits.material.statistics
            ),
        }
        if self.fits.fitter.source.cue_names:
            answers[CUE_RATES] = rates_of_cues(training, held_out, self.fits.labels, self.fits.fitter.source.cue_counts)
        for name, model in singles.items():
            having = [clip_id for clip_id in held_out if name in self.fits.material.kinds[clip_id]]
            answers[f"{name} alone"] = self.fits.fitter.predict(model, having)
        answers[FUSION] = self.fits.fitter.predict(joint, held_out)
        self.fits.fitter.write_timelines(joint, held_out, self.folder)
        return answers

    def promotion(self, rows: Sequence[CuratedRow]) -> dict[int, tuple[float, ...]]:
        """Answers for every row by models of the folds that promotion alone is decided on."""
        settings = self.fits.settings
        fold_of = grouped_folds(
            [row.subject_id for row in rows],
            [row.label for row in rows],
            settings.promotion_folds,
            promotion_seed(settings.seed),
        )
        answers: dict[int, tuple[float, ...]] = {}
        for fold, (training, held_out) in enumerate(sides_of_folds(rows, fold_of, settings.promotion_folds)):
            _, joint = self._fit(training, PROMOTION_FOLD - fold)
            answers.update(self.fits.fitter.predict(joint, held_out))
        return answers

    def final(self, rows: Sequence[CuratedRow], clip_ids: Sequence[int]) -> tuple[Fusion, dict[int, tuple[float, ...]]]:
        """The model on all rows, and its answers for the clips that are not in the set."""
        _, joint = self._fit(rows, FINAL_FOLD)
        inside = {row.clip_id for row in rows}
        others = [clip_id for clip_id in clip_ids if clip_id not in inside]
        self.fits.fitter.write_timelines(joint, others, self.folder)
        return joint, self.fits.fitter.predict(joint, others)

    def _fit(self, rows: Sequence[CuratedRow], fold: int) -> tuple[dict[str, Fusion], Fusion]:
        """Stage 1, each modality alone on the clips that have it, then stage 2, all together from those weights."""
        singles: dict[str, Fusion] = {}
        for name in self.fits.material.modalities:
            singles[name] = self.fits.single(rows, fold, name, self._place(fold, len(singles), f"{name} alone"))
        return singles, self.fits.joint(rows, fold, singles, self._place(fold, len(singles), "all together"))

    def _place(self, fold: int, fits_done: int, what: str) -> tuple[tuple[float, float], str]:
        """Where a fit lies on the run's progress bar, and what it is called there."""
        settings, fits = self.fits.settings, len(self.fits.material.modalities) + 1
        step = (_FITTED - _CLIPS_READ) / (_cuts(settings) * fits)
        if fold >= 0:
            before, where = fold, f"fold {fold + 1} of {settings.folds}"
        elif fold == FINAL_FOLD:
            before, where = _cuts(settings) - 1, "all clips"
        else:
            number = PROMOTION_FOLD - fold
            before, where = settings.folds + number, f"promotion fold {number + 1} of {settings.promotion_folds}"
        begin = _CLIPS_READ + step * (before * fits + fits_done)
        return (begin, begin + step), f"{where}: {what}"


def _cuts(settings: TrainingSettings) -> int:
    """How often everything is fitted: a fold of the table, a fold of promotion, and once on all rows."""
    return settings.folds + settings.promotion_folds + 1


def _budget(
    shape: ModelShape, settings: TrainingSettings, folder: Path, rows: int, progress: Progress
) -> WindowBudget | None:
    """How much ST-GCN may see; None for another key-point model."""
    if settings.keypoint_model != "stgcn" or "pose" not in shape.modalities:
        return None
    progress.report(0, "measuring how long ST-GCN takes for a window")
    stages = 1 if shape.modalities == ("pose",) else 2
    return window_budget(
        folder,
        settings.stgcn,
        fits=stages * _cuts(settings),
        answers=(stages + 2) * rows,  # every held-out clip once a stage, once for its timeline, once for promotion
        measure=lambda: measured_window_s(
            PoseBranch(shape).encoder.to(device_of(settings.device)), settings.stgcn.window_frames, settings.batch_clips
        ),
    )


def _record(database: Database, run_id: int, state: RunState, reason: str) -> None:
    with database.write() as connection:
        runs.fail(connection, run_id, state, reason)
