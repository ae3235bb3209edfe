"""The results table against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score

from training.evaluation.intervals import share_interval
from training.evaluation.results_table import (
    Scored,
    auroc,
    balanced_accuracy,
    confusion_matrix,
    confusions,
    macro_f1,
    table_row,
)

LABELS = ("positive", "negative", "neutral")
FIGURES = ("accuracy", "balanced_accuracy", "macro_f1", "auroc", "ece")


def scored(labels: list[str]) -> list[Scored]:
    return [Scored(number, number // 2, label, "gold") for number, label in enumerate(labels)]


@given(
    rows=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(1, 4)), min_size=6, max_size=30).filter(
        lambda rows: {row[0] for row in rows} == {0, 1, 2} and len({row[1] for row in rows}) > 1
    )
)
def test_figures_agree_with_scikit_learn_whatever_the_weights(rows: list[tuple[int, int, int]]) -> None:
    truth = np.array([row[0] for row in rows])
    probability = np.array([[row[1], 2 + row[1] % 3, 3] for row in rows], dtype=float)
    probability /= probability.sum(axis=1, keepdims=True)
    said = probability.argmax(axis=1)
    weights = np.array([row[2] for row in rows], dtype=float)
    matrices = confusions(truth, said, 3, weights[None])
    assert balanced_accuracy(matrices)[0] == pytest.approx(balanced_accuracy_score(truth, said, sample_weight=weights))
    assert macro_f1(matrices)[0] == pytest.approx(f1_score(truth, said, average="macro", sample_weight=weights))
    areas = [roc_auc_score(truth == label, probability[:, label], sample_weight=weights) for label in range(3)]
    assert auroc(truth, probability, weights[None])[0] == pytest.approx(np.mean(areas))


def test_a_perfect_model_has_everything() -> None:
    clips = scored(["positive", "negative", "neutral"] * 4)
    answers = {clip.clip_id: tuple(float(clip.label == label) for label in LABELS) for clip in clips}
    row = table_row("fusion", answers, clips, LABELS, best_balanced_accuracy=0.8)
    assert [row[name]["value"] for name in FIGURES] == [1, 1, 1, 1, 0]
    assert row["share_of_best_possible"]["value"] == pytest.approx((1 - 1 / 3) / (0.8 - 1 / 3))


def test_the_interval_of_accuracy_is_over_subjects() -> None:
    clips = [Scored(number, number // 5, LABELS[number % 2], "gold") for number in range(60)]
    right = {clip.clip_id: clip.subject_id % 3 > 0 for clip in clips}  # a subject's clips are all right or all wrong
    answers = {
        clip.clip_id: tuple(float((label == clip.label) == right[clip.clip_id]) for label in LABELS[:2])
        for clip in clips
    }
    row = table_row("fusion", answers, clips, LABELS[:2])
    wanted = share_interval([(5.0 * (number % 3 > 0), 5) for number in range(12)])
    assert row["subjects"] == 12
    assert (row["accuracy"]["low"], row["accuracy"]["high"]) == pytest.approx((wanted.low, wanted.high))


def test_the_interval_of_balanced_accuracy_covers_it_where_clips_of_a_subject_are_alike() -> None:
    random = np.random.default_rng(3)
    covered = []
    for _ in range(300):  # 72 subjects of 5 clips, right in 0.9 on average, with an intraclass correlation of 0.3
        ease = np.repeat(random.beta(0.9 * 7 / 3, 0.1 * 7 / 3, 72), 5)
        truth, right = random.random(360) < 0.6, random.random(360) < ease
        clips = [Scored(number, number // 5, LABELS[int(one)], "gold") for number, one in enumerate(truth)]
        said = {number: (0.2, 0.8) if one else (0.8, 0.2) for number, one in enumerate(truth == right)}
        found = table_row("fusion", said, clips, LABELS[:2])["balanced_accuracy"]
        covered.append(found["low"] <= 0.9 <= found["high"])
    assert 0.93 <= np.mean(covered) <= 0.97


def test_values_lie_within_their_intervals() -> None:
    random = np.random.default_rng(1)
    clips = scored([LABELS[number] for number in random.integers(0, 3, size=60)])
    answers = {clip.clip_id: tuple(random.dirichlet([1, 1, 1])) for clip in clips}
    row = table_row("fusion", answers, clips, LABELS)
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "auroc"):
        assert row[name]["low"] < row[name]["value"] < row[name]["high"]


def test_one_answer_for_all_has_chance_as_balanced_accuracy_and_no_auroc() -> None:
    clips = scored(["positive"] * 8 + ["negative"] * 2)
    row = table_row("majority", dict.fromkeys(range(10), (0.8, 0.2)), clips, LABELS[:2])
    assert row["accuracy"]["value"] == pytest.approx(0.8)
    assert row["balanced_accuracy"]["value"] == pytest.approx(0.5)
    assert row["auroc"] is None
    assert row["ece"]["value"] == pytest.approx(0.0)
    assert row["share_of_best_possible"] is None


def test_without_a_scored_clip_there_are_no_figures() -> None:
    row = table_row("fusion", {1: (0.5, 0.5)}, [], LABELS[:2])
    assert row["n"] == 0
    assert all(row[name] is None for name in FIGURES)


def test_with_one_label_scored_there_is_no_auroc() -> None:
    row = table_row("fusion", {0: (0.9, 0.1), 1: (0.8, 0.2)}, scored(["positive"] * 2), LABELS[:2])
    assert row["auroc"] is None
    assert row["accuracy"]["value"] == 1


def test_confusion_has_the_trusted_label_in_its_rows() -> None:
    clips = scored(["positive", "positive", "negative"])
    answers = {0: (0.9, 0.1), 1: (0.2, 0.8), 2: (0.3, 0.7)}
    assert confusion_matrix(answers, clips, LABELS[:2]) == [[1, 1], [0, 1]]
