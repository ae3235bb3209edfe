"""Model selection: whether a new run replaces the selected run.

Decided on folds of its own, so that the reported results table takes no part in the choice: each run predicts every
clip once more, by models of other folds, and keeps these predictions in `model_selection.json`:

    {"format": 2, "labels": [...], "predictions": {clip id: [probabilities]}}

Format 1 was the file `promotion.json` with the key "answers".

The rule, stated before any clip is scored, on clips that no queue of a run brought up (training.runs.unchosen_clips),
with the 95 % interval of the difference in balanced accuracy:

    selected         better, or the same on every clip, and the interval leaves out "worse by more than the margin"
    not selected     worse for sure (the interval lies below 0), or no better and not worse by more than the margin
    cannot be told   everything else; said with the number of random clips that would likely tell. Also with clips of
                     fewer than five subjects, of whom an interval knows nothing

Of two equally good runs, the newer one is thus selected in at most `SHARE_IF_EQUAL` of all cases.
"""

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from math import ceil
from pathlib import Path
from typing import Any

from core.durable_files import replacing
from core.errors import TrainingError
from core.json_files import read_json
from core.types.runs import Prediction, Run
from training.evaluation.intervals import doubt_of
from training.evaluation.paired_tests import paired_difference
from training.evaluation.predictions import Predictions
from training.evaluation.results_table import Scored, table_row

