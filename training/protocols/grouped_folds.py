"""The results table: every row on the same folds and seeds, with paired tests between rows.

Each row is fitted and predicts the held-out clips, for each seed and fold; predictions that are stored already are
reused, so a killed or cancelled evaluation resumes where it stopped. A given split (training.protocols.given_split)
has one fold.

The key-point model of the fusion is PoseMLP, whatever the settings say. ST-GCN is a row of its own, trained on as
many windows as `training.stgcn.budget_s` allows for all seeds and folds together, beside PoseMLP on the same
windows. "pose alone" is the key-point branch with the cue rates; the cue rates alone and the networks without them
are rows of their own, and the two key-point models are compared without cue rates.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import InputError, TrainingError
from core.feature_store import FeatureStore
from core.pose.skeleton import JOINT_COUNT
from core.progress import Progress
from core.settings.training import TrainingSettings
from core.types.runs import CuratedRow, CuratedSet
from core.workspace import Workspace
from db import curated_sets
from db.engine import Database
from training.data.dataset import ClipSource, Summary, open_clips
from training.data.dataset_spec import DatasetSpec, features_digest, gather
from training.data.labeler_calibration import calibrated_splits
from training.data.splits import FoldSplit, fold_splits, grouped_folds, refuse_labels
from training.evaluation.baselines import boosting_on_cues, logistic_on_cues, majority, rates_of_cues
from training.evaluation.evaluation_folder import EvaluationFolder, evaluation_folder
from training.evaluation.paired_tests import all_pairs
from training.evaluation.predictions import Predictions
from training.evaluation.results_table import Scored, pooled_row
from training.evaluation.test_set_log import claim, evaluated_before, times_scored
from training.fit.device import device_of
from training.fit.disk_space import full_disk_explained
from training.fit.fitter import Fitter
from training.fit.fold_fits import FoldFits, Place, shape_of
from training.fit.resources import resolved, take_threads
from training.fit.training_curves import FUSION
from training.fit.window_budget import WindowBudget, measured_window_s, window_budget
from training.models.fusion import Fusion
from training.models.pose_branch import PoseBranch
from training.runs.artifacts import code_version
from training.runs.cross_validation import cues_missing
from training.runs.labels_of_set import labels_of_set
from training.runs.linear_row import key_point_summary, linear_on_key_points
from training.runs.run_metrics import CUE_RATES, LINEAR, best_possible, scored_sentence

PROTOCOL = "grouped-folds"
STGCN = "ST-GCN alone"
NETWORKS = "pose without cue rates"
EQUAL_WINDOWS = f"{NETWORKS}, ST-GCN's windows"
WITHOUT = f"{FUSION} without "
ROWS: Mapping[str, str] = {
    "majority": "majority",
    "linear": LINEAR,
    "logistic": "logistic regression on cues",
    "boosting": "gradient boosting on cues",
    "cues": CUE_RATES,
    "pose": "pose alone",
    "networks": NETWORKS,
    "pose-windows": EQUAL_WINDOWS,
    "stgcn": STGCN,
    "image": "image alone",
    "text": "text alone",
    "fusion": FUSION,
    "without-pose": f"{WITHOUT}pose",
    "without-image": f"{WITHOUT}image",
    "without-text": f"{WITHOUT}text",
}
"""Short name (for `--rows`) to the row's name in the table, in the order of the table."""

_CLIPS_READ = 0.02  # shares of the progress
_FITTED = 0.98


def evaluate_folds(
    workspace: Workspace,
    database: Database,
    curated_set_id: int,
    progress: Progress,
    *,
    seeds: int | None = None,
    rows: Sequence[str] = tuple(ROWS),
) -> dict[str, Any]:
    """Evaluates a curated set by grouped cross-validation. Returns what it writes into `result.json`.

    `rows` are keys of `ROWS`. The result has `table`, `pairs`, and `left_out` (row to the reason why it is missing).
    Raises InputError for an unknown row, TrainingError or FeatureError where the set cannot be evaluated,
    JobCancelledError after a cancel; the same evaluation can then be resumed.
    """
    settings = workspace.settings.training
    with database.read() as connection:
        curated = curated_sets.get(connection, curated_set_id)
    fold_of = grouped_folds(
        [row.subject_id for row in curated.rows],
        [row.label for row in curated.rows],
        settings.folds,
        settings.seed,
        named=workspace.settings.taxonomy.quoted,
    )
    scored = labels_of_set(database, curated)
    refuse_labels(curated.rows, workspace.settings.taxonomy.names, scored)
    splits = calibrated_splits(database, curated, fold_splits(curated.rows, fold_of, settings.folds))
    spec = EvaluationSpec(PROTOCOL, curated, splits, scored)
    return results_table(workspace, database, spec, progress, seeds=seeds, rows=rows)


