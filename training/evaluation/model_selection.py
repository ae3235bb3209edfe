"""Whether a run becomes the current one, decided on folds of its own: what the table reports takes no part in the choice.

Each run answers every clip once more, by models of another cut of the subjects, and keeps these answers in
`promotion.json`: {"format": 1, "labels": [...], "answers": {clip id: [probabilities]}}. Free of torch.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.durable_files import replacing
from core.types.runs import Prediction, Run
from training.evaluation.paired_tests import paired_difference
from training.evaluation.results_table import Scored, table_row

_log = logging.getLogger(__name__)
FILE = "promotion.json"
_FORMAT = 1
_SEED_STEP = 7_919  # to the seed of a cut that is not the table's

Probabilities = Mapping[int, tuple[float, ...]]


def promotion_seed(seed: int) -> int:
    """Of the cut of subjects that promotion is decided on."""
    return seed + _SEED_STEP


def write_answers(run_folder: Path, labels: Sequence[str], answers: Probabilities) -> None:
    """Whole or not at all."""
    stored = {"format": _FORMAT, "labels": list(labels), "answers": {str(one): answers[one] for one in sorted(answers)}}
    with replacing(run_folder / FILE) as partial:
        partial.write_text(json.dumps(stored), encoding="utf-8")


def read_answers(run_folder: Path, labels: Sequence[str]) -> Probabilities | None:
    """None where the run has none that can be read, or was made for other labels: it cannot be compared then."""
    path = run_folder / FILE
    if not path.is_file():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] != _FORMAT or stored["labels"] != list(labels):
            return None
        return {int(clip_id): tuple(map(float, row)) for clip_id, row in stored["answers"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        _log.warning("%s does not say what the run answered on the folds of promotion.", path)
        return None


def decide(
    answers: Probabilities,
    before: Run | None,
    answers_before: Probabilities | None,
    scored: Sequence[Scored],
    labels: Sequence[str],
) -> dict[str, Any]:
    """{"promoted", "sentence", "difference"}: promoted is the first run, and one not worse than the current one.

    A run that cannot be compared with the current one is not promoted: nothing says that it is not worse.
    `difference` is balanced accuracy of this run minus that of the current one, on the clips that both answered, with a
    bootstrap over subjects; null where nothing can be compared.
    """
    if before is None:
        return _decision(True, "The first finished run is the current one.")
    if answers_before is None:
        return _decision(
            False,
            f"Run {before.id} was not judged on these labels on folds kept for that, so the two cannot be compared; "
            f"{_stays(before)}",
        )
    now, then = f"run {before.id}", "this run"
    rows = {then: [answers], now: [answers_before]}
    found = paired_difference(rows, (then, now), scored, labels)
    if found is None:
        return _decision(
            False,
            f"No clip whose label is trusted tells this run from run {before.id} on folds kept for that; {_stays(before)}",
        )
    shared = [clip for clip in scored if clip.clip_id in answers and clip.clip_id in answers_before]
    values = [table_row("", one, shared, labels)["balanced_accuracy"]["value"] for one in (answers, answers_before)]
    difference = found["difference"]
    promoted = difference["value"] >= 0
    verdict = "is current now" if promoted else f"is not promoted; run {before.id} stays current"
    sentence = (
        f"On folds kept for this alone, balanced accuracy {values[0]:.3f} against {values[1]:.3f} of run {before.id} "
        f"(difference {difference['value']:+.3f}, 95 % {difference['low']:+.3f} to {difference['high']:+.3f}, {found['n']} "
        f"clips): this run {verdict}."
    )
    return {**_decision(promoted, sentence), "difference": difference}


def flips_of(
    before: Run | None, said_before: Mapping[int, str], predictions: Sequence[Prediction], scored: Sequence[Scored]
) -> dict[str, Any] | None:
    """The clips whose label changed since the current run; `mended` and `broken` count them by their trusted labels."""
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
        "mended": sum(flip["after"] == flip["trusted"] for flip in flipped),
        "broken": sum(flip["before"] == flip["trusted"] for flip in flipped),
    }


def _stays(before: Run) -> str:
    return f"run {before.id} stays current until you make this one current."


def _decision(promoted: bool, sentence: str) -> dict[str, Any]:  # what it is about
    return {"promoted": promoted, "sentence": sentence, "difference": None}
