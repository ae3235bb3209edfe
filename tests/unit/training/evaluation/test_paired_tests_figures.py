"""The permutation test and the difference against scipy and by hand."""

import numpy as np
import pytest
from scipy.stats import permutation_test, t

from training.evaluation.paired_tests import all_pairs, paired_difference
from training.evaluation.results_table import Scored, table_row

LABELS = ("positive", "negative")
# Two clips a subject, one of either label, so that the mean over subjects of the share right is the balanced accuracy.
CLIPS = [Scored(number, number // 2, LABELS[number % 2], "gold") for number in range(24)]

Answers = dict[int, tuple[float, ...]]


def wrong_in(clips: set[int]) -> Answers:
    return {
        clip.clip_id: (0.9, 0.1) if (clip.label == "positive") != (clip.clip_id in clips) else (0.1, 0.9)
        for clip in CLIPS
    }


A, B = wrong_in({0, 7, 15}), wrong_in({1, 2, 3, 6, 8, 9, 12, 15, 17, 20})


def _gains() -> np.ndarray:
    """(12,) for each subject, how many more clips of two row a has right than row b, halved."""
    right = [[int(np.argmax(answers[clip.clip_id])) == clip.clip_id % 2 for clip in CLIPS] for answers in (A, B)]
    return (np.subtract(*np.array(right, dtype=float))).reshape(12, 2).mean(axis=1)


def test_p_is_that_of_scipy_for_swapped_subjects() -> None:
    gains = _gains()
    wanted = permutation_test(
        (gains / 2, -gains / 2),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    found = paired_difference({"a": [A], "b": [B]}, ("a", "b"), CLIPS, LABELS)
    assert found is not None
    assert found["difference"]["value"] == pytest.approx(gains.mean())
    assert 0.005 < wanted.pvalue < 0.3
    assert found["p"] == pytest.approx(wanted.pvalue, abs=0.03)


def test_the_difference_of_one_subject_can_be_chance() -> None:
    one = CLIPS[:2]
    found = paired_difference({"a": [wrong_in(set())], "b": [wrong_in({0, 1})]}, ("a", "b"), one, LABELS)
    assert found is not None
    assert found["difference"]["value"] == 1
    assert found["p"] == 1  # swapped or not, the two lie as far apart


def test_no_p_is_nought() -> None:
    found = paired_difference({"a": [wrong_in(set())], "b": [wrong_in(set(range(24)))]}, ("a", "b"), CLIPS, LABELS)
    assert found is not None
    assert found["p"] == pytest.approx(1 / 1001, abs=4 / 1001)  # 2 of 2^12 swaps lie as far
    assert found["p"] >= 1 / 1001


def test_pairs_come_in_the_order_of_the_rows_and_name_both() -> None:
    pairs = all_pairs({"z": [A], "m": [B], "a": [wrong_in({1})]}, CLIPS, LABELS)
    assert [(pair["a"], pair["b"]) for pair in pairs] == [("z", "m"), ("z", "a"), ("m", "a")]


def test_a_seed_draws_the_resamples_of_a_pair() -> None:
    rows = {"a": [A], "b": [B]}
    first, again, other = (paired_difference(rows, ("a", "b"), CLIPS, LABELS, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_unless_told_otherwise_a_table_and_its_pairs_are_drawn_by_the_seed_nought() -> None:
    shares = np.random.default_rng(0).uniform(size=(2, len(CLIPS)))
    a, b = ({clip.clip_id: (share, 1 - share) for clip, share in zip(CLIPS, row, strict=True)} for row in shares)
    assert paired_difference({"a": [a], "b": [b]}, ("a", "b"), CLIPS, LABELS) == paired_difference(
        {"a": [a], "b": [b]}, ("a", "b"), CLIPS, LABELS, seed=0
    )
    assert table_row("a", a, CLIPS, LABELS) == table_row("a", a, CLIPS, LABELS, seed=0)


def test_the_interval_of_a_difference_leaves_out_one_subject_at_a_time() -> None:
    gains = _gains()
    without = (gains.sum() - gains) / 11
    error = np.sqrt(11 / 12 * ((without - without.mean()) ** 2).sum())
    found = paired_difference({"a": [A], "b": [B]}, ("a", "b"), CLIPS, LABELS)
    assert found is not None
    ends = [found["difference"][end] for end in ("low", "high")]
    assert ends == pytest.approx((gains.mean() + t.ppf([0.025, 0.975], 11) * error).tolist())
