"""The fits of a run: cross-validation for the results table, other folds for model selection, one model on all rows."""

from collections.abc import Sequence

from core.types.runs import CuratedRow
from training.data.dataset import ClipSource
from training.data.labeler_calibration import calibrated_splits
from training.data.splits import fold_splits, grouped_folds
from training.evaluation.baselines import logistic_on_cues, rates_of_cues
from training.evaluation.predictions import Predictions
from training.evaluation.run_selection import selection_seed, write_selection_predictions
from training.fit.fold_fits import FoldFits, Place
from training.fit.training_curves import FINAL_FOLD, FUSION, SELECTION_FOLD
from training.models.fusion import Fusion
from training.runs.linear_row import linear_on_key_points
from training.runs.prefix_predictions import timelines_of
from training.runs.prepare import PreparedRun, trainings_of
from training.runs.run_metrics import CUE_RATES, LINEAR
from training.runs.timelines import timeline_path, write_timeline

_CLIPS_READ = 0.05  # of the progress bar, where the fits begin
FITTED = 0.97


def cross_validate(prepared: PreparedRun) -> dict[str, Predictions]:
    """Out-of-fold predictions by row of the results table, without that of the majority; single modalities predict
    only the clips that have them.
    """
    context, fits = prepared.context, prepared.fits
    source, spec = fits.fitter.source, fits.spec
    found: dict[str, Predictions] = {}
    splits = fold_splits(context.curated.rows, prepared.fold_of, context.settings.folds)
    for fold, (training, held_out) in enumerate(calibrated_splits(context.database, context.curated, splits)):
        singles, joint = _fit(fits, training, fold)
        of_fold = {
            "logistic regression on cues": logistic_on_cues(training, held_out, fits.labels, spec.statistics),
        }
        if "pose" in spec.modalities:
            of_fold[LINEAR] = linear_on_key_points(training, held_out, fits.labels, source)
        if not cues_missing(source, [*(row.clip_id for row in training), *held_out]):
            of_fold[CUE_RATES] = rates_of_cues(training, held_out, fits.labels, source.cue_counts)
        for name, model in singles.items():
            having = [clip_id for clip_id in held_out if name in spec.kinds[clip_id]]
            of_fold[f"{name} alone"] = fits.fitter.predict(model, having)
        alone = next((name for name, model in singles.items() if model is joint), None)
        of_fold[FUSION] = fits.fitter.predict(joint, held_out) if alone is None else of_fold[f"{alone} alone"]
        _write_timelines(prepared, joint, held_out)
        for name, predictions in of_fold.items():
            found.setdefault(name, {}).update(predictions)
    return found


def row_notes(prepared: PreparedRun, out_of_fold: dict[str, Predictions]) -> dict[str, str]:
    """By row, why it is missing from the predictions of `cross_validate`, or where it is no more than a constant."""
    rates, rows = out_of_fold.get(CUE_RATES, {}), prepared.context.curated.rows
    if not rates:
        why = cues_missing(prepared.fits.fitter.source, [row.clip_id for row in rows])
        return {CUE_RATES: f"Cue rates alone have no row: {why}."} if why else {}
    folds = prepared.context.settings.folds
    even = [0] * folds
    for row, fold in zip(rows, prepared.fold_of, strict=True):
        even[fold] |= len(set(rates[row.clip_id])) > 1
    constant = even.count(0)
    if not constant:
        return {}
    return {
        CUE_RATES: f"In {constant} of {folds} folds cue rates alone say nothing of people who are held out there, and "
        "predict every label alike."
    }


def cues_missing(source: ClipSource, clip_ids: Sequence[int]) -> str:
    """Why cue rates cannot be fitted on the clips; "" where they can."""
    if not source.cue_names:
        return "the model reads no cues"
    if not any(source.cue_counts(clip_id)[:, 1].any() for clip_id in clip_ids):
        return "no cue could be measured in any clip"
    return ""


def predict_for_selection(prepared: PreparedRun) -> Predictions:
    """Predictions of every row by models of the folds of model selection, also written to the run's folder."""
    context, fits, settings = prepared.context, prepared.fits, prepared.context.settings
    rows, folds = context.curated.rows, settings.selection_folds
    fold_of = grouped_folds(
        [row.subject_id for row in rows],
        [row.label for row in rows],
        folds,
        selection_seed(settings.seed),
        named=context.workspace.settings.taxonomy.quoted,
    )
    found: Predictions = {}
    splits = calibrated_splits(context.database, context.curated, fold_splits(rows, fold_of, folds))
    for fold, (training, held_out) in enumerate(splits):
        _, joint = _fit(fits, training, SELECTION_FOLD - fold)
        found.update(fits.fitter.predict(joint, held_out))
    write_selection_predictions(context.folder.path, fits.labels, found)
    return found


def fit_final_model(prepared: PreparedRun) -> tuple[Fusion, Predictions]:
    """The model trained on all rows, and its predictions for the clips outside the curated set."""
    fits, rows = prepared.fits, prepared.context.curated.rows
    _, joint = _fit(fits, rows, FINAL_FOLD)
    inside = {row.clip_id for row in rows}
    others = [clip_id for clip_id in fits.fitter.source.names if clip_id not in inside]
    _write_timelines(prepared, joint, others)
    return joint, fits.fitter.predict(joint, others)


def _write_timelines(prepared: PreparedRun, model: Fusion, clip_ids: Sequence[int]) -> None:
    context, source = prepared.context, prepared.fits.fitter.source
    for clip_id, timeline in timelines_of(model, source, clip_ids, context.labels, context.progress):
        write_timeline(timeline_path(context.folder.path, clip_id), timeline)


def _fit(fits: FoldFits, rows: Sequence[CuratedRow], fold: int) -> tuple[dict[str, Fusion], Fusion]:
    """Stage 1 (each modality alone, on the clips that have it), then stage 2 (all together from those weights)."""
    singles: dict[str, Fusion] = {}
    for name in fits.spec.modalities:
        singles[name] = fits.single(rows, fold, name, _place(fits, fold, len(singles), f"{name} alone"))
    return singles, fits.joint(rows, fold, singles, _place(fits, fold, len(singles), "all together"))


def _place(fits: FoldFits, fold: int, fits_done: int, what: str) -> Place:
    """The part of the run's progress bar for a fit, with its text."""
    settings, alone = fits.settings, len(fits.spec.modalities)
    fits_a_fold = alone + (alone > 1)
    step = (FITTED - _CLIPS_READ) / (trainings_of(settings) * fits_a_fold)
    if fold >= 0:
        before, where = fold, f"fold {fold + 1} of {settings.folds}"
    elif fold == FINAL_FOLD:
        before, where = trainings_of(settings) - 1, "all clips"
    else:
        number = SELECTION_FOLD - fold
        before, where = settings.folds + number, f"selection fold {number + 1} of {settings.selection_folds}"
    begin = _CLIPS_READ + step * (before * fits_a_fold + fits_done)
    return (begin, begin + step), f"{where}: {what}"