@dataclass(frozen=True, slots=True)
class EvaluationSpec:
    """The training rows and held-out clips of each fold, and the true labels of the held-out clips.

    `tested`: held-out clips of the test split; predicting them is a test-set evaluation
    (training.evaluation.test_set_log).
    """

    protocol: str
    curated: CuratedSet
    splits: Sequence[FoldSplit]
    scored: Sequence[Scored]
    tested: tuple[int, ...] = ()


def results_table(
    workspace: Workspace,
    database: Database,
    spec: EvaluationSpec,
    progress: Progress,
    *,
    seeds: int | None,
    rows: Sequence[str],
) -> dict[str, Any]:
    """Fits, predicts and compares the rows of the spec; see `evaluate_folds` for the result and the errors."""
    unknown = [row for row in rows if row not in ROWS]
    if unknown or not rows:
        raise InputError(f"{', '.join(map(repr, unknown)) or 'Nothing'} is no row; there are {', '.join(ROWS)}.")
    settings = workspace.settings.training.model_copy(update={"keypoint_model": "mlp"})
    seed_count = seeds or workspace.settings.evaluation.seeds
    labels, curated = workspace.settings.taxonomy.names, spec.curated
    plan: dict[str, Any] = {
        "protocol": spec.protocol,
        "set": curated.name,
        "curated_digest": curated.digest,
        "labels": list(labels),
        "settings": settings.model_dump(mode="json"),
        "seeds": [settings.seed + number for number in range(seed_count)],
        "rows": [row for row in ROWS if row in rows],
        "features_digest": features_digest(database, {row.clip_id for row in curated.rows} | set(spec.tested)),
        "code_version": code_version(),
    }
    if spec.tested:
        learned = [row.clip_id for side, _ in spec.splits for row in side]
        plan |= {"tested": list(spec.tested), "learned": sorted(learned)}
    with evaluation_folder(workspace, plan) as folder, full_disk_explained(folder.path):
        dataset = gather(database, curated, settings, tested=spec.tested)
        progress.report(0, "reading features")
        asked = {clip_id for _, held_out in spec.splits for clip_id in held_out}
        asked |= {row.clip_id for side, _ in spec.splits for row in side}
        summary = key_point_summary if "linear" in rows else None
        source = open_set(
            workspace, dataset, asked, settings=settings, folder=folder, progress=progress, summary=summary
        )
        settings = resolved(settings, source.training_frames(row.clip_id for row in curated.rows), folder.path)
        take_threads(settings)
        runner = FoldRunner(folder, dataset, source, settings, labels, spec.splits, progress, spec.scored)
        if spec.tested and not evaluated_before(folder.path):
            claim(workspace, folder.path)
        predictions = _predictions(runner, plan["rows"], plan["seeds"])
        progress.report(_FITTED, "comparing the rows")
        scored = spec.scored
        best = best_possible(workspace, database, scored)
        balanced = None if best is None else best["balanced_accuracy"]
        named = {ROWS[row]: by_seed for row, by_seed in predictions.items()}
        subject_of = {row.clip_id: row.subject_id for side, _ in spec.splits for row in side}
        return folder.finish(
            {
                "table": [
                    pooled_row(name, by_seed, scored, labels, best_balanced_accuracy=balanced, seed=settings.seed)
                    for name, by_seed in named.items()
                ],
                "pairs": all_pairs(named, scored, labels, settings.seed),
                "left_out": runner.left_out,
                "folds": len(spec.splits),
                "learned_from": {"clips": len(subject_of), "subjects": len(set(subject_of.values()))},
                "scored_subjects": len({clip.subject_id for clip in scored}),
                "scored_against": dict(Counter(clip.source for clip in scored)),
                "scored_sentence": scored_sentence(scored, sum(len(held_out) for _, held_out in spec.splits)),
                "best_possible": best,
                "stgcn_budget_s": settings.stgcn.budget_s if "stgcn" in predictions else None,
                "test_split_scored": times_scored(workspace),
            }
        )


def open_set(
    workspace: Workspace,
    spec: DatasetSpec,
    asked: Collection[int],
    *,
    settings: TrainingSettings,
    folder: EvaluationFolder,
    progress: Progress,
    summary: Summary | None = None,
) -> ClipSource:
    """The features of the clips in `asked`, cached in the folder of the evaluation; `summary` as for `open_clips`."""
    return open_clips(
        FeatureStore(workspace.features_dir),
        [clip for clip in spec.clips if clip.id in asked],
        spec.kinds,
        cache=folder.work("cache"),
        max_frames=settings.max_frames,
        measured=spec.measured,
        taught=spec.taught,
        progress=progress,
        windows=settings.windows,
        summary=summary,
    )


