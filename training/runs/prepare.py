"""The first step of a run: checks the curated set, opens its features, makes the folds."""

from dataclasses import dataclass

from core.feature_store import FeatureStore
from core.progress import Progress
from core.settings.training import TrainingSettings
from core.types.runs import CuratedSet, Run
from core.workspace import Workspace
from db.engine import Database
from training.data.dataset import open_clips
from training.data.dataset_spec import gather
from training.data.splits import grouped_folds, refuse_labels
from training.fit.device import device_of
from training.fit.fitter import Fitter
from training.fit.fold_fits import FoldFits, shape_of
from training.fit.modality_weights import HALVES
from training.fit.resources import resolved, take_threads
from training.fit.window_budget import WindowBudget, measured_window_s, window_budget
from training.models.model_shape import ModelShape
from training.models.pose_branch import PoseBranch
from training.runs.labels_of_set import labels_of_set
from training.runs.linear_row import key_point_summary
from training.runs.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class RunContext:
    """The inputs of every step of a run."""

    workspace: Workspace
    database: Database
    curated: CuratedSet
    run: Run
    folder: RunFolder
    progress: Progress

    @property
    def settings(self) -> TrainingSettings:
        return self.workspace.settings.training

    @property
    def labels(self) -> tuple[str, ...]:
        return self.workspace.settings.taxonomy.names

    @property
    def subject_of_clip(self) -> dict[int, int]:
        """Clip id to subject id, for the curated set."""
        return {row.clip_id: row.subject_id for row in self.curated.rows}


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """`fold_of[i]` is the cross-validation fold in which row i of the curated set is held out."""

    context: RunContext
    fits: FoldFits
    fold_of: list[int]


def prepare(context: RunContext) -> PreparedRun:
    """Opens the features and makes the folds. Raises TrainingError or FeatureError where the set cannot be trained
    on.
    """
    settings, rows, progress = context.settings, context.curated.rows, context.progress
    refuse_labels(rows, context.labels, labels_of_set(context.database, context.curated))
    spec = gather(context.database, context.curated, settings)
    progress.report(0, "reading features")
    source = open_clips(
        FeatureStore(context.workspace.features_dir),
        spec.clips,
        spec.kinds,
        cache=context.folder.cache,
        max_frames=settings.max_frames,
        measured=spec.measured,
        taught=spec.taught,
        progress=progress,
        windows=settings.windows,
        needed={row.clip_id for row in rows},
        summary=key_point_summary,
    )
    settings = resolved(settings, source.training_frames(row.clip_id for row in rows), context.folder.path)
    take_threads(settings)
    shape = shape_of(settings, spec, source, len(context.labels))
    fitter = Fitter(source, settings, context.labels, context.folder.path, progress)
    budget = _stgcn_budget(context, settings, shape)
    fold_of = grouped_folds(
        [row.subject_id for row in rows],
        [row.label for row in rows],
        settings.folds,
        settings.seed,
        named=context.workspace.settings.taxonomy.quoted,
    )
    return PreparedRun(context, FoldFits(fitter, shape, settings, context.labels, spec, budget), fold_of)


def trainings_of(settings: TrainingSettings) -> int:
    """How often a run trains all its models: once per fold of cross-validation and of model selection, and once on
    all rows.
    """
    return settings.folds + settings.selection_folds + 1


def _stgcn_budget(context: RunContext, settings: TrainingSettings, shape: ModelShape) -> WindowBudget | None:
    """The window budget of ST-GCN; None for another key-point model."""
    if settings.keypoint_model != "stgcn" or "pose" not in shape.modalities:
        return None
    context.progress.report(0, "measuring how long ST-GCN takes for a window")
    trainings, together = trainings_of(settings), shape.modalities != ("pose",)
    stages = 2 if together else 1
    fits = stages + HALVES if together else stages
    # Every clip is predicted once per stage, once for its timeline, once for model selection, and to weigh the modalities.
    asked = stages + 2 + (trainings if together else 0)
    return window_budget(
        context.folder.path,
        settings.stgcn,
        fits=fits * trainings,
        predictions=asked * len(context.curated.rows),
        measure=lambda: measured_window_s(
            PoseBranch(shape).encoder.to(device_of(settings.device)), settings.stgcn.window_frames, settings.batch_clips
        ),
    )
