"""What any model has to beat, on the same folds with the same rows and weights. Free of torch.

Majority answers with the weighted share of each label among the training rows. Logistic regression reads how often each
cue happens. Measured on 183 clips of the `imigue` cohort (60 s, effect 0.8, pseudo-labels 86 % right), balanced accuracy
out of fold: rates alone 0.74 at C 0.003 and 0.68 at 0.3; with mean strength, share of time and coverage 0.70 and 0.63.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.types.runs import CuratedRow
from training.data.cue_rates import cue_terms, fit_cue_model
from training.data.cue_statistics import CUE_STATISTICS
from training.data.soft_labels import taught_by
from training.evaluation.predictions import Predictions

_RATE = slice(0, None, CUE_STATISTICS)
_REGULARISATION = 0.003  # C of scikit-learn: two dozen rates meet a few dozen to a few hundred uncertain labels


def majority(training: Sequence[CuratedRow], held_out: Sequence[int], labels: Sequence[str]) -> Predictions:
    """The same answer for every held-out clip."""
    weights = [sum(row.weight for row in training if row.label == label) for label in labels]
    prediction = tuple(weight / sum(weights) for weight in weights)
    return dict.fromkeys(held_out, prediction)


def logistic_on_cues(
    training: Sequence[CuratedRow],
    held_out: Sequence[int],
    labels: Sequence[str],
    statistics: Mapping[int, npt.NDArray[np.float64]],
) -> Predictions:
    """Standardised rates of `cue_statistics`, L2-regularised logistic regression, labels balanced, rows weighted.

    With a single label in the training rows there is nothing to separate; it then answers like `majority`.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    given = [row.label for row in training]
    if len(set(given)) < 2 or not held_out:
        return majority(training, held_out, labels)
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=_REGULARISATION, class_weight="balanced", max_iter=2000)
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
    """`training.data.cue_rates` alone, as the fusion model reads it beside its networks; the prior is taken as even.

    `counts` tells a clip's `event_counts`. Clips in which nothing was measured are answered evenly.
    """
    if not held_out:
        return {}
    model = fit_cue_model(
        np.stack([counts(row.clip_id) for row in training]),
        taught_by(training, labels),
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
    """Gradient boosting on all of `cue_statistics`, labels balanced, rows weighted: trees of two questions, half of the rows
    a tree, which the seed draws.

    scikit-learn's GradientBoostingClassifier; its histogram form wants 20 rows a leaf, and there may be 30 in all. Answers
    like `majority` where the training rows have a single label.
    """
    from sklearn.ensemble import GradientBoostingClassifier

    given = [row.label for row in training]
    if len(set(given)) < 2 or not held_out:
        return majority(training, held_out, labels)
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


def _balancing(given: Sequence[str], weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A factor a row with which every label weighs the same in all."""
    of_label = {label: weights[[one == label for one in given]].sum() for label in set(given)}
    return np.array([weights.sum() / (len(of_label) * of_label[label]) for label in given])


def _in_order(
    clip_ids: Sequence[int], predictions: npt.NDArray[np.float64], columns: Sequence[str], labels: Sequence[str]
) -> Predictions:
    """Answers in the taxonomy's order; 0 for a label that the model never saw."""
    return {
        clip_id: tuple(float(row[columns.index(label)]) if label in columns else 0.0 for label in labels)
        for clip_id, row in zip(clip_ids, predictions, strict=True)
    }
