"""Model selection: whether a new run replaces the selected run.

Decided on folds of its own, so that the reported results table takes no part in the choice: each run predicts every
clip once more, by models of other folds, and keeps these predictions in `model_selection.json`:

    {"format": 2, "labels": [...], "predictions": {clip id: [probabilities]}}

Format 1 was the file `promotion.json` with the key "answers".
"""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.durable_files import replacing
from core.types.runs import Prediction, Run
from training.evaluation.paired_tests import paired_difference
from training.evaluation.predictions import Predictions
from training.evaluation.results_table import Scored, table_row

_log = logging.getLogger(__name__)
SELECTION_FILE = "model_selection.json"
_FORMATS = {SELECTION_FILE: (2, "predictions"), "promotion.json": (1, "answers")}
_SEED_STEP = 7_919  # added to the seed, so that the folds differ from those of the results table


def selection_seed(seed: int) -> int:
    """The seed of the folds of model selection."""
    return seed + _SEED_STEP


def write_selection_predictions(run_folder: Path, labels: Sequence[str], predictions: Predictions) -> None:
    """Writes the run's predictions on the folds of model selection, atomically."""
    by_clip = {str(clip_id): predictions[clip_id] for clip_id in sorted(predictions)}
    number, key = _FORMATS[SELECTION_FILE]
    with replacing(run_folder / SELECTION_FILE) as partial:
        partial.write_text(json.dumps({"format": number, "labels": list(labels), key: by_clip}), encoding="utf-8")


def read_selection_predictions(run_folder: Path, labels: Sequence[str]) -> Predictions | None:
    """The run's predictions on the folds of model selection; None where they are missing, damaged or of other
    labels.
    """
    path = next((run_folder / name for name in _FORMATS if (run_folder / name).is_file()), None)
    if path is None:
        return None
    number, key = _FORMATS[path.name]
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] != number or stored["labels"] != list(labels):
            return None
        return {int(clip_id): tuple(map(float, row)) for clip_id, row in stored[key].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        _log.warning("%s does not hold the run's predictions on the folds of model selection.", path)
        return None


def select(
    predictions: Predictions,
    before: Run | None,
    predictions_before: Predictions | None,
    scored: Sequence[Scored],
    labels: Sequence[str],
) -> dict[str, Any]:
    """{"selected", "sentence", "difference"}: whether the new run is selected, why, and by how much it differs.

    The first run is selected, and any run with at least the balanced accuracy of the selected one (`before`). A run
    that cannot be compared is not selected. `difference` is this run minus `before` in balanced accuracy, on the
    clips that both predicted, with a bootstrap over subjects; None where they cannot be compared.
    """
    if before is None:
        return _verdict(True, "The first finished run is the selected one.")
    stays = f"run {before.id} stays selected until you select this one."
    if predictions_before is None:
        return _verdict(
            False,
            f"Run {before.id} has no predictions of these labels on the folds of model selection, so the two cannot be "
            f"compared; {stays}",
        )
    found = paired_difference(
        {"this": [predictions], "before": [predictions_before]}, ("this", "before"), scored, labels
    )
    if found is None:
        return _verdict(
            False,
            f"No clip whose label is trusted tells this run from run {before.id} on the folds of model selection; {stays}",
        )
    shared = [clip for clip in scored if clip.clip_id in predictions and clip.clip_id in predictions_before]
    now, then = (
        table_row("", one, shared, labels)["balanced_accuracy"]["value"] for one in (predictions, predictions_before)
    )
    difference = found["difference"]
    selected = difference["value"] >= 0
    verdict = "is selected now" if selected else f"is not selected; run {before.id} stays selected"
    return _verdict(
        selected,
        f"On the folds of model selection, balanced accuracy {now:.3f} against {then:.3f} of run {before.id} "
        f"(difference {difference['value']:+.3f}, 95 % {difference['low']:+.3f} to {difference['high']:+.3f}, {found['n']} "
        f"clips): this run {verdict}.",
        difference,
    )


def flips_of(
    before: Run | None, said_before: Mapping[int, str], predictions: Sequence[Prediction], scored: Sequence[Scored]
) -> dict[str, Any] | None:
    """The clips whose predicted label differs from that of the selected run; None for the first run.

    `fixed` counts those that became right by their trusted label, `regressed` those that became wrong.
    """
    if before is None:
        return None
    trusted = {clip.clip_id: clip.label for clip in scored}
    flipped = [
        {
            "clip_id": prediction.clip_id,
            "before": said_before[prediction.clip_id],
            "after": prediction.label,
            "trusted": trusted.get(prediction.clip_id),
        }
        for prediction in predictions
        if said_before.get(prediction.clip_id, prediction.label) != prediction.label
    ]
    return {
        "against_run": before.id,
        "clips": flipped,
        "fixed": sum(flip["after"] == flip["trusted"] for flip in flipped),
        "regressed": sum(flip["before"] == flip["trusted"] for flip in flipped),
    }


def _verdict(selected: bool, sentence: str, difference: dict[str, float] | None = None) -> dict[str, Any]:
    return {"selected": selected, "sentence": sentence, "difference": difference}
