"""Model selection has folds of its own, and compares nothing that is not there."""

from pathlib import Path

from core.types.runs import Prediction
from tests.unit.training.evaluation.test_run_selection import ALL_POSITIVE, BEFORE, LABELS, MARGIN, RIGHT, SCORED
from training.evaluation.run_selection import flips_of, read_selection_predictions, select, selection_seed


def test_the_folds_of_model_selection_are_those_of_no_seed_that_people_use() -> None:
    seeds = range(1000)
    found = {selection_seed(seed) for seed in seeds}
    assert len(found - set(seeds)) == 1000
    assert min(found) >= 0  # no generator takes a negative seed


def test_a_run_without_a_file_of_predictions_has_none(tmp_path: Path) -> None:
    assert read_selection_predictions(tmp_path, LABELS) is None


def test_the_first_run_changes_no_clip() -> None:
    assert flips_of(None, {}, [Prediction(4, 0, 0, (0.9, 0.1), "positive")], SCORED) is None


def test_a_flip_tells_the_label_before_and_after_and_the_trusted_one() -> None:
    now = [
        Prediction(4, 1, 0, (0.9, 0.1), "positive"),
        Prediction(4, 2, 0, (0.9, 0.1), "positive"),
        Prediction(4, 3, 0, (0.9, 0.1), "positive"),
        Prediction(4, 99, 0, (0.9, 0.1), "positive"),
    ]
    found = flips_of(BEFORE, {1: "negative", 2: "positive", 99: "negative"}, now, SCORED)
    assert found == {
        "against_run": 3,
        "clips": [
            {"clip_id": 1, "before": "negative", "after": "positive", "trusted": "negative"},
            {"clip_id": 99, "before": "negative", "after": "positive", "trusted": None},
        ],
        "fixed": 0,
        "regressed": 1,
    }


def test_what_is_selected_is_told_with_the_run_that_it_replaces() -> None:
    found = select(RIGHT, BEFORE, ALL_POSITIVE, SCORED, LABELS, margin=MARGIN)
    assert found["sentence"].endswith("12 human): this run is selected now.")
    assert select(ALL_POSITIVE, BEFORE, RIGHT, SCORED, LABELS, margin=MARGIN)["sentence"].endswith(
        "this run is not selected; run 3 stays selected."
    )
