"""What correcting bought: the arms and the decisions curve, on the same folds and seeds.

Every arm is a set of rows to learn from; two arms that come to the same rows in a fold share one fit. Held-out clips are
always the same, scored against the truth.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import torch

from core.errors import InputError
from core.progress import Progress
from core.settings.evaluation import EvaluationSettings
from core.types.clips import LabelSource
from core.types.runs import CuratedRow, CuratedSet
from core.workspace import Workspace
from db import curated_sets
from db.engine import Database
from training.data.dataset_spec import features_digest, gather
from training.data.splits import grouped_folds, sides_of_folds
from training.evaluation.baselines import logistic_on_cues
from training.evaluation.conditions import (
    AGREED,
    CEILING,
    GOLD_ONLY,
    RAW,
    ArmClip,
    arm_clips,
    arm_rows,
    decisions,
    fold_labels,
    refuse_bad_material,
)
from training.evaluation.evaluation_folder import Answers, evaluation_folder
from training.evaluation.learning_curve import QUEUES, decision_counts, flat_at, queue_order
from training.evaluation.paired_tests import all_pairs
from training.evaluation.results_table import Scored, pooled_row
from training.evaluation.test_set_log import times_scored
from training.fit.disk_space import disk_refusals_told
from training.protocols.grouped_folds import FoldBench, open_set
from training.runs.artifacts import code_version
from training.runs.run_metrics import COHORT_TRUTH, best_possible, scored_sentence

PROTOCOL = "arms"
MODELS = ("fusion", "pose", "image", "text", "logistic")

BySeed = list[list[CuratedRow]]  # what an arm learns from, one list a seed


@dataclass(frozen=True, slots=True)
class _Point:
    """A point of the curve: so many decisions in a queue's order, on top of the agreed pseudo-labels."""

    queue: str
    decisions: int


