"""The last step of a run: scores the predictions and compares them with those of the selected run."""

from dataclasses import asdict
from typing import Any

from core.types.clips import Split
from core.types.runs import Prediction
from db import clips, runs
from training.evaluation.baselines import majority
from training.evaluation.label_errors import label_doubts
from training.evaluation.predictions import Predictions
from training.evaluation.run_selection import flips_of, read_selection_predictions, select
from training.fit.training_curves import FUSION
from training.models.fusion import Fusion, parameter_count
from training.runs.cross_validation import row_notes
from training.runs.labels_of_set import labels_of_set
from training.runs.prepare import PreparedRun
from training.runs.run_metrics import best_possible, metrics_of, predictions_of
from training.runs.unchosen_clips import unchosen_clips


def report(
    prepared: PreparedRun,
    out_of_fold: dict[str, Predictions],
    for_selection: Predictions,
    model: Fusion,
    others: Predictions,
) -> tuple[dict[str, Any], list[Prediction]]:
    """The run's metrics (training.runs.run_metrics) and one prediction per clip; stores nothing.

    `others` are the final model's predictions for the clips outside the curated set.
    """
    context, spec, labels = prepared.context, prepared.fits.spec, prepared.context.labels
    settings, rows, database = context.settings, context.curated.rows, context.database
    source, budget = prepared.fits.fitter.source, prepared.fits.budget
    scored = labels_of_set(database, context.curated)
    best = best_possible(context.workspace, database, scored)
    with database.read() as connection:
        before = runs.selected(connection)
        study_clips = clips.counts(connection).by_split.get(Split.TRAIN, 0)
        said_before = {} if before is None else {p.clip_id: p.label for p in runs.predictions_of(connection, before.id)}
    before_folder = None if before is None else context.workspace.root / before.artifacts_path
    predictions = predictions_of(
        context.run.id,
        out_of_fold[FUSION],
        others,
        folds={row.clip_id: fold for row, fold in zip(rows, prepared.fold_of, strict=True)},
        labels=labels,
        doubts=label_doubts(rows, out_of_fold[FUSION], labels),
    )
    metrics = {
        **metrics_of(
            {"majority": majority([row.clip_id for row in rows], scored, labels), **out_of_fold},
            scored,
            labels,
            rows,
            best=best,
            seed=settings.seed,
        ),
        "folds": settings.folds,
        "cues": source.cue_names,
        "modalities": list(spec.modalities),
        "left_out_modalities": dict(spec.left_out),
        "row_notes": row_notes(prepared, out_of_fold),
        "not_predicted": list(source.refused.values()),
        "producers": {name: asdict(producer) for name, producer in spec.producers.items()},
        "parameters": parameter_count(model),
        "keypoint_model": settings.keypoint_model,
        "window_budget": None if budget is None else asdict(budget),
        "code_version": context.run.code_version,
        "flips": flips_of(before, said_before, predictions, scored),
        "selection": select(
            for_selection,
            before,
            None if before_folder is None else read_selection_predictions(before_folder, labels),
            [] if before is None else unchosen_clips(database, context.subject_of_clip, before.created_at, labels),
            labels,
            margin=settings.selection_margin,
            study_clips=study_clips,
        ),
    }
    return metrics, predictions
