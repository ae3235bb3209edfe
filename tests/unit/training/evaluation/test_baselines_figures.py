"""Baselines: the rates alone, and what a row's weight does."""

import numpy as np
import pytest
from scipy.stats import nbinom

from core.types.clips import LabelSource
from core.types.runs import CuratedRow
from training.data.cue_rates import fit_cue_model
from training.data.soft_labels import weighted_targets
from training.evaluation.baselines import boosting_on_cues, logistic_on_cues, rates_of_cues

LABELS = ("positive", "negative")
UNMEASURED = np.zeros((1, 2))


def row(clip_id: int, label: str, weight: float = 1.0) -> CuratedRow:
    return CuratedRow(clip_id, clip_id // 2, label, LabelSource.GOLD, weight)


TRAINING = [row(number, LABELS[number % 2]) for number in range(40)]


def counts(clip_id: int) -> np.ndarray:
    """One cue in two minutes: often where the clip is positive (even), seldom where it is not; clip 99 was not measured."""
    return UNMEASURED if clip_id == 99 else np.array([[(1 if clip_id % 2 else 9) + clip_id % 3, 2.0]])


def test_rates_answer_in_proportion_to_the_negative_binomial_likelihood_of_each_label() -> None:
    model = fit_cue_model(
        np.stack([counts(one.clip_id) for one in TRAINING]),
        weighted_targets(TRAINING, LABELS),
        [one.subject_id for one in TRAINING],
    )
    events, minutes = 4, 2.0
    shape, rate = model.shape[0], model.base_rate[0]
    means = rate * minutes * np.exp(model.log_factor[:, 0])
    likelihood = nbinom.pmf(events, shape, shape / (shape + means)) ** model.shrinkage
    found = rates_of_cues(
        TRAINING, [50], LABELS, lambda clip_id: np.array([[4.0, 2.0]]) if clip_id == 50 else counts(clip_id)
    )
    assert found[50] == pytest.approx(likelihood / likelihood.sum(), rel=1e-6)


def test_rates_tell_the_label_of_clips_that_were_held_out() -> None:
    found = rates_of_cues(TRAINING, [60, 61], LABELS, counts)
    assert found[60][0] > 0.5 > found[61][0]
    assert list(found) == [60, 61]


def test_a_clip_in_which_nothing_was_measured_is_answered_evenly() -> None:
    assert rates_of_cues(TRAINING, [99], LABELS, counts) == {99: pytest.approx((0.5, 0.5))}


def test_without_a_held_out_clip_there_is_no_answer() -> None:
    assert rates_of_cues(TRAINING, [], LABELS, counts) == {}
    assert logistic_on_cues(TRAINING, [], LABELS, {}) == {}
    assert boosting_on_cues(TRAINING, [], LABELS, {}, seed=0) == {}


@pytest.mark.parametrize(("heavy", "sign"), [("positive", 1), ("negative", -1)])
def test_of_rows_that_contradict_each_other_logistic_regression_believes_the_heavier(heavy: str, sign: int) -> None:
    # Every label is as frequent at a rate of 0 as at 1; only the weights at 0 differ.
    statistics = {number: np.array([float(number // 20), 0.0, 0.0, 0.0]) for number in range(40)}
    training = [
        row(number, LABELS[number % 2], 9.0 if number < 20 and LABELS[number % 2] == heavy else 1.0)
        for number in range(40)
    ]
    found = logistic_on_cues(training, [0, 39], LABELS, statistics)
    assert sign * (found[0][0] - found[39][0]) > 0.01


def test_logistic_regression_reads_rates_alone() -> None:
    random = np.random.default_rng(0)
    rates = random.normal(size=40)
    # Of the four statistics of a cue the first is its rate; the others know the label here and must not be read.
    statistics = {number: np.array([rates[number], *[float(number % 2)] * 3]) for number in range(40)}
    only_rates = {number: np.array([rates[number], 0.0, 0.0, 0.0]) for number in range(40)}
    held_out = [36, 37, 38, 39]
    found = logistic_on_cues(TRAINING[:36], held_out, LABELS, statistics)
    assert found == logistic_on_cues(TRAINING[:36], held_out, LABELS, only_rates)


def test_gradient_boosting_lets_every_label_weigh_the_same_whatever_its_rows_weigh() -> None:
    statistics = {number: np.zeros(4) for number in range(30)}
    # Two rows of 7.5 against 27 of 1: with nothing to tell them apart, either label is as likely.
    training = [row(number, LABELS[number > 1], 7.5 if number < 2 else 1.0) for number in range(29)]
    by_seed = [boosting_on_cues(training, [29], LABELS, statistics, seed)[29][0] for seed in range(3)]
    assert np.mean(by_seed) == pytest.approx(0.5, abs=0.1)


def test_an_answer_is_in_the_order_of_the_taxonomy_with_nought_for_a_label_never_seen() -> None:
    statistics = {number: np.full(4, float(number % 2)) for number in range(40)}
    wide = ("neutral", "positive", "negative")
    found = logistic_on_cues(TRAINING, [38, 39], wide, statistics)
    assert [answer[0] for answer in found.values()] == [0.0, 0.0]
    assert found[38][1] > 0.5 > found[39][1]
    assert found[38][2] < 0.5 < found[39][2]
