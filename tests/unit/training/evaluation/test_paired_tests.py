"""Whether one row is better than another, over subjects and seeds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.paired_tests import all_pairs, holm, paired_difference
from training.evaluation.results_table import Scored, pooled_row

LABELS = ("positive", "negative")
CLIPS = [Scored(number, number // 2, LABELS[number % 2], "gold") for number in range(40)]

Answers = dict[int, tuple[float, ...]]


def right_in(clips: set[int]) -> Answers:
    return {clip.clip_id: _says(clip.label, right=clip.clip_id in clips) for clip in CLIPS}


def _says(label: str, *, right: bool) -> tuple[float, ...]:
    return (0.9, 0.1) if (label == "positive") == right else (0.1, 0.9)


def guessing(seed: int) -> Answers:
    return right_in(set(np.random.default_rng(seed).permutation(40)[:20].tolist()))


def test_a_row_is_no_better_than_itself() -> None:
    found = paired_difference({"a": [guessing(1)], "b": [guessing(1)]}, ("a", "b"), CLIPS, LABELS)
    assert found is not None
    assert found["difference"] == {"value": 0, "low": 0, "high": 0}
    assert found["p"] == 1


def test_a_row_that_is_always_right_is_better_than_one_that_guesses() -> None:
    found = paired_difference({"a": [right_in(set(range(40)))], "b": [guessing(1)]}, ("a", "b"), CLIPS, LABELS)
    assert found is not None
    assert found["difference"]["low"] > 0.2
    assert found["p"] < 0.01


@given(seeds=st.lists(st.integers(0, 50), min_size=2, max_size=4))
def test_turned_round_a_pair_has_the_other_sign_and_the_same_p(seeds: list[int]) -> None:
    rows = {"a": [guessing(seed) for seed in seeds], "b": [guessing(seed + 100) for seed in seeds]}
    one = paired_difference(rows, ("a", "b"), CLIPS, LABELS)
    other = paired_difference(rows, ("b", "a"), CLIPS, LABELS)
    assert one is not None
    assert other is not None
    assert other["difference"]["value"] == pytest.approx(-one["difference"]["value"])
    assert other["difference"]["low"] == pytest.approx(-one["difference"]["high"])
    assert other["p"] == one["p"]


def test_two_rows_that_only_guess_seldom_differ_by_the_test() -> None:
    found = [
        paired_difference({"a": [guessing(2 * n)], "b": [guessing(2 * n + 1)]}, ("a", "b"), CLIPS, LABELS)
        for n in range(60)
    ]
    assert sum(pair is not None and pair["p"] < 0.05 for pair in found) <= 8  # 3 are expected


def test_clips_that_only_one_row_answered_do_not_count() -> None:
    half = {clip_id: answer for clip_id, answer in guessing(1).items() if clip_id < 10}
    [pair] = all_pairs({"a": [half], "b": [guessing(2)]}, CLIPS, LABELS)
    assert pair["n"] == 10


def test_rows_with_nothing_in_common_make_no_pair() -> None:
    assert all_pairs({"a": [guessing(1)], "b": [{}]}, CLIPS, LABELS) == []


def test_rows_of_unequal_seeds_are_not_compared() -> None:
    with pytest.raises(ValueError, match="a has 2 seeds, b has 1"):
        paired_difference({"a": [guessing(1)] * 2, "b": [guessing(1)]}, ("a", "b"), CLIPS, LABELS)


def test_the_same_answers_from_five_seeds_have_the_interval_of_one() -> None:
    one, five = (pooled_row("row", [guessing(3)] * n, CLIPS, LABELS) for n in (1, 5))
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "auroc", "ece"):
        assert five[name] == pytest.approx(one[name])
    assert five["balanced_accuracy_by_seed"] == one["balanced_accuracy_by_seed"] * 5


def test_a_figure_is_the_mean_over_the_seeds() -> None:
    row = pooled_row("row", [right_in(set(range(40))), right_in(set(range(20)))], CLIPS, LABELS)
    assert row["accuracy"]["value"] == pytest.approx(0.75)
    assert row["balanced_accuracy_by_seed"] == [1.0, 0.5]
    assert row["balanced_accuracy"]["value"] == pytest.approx(0.75)


def test_holms_p_values_are_those_worked_out_by_hand() -> None:
    # Ordered 0.005, 0.01, 0.03, 0.04, times 4, 3, 2 and 1: 0.02, 0.03, 0.06, and 0.04, which may not fall below 0.06.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_an_adjusted_p_value_is_never_above_one() -> None:
    assert holm([0.4, 0.9, 0.6]) == [1.0, 1.0, 1.0]


def test_without_p_values_nothing_is_adjusted() -> None:
    assert holm([]) == []
