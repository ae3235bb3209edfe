"""The metrics of a run, as JSON:

    table            rows of training.evaluation.results_table, in the order of `ROW_ORDER`
    pairs            paired tests of the fusion against each other row (training.evaluation.paired_tests)
    labels           the taxonomy's names, in the order of every probability vector
    scored_against   number of clips by the source of their true label: {"gold": 8, "cohort truth": 30}
    scored_sentence  the same in words, with the number of clips that could not be scored
    confusion        clips by true label (rows) and predicted label (columns), of the fusion
    reliability      the fusion's predictions by confidence, in bins of training.evaluation.calibration
    by_subject       by subject id, clips and right predictions: {"12": {"n": 5, "right": 4}}
    class_counts     training rows by label
    rows_by_source   training rows by source of the label
    subjects         number of subjects
    best_possible    {"accuracy", "balanced_accuracy"} of the simulated cohort, or null where a clip is scored against
                     another label than its truth
    flips            {"against_run": 3, "clips": [{"clip_id", "before", "after", "trusted"}], "fixed": 4, "regressed": 2}, or null
    selection        of training.evaluation.run_selection.select
    row_notes        by row, a sentence on why it is missing or says little
    not_predicted    a sentence for each clip outside the set whose features cannot be read

and folds, cues, modalities, left_out_modalities, producers, parameters, keypoint_model, window_budget, code_version.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from core.errors import TrainingError
from core.json_files import read_json
from core.types.clips import COHORT_TRUTH, LabelSource
from core.types.runs import CuratedRow, Prediction
from core.workspace import COHORT_FILE, Workspace
from db import clips
from db.engine import Database
from training.evaluation.calibration import ReliabilityBin, reliability
from training.evaluation.label_errors import LabelDoubt
from training.evaluation.paired_tests import paired_difference
from training.evaluation.predictions import Predictions
from training.evaluation.results_table import Scored, confusion_matrix, table_row
from training.fit.training_curves import FINAL_FOLD, FUSION

LINEAR = "linear on key points"
CUE_RATES = "cue rates alone"
ROW_ORDER = (
    "majority",
    LINEAR,
    "logistic regression on cues",
    CUE_RATES,
    "pose alone",
    "image alone",
    "text alone",
    FUSION,
)


def scored_clips(database: Database, subject_of: Mapping[int, int]) -> list[Scored]:
    """The clips that can be scored by the labels of today: by a trusted one (adjudicated, human, gold), else by the
    truth of a simulated cohort. A run is scored by those of its set instead (training.runs.labels_of_set).

    `subject_of`: subject id by clip id.
    """
    with database.read() as connection:
        current = clips.trusted_labels(connection, subject_of)
        truths = clips.simulated_truths(connection)
    scored = []
    for clip_id, subject_id in subject_of.items():
        label = current.get(clip_id)
        if label is not None:
            scored.append(Scored(clip_id, subject_id, label.label, label.source.value))
        elif clip_id in truths:
            scored.append(Scored(clip_id, subject_id, truths[clip_id], COHORT_TRUTH))
    return scored


def scored_by_truth_alone(scored_against: Mapping[str, int]) -> bool:
    """Whether a run of a simulated cohort was scored against nothing but its truth, of which its gold labels are a part.

    `scored_against`: number of clips by the source of their label. The best possible score is that against the truth:
    people judge wrong at times, so that no figure against their labels is a share of it.
    """
    return scored_against.keys() <= {COHORT_TRUTH, LabelSource.GOLD.value}


def best_possible(workspace: Workspace, database: Database, scored: Sequence[Scored]) -> dict[str, float] | None:
    """The best possible accuracy, if every scored clip is of the workspace's simulated cohort and is scored against its
    truth; else None.

    Raises TrainingError where the cohort's file is damaged.
    """
    with database.read() as connection:
        truths = clips.simulated_truths(connection)
    path = workspace.root / COHORT_FILE
    by_truth = scored_by_truth_alone(Counter(clip.source for clip in scored))
    if not path.is_file() or not scored or not by_truth or any(truths.get(one.clip_id) != one.label for one in scored):
        return None
    try:
        best = read_json(path, dict[str, Any], raises=TrainingError, remedy="import the cohort again")["best_possible"]
        return {name: float(best[name]) for name in ("accuracy", "balanced_accuracy")}
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise TrainingError(f"{path} does not say what the best possible accuracy of its cohort is.") from error


def metrics_of(
    predictions: Mapping[str, Predictions],
    scored: Sequence[Scored],
    labels: Sequence[str],
    rows: Sequence[CuratedRow],
    *,
    best: Mapping[str, float] | None,
    seed: int,
) -> dict[str, Any]:
    """The results table and the metrics that describe it."""
    best_balanced = None if best is None else best["balanced_accuracy"]
    return {
        "table": [
            table_row(name, predictions[name], scored, labels, best_balanced_accuracy=best_balanced, seed=seed)
            for name in ROW_ORDER
            if name in predictions
        ],
        "pairs": _against_fusion(predictions, scored, labels, seed),
        "labels": list(labels),
        "scored_against": dict(Counter(clip.source for clip in scored)),
        "scored_sentence": scored_sentence(scored, len(rows)),
        "confusion": confusion_matrix(predictions[FUSION], scored, labels),
        "reliability": [asdict(one) for one in reliability_of(predictions[FUSION], scored, labels)],
        "by_subject": right_by_subject(predictions[FUSION], scored, labels),
        "class_counts": {label: sum(row.label == label for row in rows) for label in labels},
        "rows_by_source": dict(Counter(row.source.value for row in rows)),
        "subjects": len({row.subject_id for row in rows}),
        "best_possible": None if best is None else dict(best),
    }


def _against_fusion(
    predictions: Mapping[str, Predictions], scored: Sequence[Scored], labels: Sequence[str], seed: int
) -> list[dict[str, Any]]:
    rows = {name: [of_row] for name, of_row in predictions.items()}
    found = [
        paired_difference(rows, (FUSION, name), scored, labels, seed)
        for name in ROW_ORDER
        if name in predictions and name != FUSION
    ]
    return [pair for pair in found if pair is not None]


def _sure_and_right(
    predictions: Predictions, scored: Sequence[Scored], labels: Sequence[str]
) -> list[tuple[float, bool]]:
    """(highest probability, whether the prediction is right) of each scored clip."""
    found = []
    for clip in scored:
        if clip.clip_id in predictions:
            shares = predictions[clip.clip_id]
            found.append((max(shares), labels[shares.index(max(shares))] == clip.label))
    return found


def reliability_of(
    predictions: Predictions, scored: Sequence[Scored], labels: Sequence[str]
) -> tuple[ReliabilityBin, ...]:
    """The reliability diagram of the scored clips that were predicted."""
    answered = [clip for clip in scored if clip.clip_id in predictions]
    return reliability(_sure_and_right(predictions, answered, labels), [clip.subject_id for clip in answered])


def right_by_subject(
    predictions: Predictions, scored: Sequence[Scored], labels: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Number of clips and of right predictions by subject id, as a string for JSON."""
    found: dict[str, dict[str, int]] = {}
    for clip in scored:
        for _, right in _sure_and_right(predictions, [clip], labels):
            of_it = found.setdefault(str(clip.subject_id), {"n": 0, "right": 0})
            of_it["n"] += 1
            of_it["right"] += right
    return found


