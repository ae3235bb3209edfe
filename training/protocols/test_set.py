"""Scores the model of a finished run on the test split, once per run (training.evaluation.test_set_log).

Everything is checked before the evaluation is counted: the labels are known to the model, the features are from the
producers that it was trained on, and the cues are measured.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.feature_store import FeatureStore
from core.progress import Progress
from core.settings.training import TrainingSettings
from core.types.clips import Clip, Split
from core.types.runs import CuratedSet, Run, RunState
from core.workspace import Workspace
from db import clips, cues, curated_sets, features, runs
from db.engine import Database
from training.data.dataset import ClipSource, open_clips
from training.data.dataset_spec import KIND_OF, cues_read, refuse_other_producers
from training.data.splits import unknown_labels
from training.evaluation.results_table import Scored, confusion_matrix, table_row
from training.evaluation.test_set_log import claim, keep, times_scored
from training.fit.fitter import Fitter
from training.fit.training_curves import FUSION
from training.runs.artifacts import load_model
from training.runs.model_config import model_config

PROTOCOL = "test-split"


def score_test_split(workspace: Workspace, database: Database, run_id: int, progress: Progress) -> dict[str, Any]:
    """Scores the run's fusion model on the test split; returns its table row, confusion matrix and predictions.

    Also returns `times_scored`, the number of test-set evaluations in the workspace, and `labels_changed`. Raises
    TrainingError where the run has no model, was scored before, or the split cannot be scored; FeatureError or
    NotFoundError for missing features or an unknown run. A failure before the first prediction is not counted.
    """
    with database.read() as connection:
        run = runs.get(connection, run_id)
    if run.state is not RunState.SUCCEEDED:
        raise TrainingError(f"Run {run_id} has not succeeded; only a finished run is scored on the test split.")
    folder = workspace.root / run.artifacts_path
    model, labels = load_model(folder)
    settings = TrainingSettings.model_validate({name: run.settings[name] for name in TrainingSettings.model_fields})
    with database.read() as connection:
        curated = curated_sets.get(connection, run.curated_set_id)
    tested, scored = labeled_test_clips(database, curated, labels)
    cache = folder / "test-cache"
    try:
        source = _source(workspace, database, run, tested, settings=settings, cache=cache, progress=progress)
        claim(workspace, folder)
        predictions = Fitter(source, settings, labels, folder, progress).predict(model, [clip.id for clip in tested])
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    result = {
        "protocol": PROTOCOL,
        "run": run_id,
        "row": table_row(FUSION, predictions, scored, labels, seed=settings.seed),
        "confusion": confusion_matrix(predictions, scored, labels),
        "labels": list(labels),
        "answers": {str(clip_id): prediction for clip_id, prediction in predictions.items()},
        "times_scored": times_scored(workspace),
        "labels_changed": labels_changed(database, scored),
    }
    keep(folder, result)
    return result


def labeled_test_clips(
    database: Database, curated: CuratedSet, labels: Sequence[str]
) -> tuple[list[Clip], list[Scored]]:
    """The clips of the test split with a label, by id, and these labels: gold, else a cohort's truth, as they were
    when the set was made, and for clips imported since as imported.

    Decisions do not count: db.decisions refuses them on test clips, and with those of older versions the score would
    change with the person who opened a clip by its address. Nor does a label that a clip has got since the set was made.
    Raises TrainingError where there are none, or for a label that is not in `labels`.
    """
    with database.read() as connection:
        found = clips.many(connection, clips.all_ids(connection, split=Split.TEST))
        today = clips.test_labels(connection)
    then = curated.test_labels
    new = {clip.id for clip in found if not then or clip.created_at > curated.created_at}  # {}: of an older version
    known = {clip_id: label for clip_id, label in today.items() if clip_id in new} | dict(then)
    ordered = sorted(found, key=lambda clip: clip.id)
    scored = [Scored(clip.id, clip.subject_id, *known[clip.id]) for clip in ordered if clip.id in known]
    if not scored:
        raise TrainingError(
            f"The test split has {len(found)} clips and none with a label that it was imported with, so nothing can be "
            "scored on it."
        )
    for sentence in unknown_labels((one.label for one in scored), labels):
        raise TrainingError(sentence)
    by_id = {clip.id: clip for clip in found}
    return [by_id[one.clip_id] for one in scored], scored


def labels_changed(database: Database, scored: Sequence[Scored]) -> int:
    """How many of these test clips have another label today than the one that they are scored by, or none."""
    with database.read() as connection:
        today = clips.test_labels(connection)
    return sum(today.get(one.clip_id) != (one.label, one.source) for one in scored)


def _source(
    workspace: Workspace,
    database: Database,
    run: Run,
    tested: list[Clip],
    *,
    settings: TrainingSettings,
    cache: Path,
    progress: Progress,
) -> ClipSource:
    """The features of the test clips, from the producers that the model was trained on."""
    config = model_config(workspace.root / run.artifacts_path)
    known = config.producers
    with database.read() as connection:
        made_by = {name: features.made_by(connection, KIND_OF[name]) for name in known}
    for name, producer in known.items():
        refuse_other_producers(
            f"Run {run.id} was trained on", name, producer, made_by[name], [clip.id for clip in tested]
        )
    kinds = {clip.id: frozenset(name for name in known if clip.id in made_by[name]) for clip in tested}
    walked = dict(cues.each(database, (clip.id for clip in tested)))
    measured = {clip_id: found for clip_id, found in walked.items() if found is not None}
    source = open_clips(
        FeatureStore(workspace.features_dir),
        tested,
        kinds,
        cache=cache,
        max_frames=settings.max_frames,
        measured=cues_read(measured, settings) if config.cues else {},
        progress=progress,
        windows=settings.windows,
    )
    if source.cue_names != list(config.cues):
        raise TrainingError(
            f"Run {run.id} reads other cues than are measured on the test split; measure and train again."
        )
    return source