@dataclass(slots=True)
class FoldRunner:
    """Makes the fits of the rows. `scored` are the clips whose labels the majority row counts. `left_out` is filled
    while it runs: row of the table to the reason why it is missing.
    """

    folder: EvaluationFolder
    spec: DatasetSpec
    source: ClipSource
    settings: TrainingSettings
    labels: Sequence[str]
    splits: Sequence[FoldSplit]
    progress: Progress
    scored: Sequence[Scored] = ()
    left_out: dict[str, str] = field(default_factory=dict)

    def fits(self, seed: int, name: str, settings: TrainingSettings, budget: WindowBudget | None) -> FoldFits:
        """The fits of one seed, with a work folder of their own."""
        settings = settings.model_copy(update={"seed": seed})
        source = self.source.read_by(settings)
        shape = shape_of(settings, self.spec, source, len(self.labels))
        fitter = Fitter(source, settings, self.labels, self.folder.work(name), self.progress)
        return FoldFits(fitter, shape, settings, self.labels, self.spec, budget)

    @property
    def fold_of_clip(self) -> dict[int, int]:
        """Clip id to the fold in which the clip is held out."""
        return {clip_id: fold for fold, (_, held_out) in enumerate(self.splits) for clip_id in held_out}

    def place(self, done: int, of: int, message: str) -> Place:
        """The part of the progress bar for task number `done` of `of`, with its text."""
        step = (_FITTED - _CLIPS_READ) / of
        return (_CLIPS_READ + step * done, _CLIPS_READ + step * (done + 1)), message


def _predictions(runner: FoldRunner, rows: Sequence[str], seeds: Sequence[int]) -> dict[str, list[Predictions]]:
    """Out-of-fold predictions of every row, one dictionary per seed."""
    rows = [row for row in rows if _can_be_fitted(runner, row)]
    budget = _stgcn_budget(runner, rows, len(seeds))
    if budget is None:
        rows = [row for row in rows if row not in ("stgcn", "pose-windows")]
    predictions: dict[str, list[Predictions]] = {row: [{} for _ in seeds] for row in rows}
    tasks = [(number, seed, fold) for number, seed in enumerate(seeds) for fold in range(len(runner.splits))]
    for done, (number, seed, fold) in enumerate(tasks):
        task = _FoldTask(runner, seed, fold, budget)
        for place, row in enumerate(rows, start=done * len(rows)):
            runner.progress.raise_if_cancelled()
            if row == "majority":  # follows the labels of today, so that it is not stored
                predictions[row][number].update(majority(runner.splits[fold][1], runner.scored, runner.labels))
                continue
            found = runner.folder.predictions(row, seed, fold)
            if found is None:
                task.place = runner.place(place, len(tasks) * len(rows), f"seed {seed}, fold {fold + 1}: {ROWS[row]}")
                found = runner.folder.store(row, seed, fold, task.predictions(row))
            predictions[row][number].update(found)
        runner.folder.remove_work(task.name)
    return predictions


def _can_be_fitted(runner: FoldRunner, row: str) -> bool:
    """Whether the row can be fitted with these features; if not, stores the reason in `left_out`."""
    modalities = runner.spec.modalities
    needs = _READS.get(row, row.removeprefix("without-"))
    if row in ("cues", "networks") and not runner.source.cue_names:
        why = "none was measured" if runner.settings.measured_cues else "training.measured_cues is off"
        if runner.settings.keypoint_joints != JOINT_COUNT:
            why = f"none is of the {runner.settings.keypoint_joints} joints of the body alone"
        same = ", so this is what pose alone is here" if row == "networks" else ""
        runner.left_out[ROWS[row]] = f"the model reads no cues ({why}){same}"
        return False
    asked = [clip_id for clip_id in runner.fold_of_clip if "pose" in runner.spec.kinds[clip_id]]
    if row == "cues" and (why := cues_missing(runner.source, asked)):
        runner.left_out[ROWS[row]] = why
        return False
    if needs in ("pose", "image", "text") and needs not in modalities:
        reason = runner.spec.left_out.get(needs, f"the settings leave out {needs}")
        runner.left_out[ROWS[row]] = reason
        return False
    if row.startswith("without-") and len(modalities) < 3:
        runner.left_out[ROWS[row]] = f"without {needs} it is one modality alone, which has a row of its own"
        return False
    return True