_log = logging.getLogger(__name__)
SELECTION_FILE = "model_selection.json"
_FORMATS = {SELECTION_FILE: (2, "predictions"), "promotion.json": (1, "answers")}
SHARE_IF_EQUAL = 0.5
_EXPECTED_FLIPS = (
    0.2  # share of the clips on which two runs differ; plans how many clips are needed while there are none
)
_Z95 = 1.96
_LEAST_SUBJECTS = 5
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
        stored = read_json(path, dict[str, Any], raises=TrainingError, remedy="the run is not compared")
        if stored["format"] != number or stored["labels"] != list(labels):
            return None
        found = {int(clip_id): tuple(map(float, row)) for clip_id, row in stored[key].items()}
    except (TrainingError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        _log.warning("%s does not hold the run's predictions on the folds of model selection.", path)
        return None
    if any(len(row) != len(labels) or not all(0 <= share <= 1 for share in row) for row in found.values()):
        _log.warning("%s holds predictions that are no probabilities of the labels.", path)
        return None
    return found


def select(
    predictions: Predictions,
    before: Run | None,
    predictions_before: Predictions | None,
    unchosen: Sequence[Scored],
    labels: Sequence[str],
    *,
    margin: float,
    study_clips: int | None = None,
    when_better: str = "this run is selected now.",
) -> dict[str, Any]:
    """{"selected", "sentence", "difference", "margin", "clips", "more_clips"}: whether the new run is selected, and why.

    `unchosen` are the clips that count, `margin` is in balanced accuracy (see the module), `study_clips` all on which runs
    could be compared: the sentence says so where more are wanted than are left of them. `difference` is this run
    minus the selected one (`before`), on the clips that both predicted, with its interval over subjects; `clips` their
    number by source; `more_clips` how many more would likely tell. None where there is nothing to compare. The first
    run is selected, a run that cannot be compared is not.
    """
    if before is None:
        return _verdict(True, "The first finished run is the selected one.", margin)
    stays = f"run {before.id} stays selected until you select this one."
    if predictions_before is None:
        return _verdict(
            False,
            f"Run {before.id} has no predictions of these labels on the folds of model selection, so the two cannot be "
            f"compared; {stays}",
            margin,
        )
    shared = [clip for clip in unchosen if clip.clip_id in predictions and clip.clip_id in predictions_before]
    compared = {"this": [predictions], "before": [predictions_before]}
    found = paired_difference(compared, ("this", "before"), shared, labels)
    if found is None:
        more = ceil(_EXPECTED_FLIPS * (_Z95 / margin) ** 2)
        return _verdict(
            False,
            f"No clip that no queue of a run brought up tells this run from run {before.id}, so it cannot be told yet "
            f"which is better; {_wanted(more, study_clips)}, and {stays}",
            margin,
            more_clips=more,
        )
    same = all(_said(predictions[one.clip_id]) == _said(predictions_before[one.clip_id]) for one in shared)
    outcome = _outcome(found["difference"], margin, same=same, subjects=len({one.subject_id for one in shared}))
    more = _more_clips(found["difference"], margin, len(shared))
    wanted = _wanted(more, None if study_clips is None else study_clips - len(shared))
    ends = {
        _Outcome.BETTER: when_better,
        _Outcome.NOT_BETTER: f"this run is not selected; run {before.id} stays selected.",
        _Outcome.UNKNOWN: f"whether it is worse by more than {margin:g} cannot be told yet; {wanted}, and {stays}",
        _Outcome.FEW_SUBJECTS: f"clips of fewer than {_LEAST_SUBJECTS} people cannot tell which is better, and {stays}",
    }
    now, then = (
        table_row("", one, shared, labels)["balanced_accuracy"]["value"] for one in (predictions, predictions_before)
    )
    by_source = Counter(clip.source for clip in shared)
    doubt = doubt_of(len({one.subject_id for one in shared}))
    return _verdict(
        outcome is _Outcome.BETTER,
        f"On clips that no run chose, on the folds of model selection, balanced accuracy {now:.3f} against {then:.3f} of run "
        f"{before.id} "
        f"({_difference(found['difference'], doubt)}; {_clips(by_source)}): {ends[outcome]}",
        margin,
        difference=found["difference"],
        clips=by_source,
        more_clips=more if outcome is _Outcome.UNKNOWN else None,
    )


class _Outcome(Enum):
    BETTER = auto()
    NOT_BETTER = auto()
    UNKNOWN = auto()
    FEW_SUBJECTS = auto()


def _outcome(difference: Mapping[str, float], margin: float, *, same: bool, subjects: int) -> _Outcome:
    """By the rule of the module. `same`: both runs predict the same label of every clip."""
    if subjects < _LEAST_SUBJECTS:
        return _Outcome.FEW_SUBJECTS
    not_worse = difference["low"] >= -margin
    if not_worse and (same or difference["value"] > 0):
        return _Outcome.BETTER
    return _Outcome.NOT_BETTER if not_worse or difference["high"] < 0 else _Outcome.UNKNOWN


def _more_clips(difference: Mapping[str, float], margin: float, n: int) -> int:
    """How many clips more than `n` narrow the interval until it leaves out "worse by more than the margin", if the
    difference stays as it is, or proves to be 0 where it is below. Widths go with the root of the number of clips.
    """
    wide = difference["value"] - difference["low"]
    return max(1, ceil(n * (wide / (margin + max(difference["value"], 0.0))) ** 2) - n)


def _said(shares: Sequence[float]) -> int:
    return max(range(len(shares)), key=shares.__getitem__)


def _difference(difference: Mapping[str, float], doubt: str) -> str:
    span = f"95 % {difference['low']:+.3f} to {difference['high']:+.3f}"
    return f"difference {difference['value']:+.3f}, {span}{f', which cannot be trusted: {doubt}' if doubt else ''}"


def _clips(by_source: Mapping[str, int]) -> str:
    sources = ", ".join(f"{n} {source}" for source, n in sorted(by_source.items()))
    return f"{sum(by_source.values())} clips that no queue of a run brought up: {sources}"


def _wanted(more: int, left: int | None) -> str:
    beyond = ", more than the study has," if left is not None and more > left else ""
    return (
        f"{more} more random clips{beyond} would likely tell (of the queue Reliability sample, or of others before "
        "those of a run are opened)"
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


def _verdict(
    selected: bool,
    sentence: str,
    margin: float,
    *,
    difference: Mapping[str, float] | None = None,
    clips: Mapping[str, int] | None = None,
    more_clips: int | None = None,
) -> dict[str, Any]:
    return {
        "selected": selected,
        "sentence": sentence,
        "difference": difference,
        "margin": margin,
        "clips": None if clips is None else dict(clips),
        "more_clips": more_clips,
    }
