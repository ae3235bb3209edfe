"""Parts of the results table that have one right value by hand."""

import numpy as np
import pytest

from training.evaluation.results_table import Scored, auroc, balanced_accuracy, macro_f1, pooled_row, table_row

LABELS = ("positive", "negative")
CLIPS = [Scored(number, number // 2, LABELS[number % 2], "gold") for number in range(20)]
# Right in every even clip and in 5 of the 10 odd ones: recalls of 1 and 0.5.
SAID = {clip.clip_id: (0.3, 0.7) if clip.clip_id in {1, 3, 5, 7, 9} else (0.8, 0.2) for clip in CLIPS}


def test_a_share_of_the_best_possible_has_the_interval_of_its_balanced_accuracy_on_the_same_scale() -> None:
    row = table_row("fusion", SAID, CLIPS, LABELS, best_balanced_accuracy=0.9)
    balanced, share = row["balanced_accuracy"], row["share_of_best_possible"]
    assert balanced["value"] == pytest.approx(0.75)
    assert share["value"] == pytest.approx(0.25 / 0.4)
    assert [share[end] for end in ("low", "high")] == pytest.approx(
        [(balanced[end] - 0.5) / 0.4 for end in ("low", "high")]
    )


@pytest.mark.parametrize("best", [None, 0.4, 0.5])
def test_there_is_no_share_of_a_best_possible_that_is_no_better_than_chance(best: float | None) -> None:
    row = table_row("fusion", SAID, CLIPS, LABELS, best_balanced_accuracy=best)
    assert row["share_of_best_possible"] is None


def test_the_calibration_error_is_that_of_the_probability_of_the_answer() -> None:
    # 5 answers of 0.7, all right; 15 of 0.8, of which 10 are right: 5/20 * 0.3 + 15/20 * (0.8 - 2/3).
    assert table_row("fusion", SAID, CLIPS, LABELS)["ece"]["value"] == pytest.approx(0.075 + 0.1)


def test_clips_that_one_seed_did_not_answer_are_not_counted_for_any() -> None:
    few = {clip_id: answer for clip_id, answer in SAID.items() if clip_id < 10}
    row = pooled_row("fusion", [SAID, few], CLIPS, LABELS)
    assert (row["n"], row["seeds"]) == (10, 2)


def test_a_row_without_a_seed_has_no_figures() -> None:
    row = pooled_row("fusion", [], CLIPS, LABELS)
    assert (row["n"], row["seeds"], row["balanced_accuracy"], row["balanced_accuracy_by_seed"]) == (0, 0, None, [])


def test_a_label_that_no_clip_has_takes_no_part_in_a_mean() -> None:
    matrix = np.array([[[3.0, 1.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 0.0]]])
    assert balanced_accuracy(matrix) == pytest.approx([(0.75 + 0.5) / 2])
    assert macro_f1(matrix) == pytest.approx([(6 / 9 + 4 / 7) / 2])


def test_a_tie_counts_half_for_the_area_under_the_curve() -> None:
    truth = np.array([0, 0, 1, 1])
    probability = np.array([[0.8, 0.2], [0.5, 0.5], [0.5, 0.5], [0.1, 0.9]])
    assert auroc(truth, probability, np.ones((1, 4))) == pytest.approx([3.5 / 4])


def test_a_seed_draws_the_resamples_that_stand_in_where_one_subject_has_all_clips_of_a_label() -> None:
    clips = [Scored(number, number // 2, LABELS[number in {0, 1}], "gold") for number in range(20)]
    shares = np.random.default_rng(0).uniform(size=len(clips)).tolist()
    said = {clip.clip_id: (share, 1 - share) for clip, share in zip(clips, shares, strict=True)}
    first, again, other = (table_row("fusion", said, clips, LABELS, seed=seed)["auroc"] for seed in (1, 1, 2))
    assert first == again != other


def test_a_calibration_error_has_no_interval_as_none_would_cover_it() -> None:
    assert set(table_row("fusion", SAID, CLIPS, LABELS)["ece"]) == {"value"}