def _stgcn_budget(runner: FoldRunner, rows: Sequence[str], seeds: int) -> WindowBudget | None:
    """The window budget of ST-GCN; None where it is not needed, or where the time is too short for one batch."""
    if not {"stgcn", "pose-windows"} & set(rows):
        return None
    settings = runner.settings.model_copy(update={"keypoint_model": "stgcn"})
    shape = shape_of(settings, runner.spec, runner.source, len(runner.labels))
    runner.progress.report(_CLIPS_READ, "measuring how long ST-GCN takes for a window")
    try:
        budget = window_budget(
            runner.folder.path,
            settings.stgcn,
            fits=seeds * len(runner.splits),
            predictions=seeds * sum(len(held_out) for _, held_out in runner.splits),
            measure=lambda: measured_window_s(
                PoseBranch(shape).encoder.to(device_of(settings.device)),
                settings.stgcn.window_frames,
                settings.batch_clips,
            ),
        )
        for training, _ in runner.splits:
            budget.steps(settings.stage1_steps, min(settings.batch_clips, len(training)))
    except TrainingError as error:
        runner.left_out |= {ROWS[row]: str(error) for row in ("stgcn", "pose-windows") if row in rows}
        return None
    return budget


@dataclass(slots=True)
class _FoldTask:
    """The fits of one seed and fold, each made when a row first needs it."""

    runner: FoldRunner
    seed: int
    fold: int
    budget: WindowBudget | None
    place: Place = ((0.0, 0.0), "")  # of the present row
    singles: dict[str, Fusion] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its work folder."""
        return f"seed{self.seed}-fold{self.fold}"

    def predictions(self, row: str) -> Predictions:
        """Predictions of the row for the held-out clips that have its modality."""
        runner = self.runner
        training, held_out = runner.splits[self.fold]
        statistics = runner.spec.statistics
        closed: dict[str, Callable[[], Predictions]] = {
            "linear": lambda: self._linear(training, held_out),
            "logistic": lambda: logistic_on_cues(training, held_out, runner.labels, statistics),
            "boosting": lambda: boosting_on_cues(training, held_out, runner.labels, statistics, self.seed),
            "cues": lambda: rates_of_cues(training, held_out, runner.labels, runner.source.cue_counts),
        }
        if row in closed:
            return closed[row]()
        if row in _NETWORKS_ALONE:
            settings = runner.settings.model_copy(update={"measured_cues": False})
            if row != "networks":
                settings = _equal_windows(settings, "stgcn" if row == "stgcn" else "mlp")
            fits = runner.fits(self.seed, f"{self.name}/{row}", settings, self.budget if row != "networks" else None)
            model = fits.single(training, self.fold, "pose", self.place)
        else:
            fits = runner.fits(self.seed, self.name, runner.settings, None)
            model = self._model(fits, training, row)
        having = [clip_id for clip_id in held_out if row not in _READS or _READS[row] in runner.spec.kinds[clip_id]]
        return fits.fitter.predict(model, having)

    def _linear(self, training: Sequence[CuratedRow], held_out: Sequence[int]) -> Predictions:
        return linear_on_key_points(training, held_out, self.runner.labels, self.runner.source)

    def _model(self, fits: FoldFits, training: Sequence[CuratedRow], row: str) -> Fusion:
        modalities = self.runner.spec.modalities
        if row in modalities:
            return self._single(fits, training, row, self.place)
        wanted = [name for name in modalities if row != f"without-{name}"]
        (begin, _), message = self.place  # only the last fit of the row moves the progress bar
        singles = {name: self._single(fits, training, name, ((begin, begin), message)) for name in wanted}
        return fits.joint(training, self.fold, singles, self.place, row)

    def _single(self, fits: FoldFits, training: Sequence[CuratedRow], name: str, place: Place) -> Fusion:
        if name not in self.singles:
            self.singles[name] = fits.single(training, self.fold, name, place)
        return self.singles[name]


_NETWORKS_ALONE = ("networks", "pose-windows", "stgcn")
_READS = {"pose": "pose", "linear": "pose", **dict.fromkeys(_NETWORKS_ALONE, "pose"), "image": "image", "text": "text"}


def _equal_windows(settings: TrainingSettings, keypoint_model: str) -> TrainingSettings:
    """Settings with the windows of ST-GCN, in training and in prediction, for either key-point model."""
    return settings.model_copy(
        update={
            "keypoint_model": keypoint_model,
            "step_frames": settings.stgcn.window_frames * settings.batch_clips,
            "window_frames": settings.stgcn.window_frames,
            "predict_windows": settings.stgcn.predict_windows,
        }
    )