def evaluate_arms(
    workspace: Workspace,
    database: Database,
    progress: Progress,
    *,
    seeds: int | None = None,
    model: str = "fusion",
) -> dict[str, Any]:
    """Fits what is still to be fitted; returns the result and leaves it in `runs/evaluations`
    (training.evaluation.evaluation_folder).

    The result has `table` (a row an arm, with `rows_by_source`, `share_of_all_gold`, `share_above_chance`), `pairs`, `curve`
    (a point each queue and number of decisions), `flat_at` (by queue) and what they rest on. Raises InputError for a model
    that is none, TrainingError where the arms cannot be told apart or scored, JobCancelledError after a cancel.
    """
    if model not in MODELS:
        raise InputError(f"{model!r} is no model for the arms; there are {', '.join(MODELS)}.")
    settings = workspace.settings.training.model_copy(update={"keypoint_model": "mlp"})
    asked = workspace.settings.evaluation
    labels = workspace.settings.taxonomy.names
    torch.set_num_threads(settings.max_threads)
    found = arm_clips(database, workspace.settings)
    refuse_bad_material(found, labels)
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
    arms, points = _what_to_learn_from(found, labels, asked, settings.pseudo_weight, plan["seeds"])
    with evaluation_folder(workspace, plan) as folder, disk_refusals_told(folder.path):
        material = gather(database, everything, settings)
        progress.report(0, "reading features")
        asked_of = {clip.clip_id for clip in found}
        source = open_set(workspace, material, asked_of, settings=settings, folder=folder, progress=progress)
        sides = sides_of_folds(everything.rows, folds, settings.folds)
        bench = FoldBench(folder, material, source, settings, labels, sides, progress)
        arm_bench = _ArmBench(bench, model, {clip.clip_id for clip in found if clip.truth is not None})
        answers = arm_bench.answers({**arms, **points}, plan["seeds"])
        scored = [
            Scored(clip.clip_id, clip.subject_id, clip.truth, COHORT_TRUTH if clip.simulated else "label")
            for clip in found
            if clip.truth is not None
        ]
        best = best_possible(workspace, database, scored, None)
        figures = {
            arm: pooled_row(
                arm if isinstance(arm, str) else f"{arm.decisions} decisions, {arm.queue}",
                by_seed,
                scored,
                labels,
                best_balanced_accuracy=None if best is None else best["balanced_accuracy"],
                seed=settings.seed,
            )
            for arm, by_seed in answers.items()
        }
        ceiling = figures[CEILING]["balanced_accuracy"]
        return folder.finish(
            {
                "table": [
                    {
                        **figures[arm],
                        "rows_by_source": dict(Counter(row.source.value for row in by_seed[0])),
                        **_shares(figures[arm]["balanced_accuracy"], ceiling, 1 / len(labels)),
                    }
                    for arm, by_seed in arms.items()
                ],
                "pairs": all_pairs({arm: answers[arm] for arm in arms}, scored, labels, settings.seed),
                "curve": [
                    {
                        "queue": point.queue,
                        "decisions": point.decisions,
                        "hours": point.decisions * asked.human.seconds_per_clip / 3600,
                        "balanced_accuracy": figures[point]["balanced_accuracy"],
                        **_shares(figures[point]["balanced_accuracy"], ceiling, 1 / len(labels)),
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


def _as_set(found: Sequence[ArmClip]) -> CuratedSet:
    """All the clips with the best label there is, for the folds and for the digest; never learned from as such."""
    rows = [
        CuratedRow(clip.clip_id, clip.subject_id, label, LabelSource.GOLD if clip.gold else LabelSource.PSEUDO, 1.0)
        for clip, label in ((clip, clip.truth or (clip.pseudo.label if clip.pseudo else "")) for clip in found)
    ]
    known = {str(clip.clip_id): repr(clip) for clip in found}
    return CuratedSet(0, "every clip", known, curated_sets.digest_of(known, rows), tuple(rows), datetime.now(UTC))


def _what_to_learn_from(
    found: Sequence[ArmClip],
    labels: Sequence[str],
    asked: EvaluationSettings,
    pseudo_weight: float,
    seeds: Sequence[int],
) -> tuple[dict[str, BySeed], dict[_Point, BySeed]]:
    """The rows of the arms and of the curve's points, seed by seed."""
    said = {seed: decisions(found, labels, accuracy=asked.human.accuracy, seed=seed) for seed in seeds}
    decidable = sum(clip.can_be_decided for clip in found)

    def decided(queue: str, number: int) -> BySeed:
        return [
            arm_rows(
                found,
                AGREED,
                pseudo_weight,
                {clip_id: said[seed][clip_id] for clip_id in queue_order(queue, found, seed)[:number]},
            )
            for seed in seeds
        ]

    share = decision_counts(decidable, [asked.decided_share])[1]
    arms = {arm: [arm_rows(found, arm, pseudo_weight)] * len(seeds) for arm in (GOLD_ONLY, RAW, AGREED)}
    arms |= {f"+ {share} decisions, {queue}": decided(queue, share) for queue in QUEUES}
    arms[CEILING] = [arm_rows(found, CEILING, pseudo_weight)] * len(seeds)
    counts = decision_counts(decidable, [*asked.curve_shares, asked.decided_share])
    return arms, {_Point(queue, number): decided(queue, number) for queue in QUEUES for number in counts}


@dataclass(frozen=True, slots=True)
class _ArmBench:
    """Fits one model on whatever rows an arm has."""

    bench: FoldBench
    model: str
    scorable: set[int]

    def answers(self, arms: Mapping[Any, BySeed], seeds: Sequence[int]) -> dict[Any, list[Answers]]:
        """Out-of-fold answers of every arm, one dictionary a seed."""
        bench, fold_of = self.bench, self.bench.fold_of_clip
        cells: dict[tuple[str, int, int], list[CuratedRow]] = {}
        of_arm: dict[Any, list[list[str]]] = {arm: [] for arm in arms}
        for arm, by_seed in arms.items():
            for seed, rows in zip(seeds, by_seed, strict=True):
                names = []
                for fold in range(len(bench.sides)):
                    training = [row for row in rows if fold_of[row.clip_id] != fold]
                    name = hashlib.sha256(repr(training).encode()).hexdigest()[:12]
                    cells[name, seed, fold] = training
                    names.append(name)
                of_arm[arm].append(names)
        done = {
            cell: self._cell(cell, training, number, len(cells))
            for number, (cell, training) in enumerate(cells.items())
        }
        return {
            arm: [
                {k: v for fold, name in enumerate(names) for k, v in done[name, seed, fold].items()}
                for seed, names in zip(seeds, by_seed, strict=True)
            ]
            for arm, by_seed in of_arm.items()
        }

    def _cell(self, cell: tuple[str, int, int], training: list[CuratedRow], number: int, of: int) -> Answers:
        bench, (name, seed, fold) = self.bench, cell
        bench.progress.raise_if_cancelled()
        found = bench.folder.answers(name, seed, fold)
        if found is not None:
            return found
        held_out = [clip_id for clip_id in bench.sides[fold][1] if clip_id in self.scorable]
        span, message = bench.place(number, of, f"fit {number + 1} of {of}")
        if self.model == "logistic":
            bench.progress.report(span[0], message)
            answers = logistic_on_cues(training, held_out, bench.labels, bench.material.statistics)
            return bench.folder.store(name, seed, fold, answers)
        fits = bench.fits(seed, f"{name}-{seed}-{fold}", bench.settings, None)
        begin = ((span[0], span[0]), message)
        if self.model == "fusion":
            singles = {one: fits.single(training, fold, one, begin) for one in bench.material.modalities}
            model = fits.joint(training, fold, singles, (span, message))
        else:
            model = fits.single(training, fold, self.model, (span, message))
            held_out = [clip_id for clip_id in held_out if self.model in bench.material.kinds[clip_id]]
        answers = bench.folder.store(name, seed, fold, fits.fitter.predict(model, held_out))
        bench.folder.forget_work(f"{name}-{seed}-{fold}")
        return answers


def _flat(queue: str, figures: Mapping[Any, Mapping[str, Any]], least_gain: float) -> int | None:
    points = [
        (point.decisions, row["balanced_accuracy"]["value"])
        for point, row in figures.items()
        if isinstance(point, _Point) and point.queue == queue and row["balanced_accuracy"] is not None
    ]
    return flat_at(sorted(points), least_gain)


def _shares(
    figure: Mapping[str, float] | None, ceiling: Mapping[str, float] | None, chance: float
) -> dict[str, float | None]:
    """The score as a share of that of all gold; and of what all gold gives above chance, for chance alone is much of it."""
    value, most = (None if one is None else one["value"] for one in (figure, ceiling))
    if value is None or not most:
        return {"share_of_all_gold": None, "share_above_chance": None}
    above = (value - chance) / (most - chance) if most > chance else None
    return {"share_of_all_gold": value / most, "share_above_chance": above}