def predictions_of(
    run_id: int,
    out_of_fold: Predictions,
    others: Predictions,
    *,
    folds: Mapping[int, int],
    labels: Sequence[str],
    doubts: Mapping[int, LabelDoubt],
) -> list[Prediction]:
    """One prediction per clip: out of fold for the clips in `folds`, by the final model (FINAL_FOLD) for the others."""
    return [
        Prediction(
            run_id=run_id,
            clip_id=clip_id,
            fold=folds.get(clip_id, FINAL_FOLD),
            probabilities=prediction,
            label=labels[prediction.index(max(prediction))],
            label_quality=doubts[clip_id].quality if clip_id in doubts else None,
            label_issue=clip_id in doubts and doubts[clip_id].issue,
        )
        for clip_id, prediction in sorted({**others, **out_of_fold}.items())
    ]


def scored_sentence(scored: Sequence[Scored], rows: int) -> str:
    """How many of the clips could be scored, and against which labels."""
    sources = Counter(clip.source for clip in scored)
    parts = [
        f"{n} by {source if source == COHORT_TRUTH else f'{source} labels'}" for source, n in sources.most_common()
    ]
    sentence = f"{len(scored)} of {rows} held-out clips were scored" + (f": {', '.join(parts)}." if parts else ".")
    if sources.get(COHORT_TRUTH):
        sentence += " The cohort is simulated, so its truth is known; training never sees it."
    return sentence
