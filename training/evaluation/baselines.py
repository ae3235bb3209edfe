"""Baselines that a network has to beat, on the same folds, rows and weights. Free of torch.

How much the two that read cue statistics believe their rows is chosen in each fold by the training rows alone
(training.evaluation.nested_choice).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.types.runs import CuratedRow
from training.data.cue_rates import cue_terms, fit_cue_model
from training.data.cue_statistics import CUE_STATISTICS
from training.data.inner_folds import Places
from training.data.soft_labels import weighted_targets
from training.evaluation.intervals import Vector
from training.evaluation.nested_choice import balancing, least_surprised
from training.evaluation.predictions import Predictions
from training.evaluation.results_table import Scored

_RATE = slice(0, None, CUE_STATISTICS)
_REGULARIZATIONS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # C of scikit-learn, the strongest first
_TREES = (1, 5, 10, 25, 50, 100)


def majority(held_out: Sequence[int], scored: Sequence[Scored], labels: Sequence[str]) -> Predictions:
    """Predicts the shares of the trusted labels among the scored clips, the same for every held-out clip, so that
    its label is the most frequent one: what is right without looking at a clip. Empty where nothing is scored.

    One constant for all folds: the shares of each fold's training part lean away from what is held out, which would
    make the row worse than a constant.
    """
    counts = [sum(clip.label == label for clip in scored) for label in labels]
    if not sum(counts):
        return {}
    return dict.fromkeys(held_out, tuple(count / sum(counts) for count in counts))


def logistic_on_cues(
    training: Sequence[CuratedRow],
    held_out: Sequence[int],
    labels: Sequence[str],
    statistics: Mapping[int, npt.NDArray[np.float64]],
) -> Predictions:
    """L2-regularized logistic regression on the standardized rates in `cue_statistics`; classes balanced, rows
    weighted.

    It reads no other statistic: the row tells what lies in how often cues happen. `statistics` is by clip id. Where
    the training rows have a single label, it predicts that one.
    """
    return logistic_regression(training, held_out, labels, lambda clip_id: statistics[clip_id][_RATE], _REGULARIZATIONS)


def logistic_regression(
    training: Sequence[CuratedRow],
    held_out: Sequence[int],
    labels: Sequence[str],
    features: Callable[[int], Vector],
    regularizations: Sequence[float],
    *,
    readings: Sequence[Callable[[Vector], Vector] | None] = (None,),
) -> Predictions:
    """L2-regularized logistic regression on the standardized features of clip ids; classes balanced, rows weighted.

    Of the `readings` (what is read of the standardized features (N, F); all where it is None) and `regularizations` (C of
    scikit-learn), the least first, that pair with the least log loss on held-out subjects. Where the training rows have a
    single label, it predicts that one.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    given = np.array([row.label for row in training])
    if len(set(given)) < 2 or not held_out:
        return _always(given[0], held_out, labels)
    known = np.stack([features(row.clip_id) for row in training])
    weights = np.array([row.weight for row in training])

    tried = [(reading, regularization) for reading in readings for regularization in regularizations]

    def fitted(rows: Places, candidate: int) -> Any:
        reading, regularization = tried[candidate]
        last = LogisticRegression(C=regularization, class_weight="balanced", max_iter=2000)
        model = make_pipeline(StandardScaler(), FunctionTransformer(reading), last)
        return model.fit(known[rows], given[rows], logisticregression__sample_weight=weights[rows])

    def candidates(rows: Places, others: Places) -> list[Vector]:
        return [fitted(rows, candidate).predict_proba(known[others]) for candidate in range(len(tried))]

    model = fitted(np.arange(len(given)), least_surprised(training, candidates))
    predictions = model.predict_proba(np.stack([features(clip_id) for clip_id in held_out]))
    return _in_order(held_out, predictions, list(model.classes_), labels)


def rates_of_cues(
    training: Sequence[CuratedRow],
    held_out: Sequence[int],
    labels: Sequence[str],
    counts: Callable[[int], npt.NDArray[np.float64]],
) -> Predictions:
    """The Poisson model of `training.data.cue_rates` alone, as the fusion model uses it, with a uniform prior.

    `counts` gives the `event_counts` of a clip id. Where nothing was measured, the prediction is uniform.
    """
    if not held_out:
        return {}
    model = fit_cue_model(
        np.stack([counts(row.clip_id) for row in training]),
        weighted_targets(training, labels),
        [row.subject_id for row in training],
    )
    scores = cue_terms(np.stack([counts(clip_id) for clip_id in held_out]), model).sum(axis=2)
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    predictions = (shares / shares.sum(axis=1, keepdims=True)).tolist()
    return {clip_id: tuple(prediction) for clip_id, prediction in zip(held_out, predictions, strict=True)}


def boosting_on_cues(
    training: Sequence[CuratedRow],
    held_out: Sequence[int],
    labels: Sequence[str],
    statistics: Mapping[int, npt.NDArray[np.float64]],
    seed: int,
) -> Predictions:
    """Gradient boosting on all of `cue_statistics`; classes balanced, rows weighted, trees of depth 2.

    Each tree sees half of the rows, drawn by `seed`. GradientBoostingClassifier and not its histogram variant, which
    wants 20 rows a leaf where there may be 30 in all. Where the training rows have a single label, it predicts that
    one.
    """
    from sklearn.ensemble import GradientBoostingClassifier

    given = np.array([row.label for row in training])
    if len(set(given)) < 2 or not held_out:
        return _always(given[0], held_out, labels)
    known = np.stack([statistics[row.clip_id] for row in training])
    weights = np.array([row.weight for row in training])

    def fitted(rows: Places, trees: int) -> Any:
        model = GradientBoostingClassifier(
            n_estimators=trees, learning_rate=0.05, max_depth=2, subsample=0.5, random_state=seed
        )
        balanced = weights[rows] * balancing([training[row] for row in rows])
        return model.fit(known[rows], given[rows], sample_weight=balanced)

    def candidates(rows: Places, others: Places) -> list[Vector]:
        staged = list(fitted(rows, _TREES[-1]).staged_predict_proba(known[others]))
        return [staged[trees - 1] for trees in _TREES]

    model = fitted(np.arange(len(given)), _TREES[least_surprised(training, candidates)])
    predictions = model.predict_proba(np.stack([statistics[clip_id] for clip_id in held_out]))
    return _in_order(held_out, predictions, list(model.classes_), labels)


def _always(label: str, held_out: Sequence[int], labels: Sequence[str]) -> Predictions:
    return dict.fromkeys(held_out, tuple(float(one == label) for one in labels))


def _in_order(
    clip_ids: Sequence[int], predictions: npt.NDArray[np.float64], columns: Sequence[str], labels: Sequence[str]
) -> Predictions:
    """Predictions with the columns in the taxonomy's order; 0 for a label that the model never saw."""
    return {
        clip_id: tuple(float(row[columns.index(label)]) if label in columns else 0.0 for label in labels)
        for clip_id, row in zip(clip_ids, predictions, strict=True)
    }
