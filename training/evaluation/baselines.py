"""Baselines that a network has to beat, on the same folds, rows and weights. Free of torch.

The logistic regression reads only the rates of the cues, because more features made it worse. On 183 clips of the
`imigue` cohort (60 s each, effect 0.8, 86 % of the pseudo-labels right) the out-of-fold balanced accuracy was 0.74
(C = 0.003) and 0.68 (C = 0.3) with rates alone, and 0.70 and 0.63 with mean strength, share of time and coverage
added.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.types.runs import CuratedRow
from training.data.cue_rates import cue_terms, fit_cue_model
from training.data.cue_statistics import CUE_STATISTICS
from training.data.soft_labels import weighted_targets
from training.evaluation.predictions import Predictions
from training.evaluation.results_table import Scored

_RATE = slice(0, None, CUE_STATISTICS)
_REGULARIZATION = 0.003  # C of scikit-learn: strong, for some 24 rates and a few hundred noisy labels at most


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

    `statistics` is by clip id. Where the training rows have a single label, it predicts that one.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    given = [row.label for row in training]
    if len(set(given)) < 2 or not held_out:
        return _always(given[0], held_out, labels)
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=_REGULARIZATION, class_weight="balanced", max_iter=2000)
    )
    model.fit(
        np.stack([statistics[row.clip_id][_RATE] for row in training]),
        given,
        logisticregression__sample_weight=[row.weight for row in training],
    )
    predictions = model.predict_proba(np.stack([statistics[clip_id][_RATE] for clip_id in held_out]))
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

    given = [row.label for row in training]
    if len(set(given)) < 2 or not held_out:
        return _always(given[0], held_out, labels)
    weights = np.array([row.weight for row in training])
    model = GradientBoostingClassifier(
        n_estimators=100, learning_rate=0.05, max_depth=2, subsample=0.5, random_state=seed
    )
    model.fit(
        np.stack([statistics[row.clip_id] for row in training]),
        given,
        sample_weight=weights * _balancing(given, weights),
    )
    predictions = model.predict_proba(np.stack([statistics[clip_id] for clip_id in held_out]))
    return _in_order(held_out, predictions, list(model.classes_), labels)


def _always(label: str, held_out: Sequence[int], labels: Sequence[str]) -> Predictions:
    return dict.fromkeys(held_out, tuple(float(one == label) for one in labels))


def _balancing(given: Sequence[str], weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """One factor per row that makes the total weight of every label the same."""
    of_label = {label: weights[[one == label for one in given]].sum() for label in set(given)}
    return np.array([weights.sum() / (len(of_label) * of_label[label]) for label in given])


def _in_order(
    clip_ids: Sequence[int], predictions: npt.NDArray[np.float64], columns: Sequence[str], labels: Sequence[str]
) -> Predictions:
    """Predictions with the columns in the taxonomy's order; 0 for a label that the model never saw."""
    return {
        clip_id: tuple(float(row[columns.index(label)]) if label in columns else 0.0 for label in labels)
        for clip_id, row in zip(clip_ids, predictions, strict=True)
    }
