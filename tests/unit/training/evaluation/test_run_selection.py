"""When a run becomes the selected one, and what is said of it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.types.runs import Prediction, Run, RunState
from training.evaluation.results_table import Scored
from training.evaluation.run_selection import (
    SELECTION_FILE,
    flips_of,
    read_selection_predictions,
    select,
    write_selection_predictions,
)

LABELS = ["positive", "negative"]
MARGIN = 0.05
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = Run(
    id=3,
    curated_set_id=1,
    job_id=None,
    state=RunState.SUCCEEDED,
    settings={},
    code_version="v",
    metrics={},
    artifacts_path="runs/3",
    selected=True,
    error="",
    created_at=NOW,
    finished_at=NOW,
)
SCORED = [Scored(number, number // 2, LABELS[number % 2], "human") for number in range(12)]
RIGHT = {clip.clip_id: (0.9, 0.1) if clip.label == "positive" else (0.1, 0.9) for clip in SCORED}
ALL_POSITIVE = dict.fromkeys(RIGHT, (0.6, 0.4))


def test_the_first_run_is_selected() -> None:
    assert select(RIGHT, None, None, SCORED, LABELS, margin=MARGIN)["selected"]


@pytest.mark.parametrize(
    ("answers", "before", "selected"),
    [(RIGHT, ALL_POSITIVE, True), (RIGHT, RIGHT, True), (ALL_POSITIVE, RIGHT, False)],
)
def test_a_run_is_selected_unless_it_is_worse(
    answers: dict[int, tuple[float, float]], before: dict[int, tuple[float, float]], *, selected: bool
) -> None:
    assert select(answers, BEFORE, before, SCORED, LABELS, margin=MARGIN)["selected"] is selected


def test_the_sentence_tells_both_figures_their_difference_and_its_interval() -> None:
    found = select(ALL_POSITIVE, BEFORE, RIGHT, SCORED, LABELS, margin=MARGIN)
    assert found["sentence"].startswith(
        "On clips that no run chose, on the folds of model selection, balanced accuracy 0.500 against 1.000 of run 3 "
        "(difference -0.500, 95 % -0.500 to"
    )
    assert found["difference"]["value"] == -0.5


def test_only_clips_that_both_answered_are_compared() -> None:
    half = {clip_id: answer for clip_id, answer in RIGHT.items() if clip_id < 6}
    assert "6 clips" in select(RIGHT, BEFORE, half, SCORED, LABELS, margin=MARGIN)["sentence"]


@pytest.mark.parametrize("before", [None, {99: (0.5, 0.5)}])
def test_a_run_that_cannot_be_compared_waits_for_a_person(before: dict[int, tuple[float, float]] | None) -> None:
    found = select(RIGHT, BEFORE, before, SCORED, LABELS, margin=MARGIN)
    assert not found["selected"]
    assert found["sentence"].endswith("run 3 stays selected until you select this one.")


def mixed(right: int, of: int = 200, *, subjects: int = 40, first: int = 0) -> dict[int, tuple[float, float]]:
    """Predictions of the clips of `study(of, subjects)`, right on `right` of them in a row from `first` on."""
    hits = {number % of for number in range(first, first + right)}
    return {
        one.clip_id: (0.9, 0.1) if (one.label == "positive") == (one.clip_id in hits) else (0.1, 0.9)
        for one in study(of, subjects)
    }


def study(of: int = 200, subjects: int = 40) -> list[Scored]:
    return [Scored(number, number * subjects // of, LABELS[number % 2], "gold") for number in range(of)]


def test_a_run_that_may_be_worse_by_more_than_the_margin_waits_and_the_clips_that_would_tell_are_counted() -> None:
    """Each is right on 100 of 200 clips, mostly on others: the interval is wide around 0.01."""
    found = select(mixed(102, first=80), BEFORE, mixed(100), study(), LABELS, margin=MARGIN)
    assert not found["selected"]
    assert found["difference"]["low"] < -MARGIN < 0 < found["difference"]["high"]
    assert found["more_clips"] > 200
    assert f"cannot be told yet; {found['more_clips']} more random clips" in found["sentence"]


def test_more_clips_than_are_left_of_the_study_are_said_to_be_so() -> None:
    found = select(mixed(102, first=80), BEFORE, mixed(100), study(), LABELS, margin=MARGIN, study_clips=210)
    assert f"{found['more_clips']} more random clips, more than the study has, would likely tell" in found["sentence"]


def test_a_wider_margin_needs_fewer_clips() -> None:
    needed = [
        select(mixed(102, first=80), BEFORE, mixed(100), study(), LABELS, margin=margin)["more_clips"]
        for margin in (0.02, 0.05)
    ]
    assert needed[0] > needed[1]


def test_a_run_that_is_better_and_surely_not_worse_by_the_margin_is_selected() -> None:
    found = select(mixed(120), BEFORE, mixed(116), study(), LABELS, margin=MARGIN)
    assert found["selected"]
    assert -MARGIN < found["difference"]["low"] < found["difference"]["value"]


def test_a_run_that_is_as_good_but_no_better_does_not_replace_the_selected_one() -> None:
    found = select(mixed(116), BEFORE, mixed(117), study(), LABELS, margin=MARGIN)
    assert (found["selected"], found["more_clips"]) == (False, None)
    assert found["sentence"].endswith("this run is not selected; run 3 stays selected.")


def test_without_an_unchosen_clip_it_is_said_how_many_would_tell() -> None:
    found = select(RIGHT, BEFORE, ALL_POSITIVE, [], LABELS, margin=MARGIN)
    assert (found["selected"], found["more_clips"]) == (False, 308)  # 0.2 * (1.96 / 0.05) ** 2


def test_clips_of_few_people_tell_nothing() -> None:
    few = [clip for clip in SCORED if clip.subject_id < 4]
    found = select(RIGHT, BEFORE, ALL_POSITIVE, few, LABELS, margin=MARGIN)
    assert not found["selected"]
    assert "clips of fewer than 5 people cannot tell which is better" in found["sentence"]


def test_the_clips_that_decided_are_counted_by_source() -> None:
    found = select(RIGHT, BEFORE, ALL_POSITIVE, SCORED, LABELS, margin=MARGIN)
    assert found["clips"] == {"human": 12}


def test_predictions_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_selection_predictions(tmp_path, LABELS, RIGHT)
    assert read_selection_predictions(tmp_path, LABELS) == RIGHT


def test_predictions_of_a_run_from_before_their_file_was_renamed_are_read(tmp_path: Path) -> None:
    old = {"format": 1, "labels": LABELS, "answers": {"0": [0.9, 0.1]}}
    (tmp_path / "promotion.json").write_text(json.dumps(old))
    assert read_selection_predictions(tmp_path, LABELS) == {0: (0.9, 0.1)}


def test_predictions_of_other_labels_are_not_read(tmp_path: Path) -> None:
    write_selection_predictions(tmp_path, ["won", "lost"], RIGHT)
    assert read_selection_predictions(tmp_path, LABELS) is None


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": 2}', '{"format": 2, "labels": ["positive", "negative"], "predictions": 3}']
)
def test_a_damaged_file_is_named_and_nothing_is_compared_with_it(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / SELECTION_FILE).write_text(text)
    assert read_selection_predictions(tmp_path, LABELS) is None
    assert str(tmp_path / SELECTION_FILE) in caplog.text


def test_flips_are_counted_by_the_labels_that_are_trusted() -> None:
    now = [Prediction(4, 0, 0, (0.9, 0.1), "positive"), Prediction(4, 1, 0, (0.9, 0.1), "positive")]
    found = flips_of(BEFORE, {0: "negative", 1: "negative"}, now, SCORED)
    assert found is not None
    assert (len(found["clips"]), found["fixed"], found["regressed"]) == (2, 1, 1)
