"""What a baseline chooses, it chooses by the training rows alone, on subjects held out among them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from core.types.clips import LabelSource
from core.types.runs import CuratedRow
from training.evaluation.baselines import boosting_on_cues, logistic_on_cues
from training.evaluation.predictions import Predictions

LABELS = ("positive", "negative")
Statistics = Mapping[int, np.ndarray]
Baseline = Callable[[Sequence[CuratedRow], Sequence[int], Statistics], Predictions]


def logistic(training: Sequence[CuratedRow], held_out: Sequence[int], statistics: Statistics) -> Predictions:
    return logistic_on_cues(training, held_out, LABELS, statistics)


def boosting(training: Sequence[CuratedRow], held_out: Sequence[int], statistics: Statistics) -> Predictions:
    return boosting_on_cues(training, held_out, LABELS, statistics, seed=0)


def rows(labels: Sequence[int], clips_each: int = 4) -> list[CuratedRow]:
    return [
        CuratedRow(number, number // clips_each, LABELS[label], LabelSource.GOLD, 1.0)
        for number, label in enumerate(labels)
    ]


def statistics_of(rates: np.ndarray) -> Statistics:
    """The rates (N, cues) as cue statistics, of which the other three of each cue are 0."""
    return {
        number: np.stack([of_clip, *[np.zeros_like(of_clip)] * 3], axis=1).ravel()
        for number, of_clip in enumerate(rates)
    }


def surprise(predictions: Predictions, labels: Sequence[int]) -> float:
    """Mean log loss in bits: 1 where both labels are as likely."""
    return float(-np.mean([np.log2(shares[labels[clip_id]]) for clip_id, shares in predictions.items()]))


@pytest.mark.parametrize("baseline", [logistic, boosting])
def test_rates_that_tell_the_label_are_believed(baseline: Baseline) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 200)
    rates = random.normal(size=(200, 6))
    rates[:, 0] += 6 * labels
    found = baseline(rows(labels[:160]), range(160, 200), statistics_of(rates))
    assert surprise(found, labels.tolist()) < 0.3


@pytest.mark.parametrize("baseline", [logistic, boosting])
def test_rates_that_tell_nothing_are_not_believed(baseline: Baseline) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 200)
    found = baseline(rows(labels[:80]), range(80, 200), statistics_of(random.normal(size=(200, 24))))
    assert surprise(found, labels.tolist()) < 1.05


@pytest.mark.parametrize("baseline", [logistic, boosting])
def test_what_tells_one_subject_from_another_is_not_believed(baseline: Baseline) -> None:
    # Every subject has one label and rates of their own: within subjects they tell all, of a new one they tell nothing.
    random = np.random.default_rng(0)
    of_subject = random.integers(0, 2, 50)
    labels = np.repeat(of_subject, 4)
    rates = np.repeat(random.normal(size=(50, 24)), 4, axis=0)
    found = baseline(rows(labels[:80]), range(80, 200), statistics_of(rates))
    assert surprise(found, labels.tolist()) < 1.05


@pytest.mark.parametrize("baseline", [logistic, boosting])
def test_where_nothing_can_be_held_out_the_least_is_believed(baseline: Baseline) -> None:
    labels = [0, 1] * 10
    found = baseline(rows(labels, clips_each=20), [0, 1], statistics_of(np.array(labels, dtype=float)[:, None]))
    assert all(abs(shares[0] - 0.5) < 0.15 for shares in found.values())
