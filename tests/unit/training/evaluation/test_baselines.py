"""What a model has to beat."""

import numpy as np
import pytest

from core.types.clips import LabelSource
from core.types.cues import Cue, CueCoverage, CueMeasurement
from core.types.runs import CuratedRow
from training.data.cue_statistics import cue_statistics
from training.evaluation.baselines import boosting_on_cues, logistic_on_cues, majority
from training.evaluation.results_table import Scored, table_row

LABELS = ("positive", "negative", "neutral")


def row(clip_id: int, label: str, weight: float = 1.0) -> CuratedRow:
    return CuratedRow(clip_id, clip_id, label, LabelSource.GOLD, weight)


def test_majority_answers_with_the_shares_of_the_trusted_labels() -> None:
    scored = [Scored(number, number, LABELS[number % 4 == 0], "gold") for number in range(8)]
    assert majority([7, 8], scored, LABELS) == {7: (0.75, 0.25, 0.0), 8: (0.75, 0.25, 0.0)}


def test_the_majority_row_is_right_as_often_as_the_most_frequent_trusted_label_and_has_no_auroc() -> None:
    # 25 clips of which 18 are positive, in 5 folds: shares of the training part of each were right in 48 %.
    scored = [Scored(number, number // 5, LABELS[number % 25 >= 18], "gold") for number in range(25)]
    said: dict[int, tuple[float, ...]] = {}
    for fold in range(5):
        said |= majority([clip.clip_id for clip in scored if clip.subject_id == fold], scored, LABELS[:2])
    found = table_row("majority", said, scored, LABELS[:2])
    assert found["accuracy"]["value"] == pytest.approx(18 / 25)
    assert found["balanced_accuracy"]["value"] == 0.5
    assert found["auroc"] is None


def test_without_a_trusted_label_there_is_no_majority() -> None:
    assert majority([7, 8], [], LABELS) == {}


def test_statistics_count_by_the_time_that_could_be_measured() -> None:
    measurement = CueMeasurement(
        cues=(Cue("smile", 0, 1, 0.5, ()), Cue("smile", 2, 4, 0.7, ())),
        coverage=(CueCoverage("smile", 15.0, ((0.0, 15.0),), ""), CueCoverage("nodding", 0.0, (), "no nose")),
        duration_s=60.0,
    )
    assert cue_statistics(measurement, ["smile", "nodding"]) == pytest.approx([8, 0.6, 0.2, 0.25, 0, 0, 0, 0])


def test_a_clip_without_a_measurement_is_all_zeros() -> None:
    assert not cue_statistics(None, ["smile"]).any()


def test_logistic_regression_learns_a_rate() -> None:
    random = np.random.default_rng(0)
    statistics = {number: random.normal(loc=[number % 2 * 3, 0], size=2) for number in range(40)}
    training = [row(number, LABELS[number % 2]) for number in range(30)]
    answers = logistic_on_cues(training, list(range(30, 40)), LABELS, statistics)
    assert [max(range(3), key=answers[number].__getitem__) for number in range(30, 40)] == [0, 1] * 5
    assert all(sum(answer) == pytest.approx(1) for answer in answers.values())


def test_with_one_label_to_learn_from_it_answers_with_that_one() -> None:
    training = [row(1, "positive"), row(2, "positive")]
    statistics = {number: np.zeros(2) for number in (1, 2, 3)}
    assert logistic_on_cues(training, [3], LABELS, statistics) == {3: (1.0, 0.0, 0.0)}


def test_gradient_boosting_learns_that_two_cues_together_mean_what_neither_does_alone() -> None:
    random = np.random.default_rng(0)
    statistics = {number: random.normal(size=2) for number in range(300)}
    label = {number: LABELS[int((at > 0).all())] for number, at in statistics.items()}
    training = [row(number, label[number]) for number in range(200)]
    answers = boosting_on_cues(training, list(range(200, 300)), LABELS, statistics, seed=0)
    right = [LABELS[max(range(3), key=answers[number].__getitem__)] == label[number] for number in answers]
    assert sum(right) > 85
    assert all(sum(answer) == pytest.approx(1) for answer in answers.values())


def test_gradient_boosting_is_the_same_for_one_seed_and_balances_the_labels() -> None:
    statistics = {number: np.zeros(2) for number in range(9)}
    training = [row(number, LABELS[number > 1]) for number in range(8)]
    one, again = (boosting_on_cues(training, [8], LABELS, statistics, seed=3) for _ in range(2))
    assert one == again
    assert one[8][0] == pytest.approx(0.5, abs=0.2)  # two rows against six, and nothing to tell them apart by


def test_gradient_boosting_with_one_label_answers_with_that_one() -> None:
    statistics = {number: np.zeros(2) for number in (1, 2, 3)}
    assert boosting_on_cues([row(1, "positive"), row(2, "positive")], [3], LABELS, statistics, 0) == {3: (1, 0, 0)}
