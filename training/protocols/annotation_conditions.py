"""The effect of human correction: annotation conditions and the learning curve over decisions, on the same folds and
seeds.

A condition is a set of training rows. All conditions are scored on the same held-out clips, against their true
labels; conditions with the same training rows in a fold share one fit.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.errors import InputError
from core.progress import Progress
from core.settings.evaluation import EvaluationSettings
from core.types.clips import COHORT_TRUTH, LabelSource
from core.types.runs import CuratedRow, CuratedSet
from core.workspace import Workspace
from db import curated_sets
from db.engine import Database
from training.data.dataset_spec import features_digest, gather
from training.data.splits import fold_splits, grouped_folds
from training.evaluation.baselines import logistic_on_cues
from training.evaluation.conditions import (
    AGREED,
    CEILING,
    GOLD_ONLY,
    RAW,
    ConditionClip,
    condition_clips,
    condition_rows,
    decisions,
    fold_labels,
    refuse_bad_conditions,
)
from training.evaluation.evaluation_folder import evaluation_folder
from training.evaluation.learning_curve import QUEUES, decision_counts, flat_at, queue_order
from training.evaluation.paired_tests import all_pairs
from training.evaluation.predictions import Predictions
from training.evaluation.results_table import Scored, pooled_row
from training.evaluation.test_set_log import times_scored
from training.fit.disk_space import full_disk_explained
from training.fit.resources import resolved, take_threads
from training.protocols.grouped_folds import FoldRunner, open_set
from training.runs.artifacts import code_version
from training.runs.run_metrics import best_possible, scored_sentence

PROTOCOL = "conditions"
MODELS = ("fusion", "pose", "image", "text", "logistic")

BySeed = list[list[CuratedRow]]  # training rows of a condition, one list per seed


@dataclass(frozen=True, slots=True)
class _Point:
    """A point of the learning curve: a number of decisions in the order of a queue, added to the agreed
    pseudo-labels.
    """

    queue: str
    decisions: int


def evaluate_conditions(
    workspace: Workspace,
    database: Database,
    progress: Progress,
    *,
    seeds: int | None = None,
    model: str = "fusion",
) -> dict[str, Any]:
    """Evaluates the conditions; stored predictions are not computed again. Returns what it writes into
    `result.json`.

    The result has `table` (a row per condition, with `rows_by_source`, `share_of_all_gold`, `share_above_chance`),
    `pairs`, `curve` (a point per queue and number of decisions) and `flat_at` by queue. Raises InputError for an
    unknown model, TrainingError where the conditions would not differ or cannot be scored, JobCancelledError after a
    cancel.
    """
    if model not in MODELS:
        raise InputError(f"{model!r} is no model for the conditions; there are {', '.join(MODELS)}.")
    settings = workspace.settings.training.model_copy(update={"keypoint_model": "mlp"})
    asked = workspace.settings.evaluation
    labels = workspace.settings.taxonomy.names
    found = condition_clips(database, workspace.settings)
    refuse_bad_conditions(found, labels)
    folds = grouped_folds([clip.subject_id for clip in found], fold_labels(found), settings.folds, settings.seed)
    everything = _as_set(found)
    plan: dict[str, Any] = {
        "protocol": PROTOCOL,
        "set": everything.name,
        "curated_digest": everything.digest,
        "model": model,
        "labels": list(labels),
        "settings": settings.model_dump(mode="json"),
        "evaluation": asked.model_dump(mode="json"),
        "seeds": [settings.seed + number for number in range(seeds or asked.seeds)],
        "features_digest": features_digest(database, {clip.clip_id for clip in found}),
        "code_version": code_version(),
    }
    conditions, points = _what_to_learn_from(found, labels, asked, settings.pseudo_weight, plan["seeds"])
    with evaluation_folder(workspace, plan) as folder, full_disk_explained(folder.path):
        spec = gather(database, everything, settings)
        progress.report(0, "reading features")
        needed = {clip.clip_id for clip in found}
        source = open_set(workspace, spec, needed, settings=settings, folder=folder, progress=progress)
        settings = resolved(settings, source.training_frames(needed), folder.path)
        take_threads(settings)
        splits = fold_splits(everything.rows, folds, settings.folds)
        fold_runner = FoldRunner(folder, spec, source, settings, labels, splits, progress)
        runner = _ConditionRunner(fold_runner, model, {clip.clip_id for clip in found if clip.truth is not None})
        predictions = runner.predictions({**conditions, **points}, plan["seeds"])
        scored = [
            Scored(clip.clip_id, clip.subject_id, clip.truth, COHORT_TRUTH if clip.simulated else "label")
            for clip in found
            if clip.truth is not None
        ]
        best = best_possible(workspace, database, scored)
        figures = {
            condition: pooled_row(
                condition if isinstance(condition, str) else f"{condition.decisions} decisions, {condition.queue}",
                by_seed,
                scored,
                labels,
                best_balanced_accuracy=None if best is None else best["balanced_accuracy"],
                seed=settings.seed,
            )
            for condition, by_seed in predictions.items()
        }
        ceiling = figures[CEILING]["balanced_accuracy"]
        return folder.finish(
            {
                "table": [
                    {
                        **figures[condition],
                        "rows_by_source": dict(Counter(row.source.value for row in by_seed[0])),
                        **_relative_scores(figures[condition]["balanced_accuracy"], ceiling, 1 / len(labels)),
                    }
                    for condition, by_seed in conditions.items()
                ],
                "pairs": all_pairs(
                    {condition: predictions[condition] for condition in conditions}, scored, labels, settings.seed
                ),
                "curve": [
                    {
                        "queue": point.queue,
                        "decisions": point.decisions,
                        "hours": point.decisions * asked.human.seconds_per_clip / 3600,
                        "balanced_accuracy": figures[point]["balanced_accuracy"],
                        **_relative_scores(figures[point]["balanced_accuracy"], ceiling, 1 / len(labels)),
                    }
                    for point in points
                ],
                "flat_at": {queue: _flat(queue, figures, asked.flat_gain) for queue in QUEUES},
                "all_gold": ceiling,
                "decidable": sum(clip.can_be_decided for clip in found),
                "simulated_human": any(clip.simulated and clip.can_be_decided for clip in found),
                "folds": settings.folds,
                "subjects": len({clip.subject_id for clip in found}),
                "scored_sentence": scored_sentence(scored, len(found)),
                "best_possible": best,
                "test_split_scored": times_scored(workspace),
            }
        )


def _as_set(found: Sequence[ConditionClip]) -> CuratedSet:
    """All clips with the best label known, used for folds and digest; a model is never trained on it."""
    rows = [
        CuratedRow(clip.clip_id, clip.subject_id, label, LabelSource.GOLD if clip.gold else LabelSource.PSEUDO, 1.0)
        for clip, label in ((clip, clip.truth or (clip.pseudo.label if clip.pseudo else "")) for clip in found)
    ]
    known = {str(clip.clip_id): repr(clip) for clip in found}
    return CuratedSet(0, "every clip", known, curated_sets.digest_of(known, rows), tuple(rows), datetime.now(UTC))


def _what_to_learn_from(
    found: Sequence[ConditionClip],
    labels: Sequence[str],
    asked: EvaluationSettings,
    pseudo_weight: float,
    seeds: Sequence[int],
) -> tuple[dict[str, BySeed], dict[_Point, BySeed]]:
    """The training rows of the conditions and of the points of the curve, by seed."""
    said = {seed: decisions(found, labels, accuracy=asked.human.accuracy, seed=seed) for seed in seeds}
    decidable = sum(clip.can_be_decided for clip in found)

    def decided(queue: str, number: int) -> BySeed:
        return [
            condition_rows(
                found,
                AGREED,
                pseudo_weight,
                {clip_id: said[seed][clip_id] for clip_id in queue_order(queue, found, seed)[:number]},
            )
            for seed in seeds
        ]

    share = decision_counts(decidable, [asked.decided_share])[1]
    conditions = {
        condition: [condition_rows(found, condition, pseudo_weight)] * len(seeds)
        for condition in (GOLD_ONLY, RAW, AGREED)
    }
    conditions |= {f"+ {share} decisions, {queue}": decided(queue, share) for queue in QUEUES}
    conditions[CEILING] = [condition_rows(found, CEILING, pseudo_weight)] * len(seeds)
    counts = decision_counts(decidable, [*asked.curve_shares, asked.decided_share])
    return conditions, {_Point(queue, number): decided(queue, number) for queue in QUEUES for number in counts}


@dataclass(frozen=True, slots=True)
class _ConditionRunner:
    """Fits one kind of model on the rows of any condition."""

    fold_runner: FoldRunner
    model: str
    scorable: set[int]

    def predictions(self, conditions: Mapping[Any, BySeed], seeds: Sequence[int]) -> dict[Any, list[Predictions]]:
        """Out-of-fold predictions of every condition, one dictionary per seed."""
        fold_runner, fold_of = self.fold_runner, self.fold_runner.fold_of_clip
        tasks: dict[tuple[str, int, int], list[CuratedRow]] = {}
        of_condition: dict[Any, list[list[str]]] = {condition: [] for condition in conditions}
        for condition, by_seed in conditions.items():
            for seed, rows in zip(seeds, by_seed, strict=True):
                names = []
                for fold in range(len(fold_runner.splits)):
                    training = [row for row in rows if fold_of[row.clip_id] != fold]
                    name = hashlib.sha256(repr(training).encode()).hexdigest()[:12]
                    tasks[name, seed, fold] = training
                    names.append(name)
                of_condition[condition].append(names)
        done = {
            task: self._run_task(task, training, number, len(tasks))
            for number, (task, training) in enumerate(tasks.items())
        }
        return {
            condition: [
                {k: v for fold, name in enumerate(names) for k, v in done[name, seed, fold].items()}
                for seed, names in zip(seeds, by_seed, strict=True)
            ]
            for condition, by_seed in of_condition.items()
        }

    def _run_task(self, task: tuple[str, int, int], training: list[CuratedRow], number: int, of: int) -> Predictions:
        fold_runner, (name, seed, fold) = self.fold_runner, task
        fold_runner.progress.raise_if_cancelled()
        found = fold_runner.folder.predictions(name, seed, fold)
        if found is not None:
            return found
        held_out = [clip_id for clip_id in fold_runner.splits[fold][1] if clip_id in self.scorable]
        span, message = fold_runner.place(number, of, f"fit {number + 1} of {of}")
        if self.model == "logistic":
            fold_runner.progress.report(span[0], message)
            predictions = logistic_on_cues(training, held_out, fold_runner.labels, fold_runner.spec.statistics)
            return fold_runner.folder.store(name, seed, fold, predictions)
        fits = fold_runner.fits(seed, f"{name}-{seed}-{fold}", fold_runner.settings, None)
        begin = ((span[0], span[0]), message)
        if self.model == "fusion":
            singles = {one: fits.single(training, fold, one, begin) for one in fold_runner.spec.modalities}
            model = fits.joint(training, fold, singles, (span, message))
        else:
            model = fits.single(training, fold, self.model, (span, message))
            held_out = [clip_id for clip_id in held_out if self.model in fold_runner.spec.kinds[clip_id]]
        predictions = fold_runner.folder.store(name, seed, fold, fits.fitter.predict(model, held_out))
        fold_runner.folder.remove_work(f"{name}-{seed}-{fold}")
        return predictions


def _flat(queue: str, figures: Mapping[Any, Mapping[str, Any]], least_gain: float) -> int | None:
    points = [
        (point.decisions, row["balanced_accuracy"]["value"])
        for point, row in figures.items()
        if isinstance(point, _Point) and point.queue == queue and row["balanced_accuracy"] is not None
    ]
    return flat_at(sorted(points), least_gain)


def _relative_scores(
    figure: Mapping[str, float] | None, ceiling: Mapping[str, float] | None, chance: float
) -> dict[str, float | None]:
    """The score as a share of the score of "all gold", and the same after chance is subtracted from both."""
    value, most = (None if one is None else one["value"] for one in (figure, ceiling))
    if value is None or not most:
        return {"share_of_all_gold": None, "share_above_chance": None}
    above = (value - chance) / (most - chance) if most > chance else None
    return {"share_of_all_gold": value / most, "share_above_chance": above}
