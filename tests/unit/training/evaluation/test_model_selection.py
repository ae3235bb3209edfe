"""When a run becomes the current one, and what is said of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.types.runs import Prediction, Run, RunState
from training.evaluation.model_selection import FILE, decide, flips_of, read_answers, write_answers
from training.evaluation.results_table import Scored

LABELS = ["positive", "negative"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = Run(
    id=3,
    curated_set_id=1,
    job_id=None,
    state=RunState.SUCCEEDED,
    settings={},
    code_version="v",
    metrics={},
    artefacts_path="runs/3",
    current=True,
    error="",
    created_at=NOW,
    finished_at=NOW,
)
SCORED = [Scored(number, number // 2, LABELS[number % 2], "human") for number in range(12)]
RIGHT = {clip.clip_id: (0.9, 0.1) if clip.label == "positive" else (0.1, 0.9) for clip in SCORED}
ALL_POSITIVE = dict.fromkeys(RIGHT, (0.6, 0.4))


def test_the_first_run_is_the_current_one() -> None:
    assert decide(RIGHT, None, None, SCORED, LABELS)["promoted"]


@pytest.mark.parametrize(
    ("answers", "before", "promoted"),
    [(RIGHT, ALL_POSITIVE, True), (RIGHT, RIGHT, True), (ALL_POSITIVE, RIGHT, False)],
)
def test_a_run_is_promoted_unless_it_is_worse(
    answers: dict[int, tuple[float, float]], before: dict[int, tuple[float, float]], *, promoted: bool
) -> None:
    assert decide(answers, BEFORE, before, SCORED, LABELS)["promoted"] is promoted


def test_the_sentence_tells_both_figures_their_difference_and_its_interval() -> None:
    found = decide(ALL_POSITIVE, BEFORE, RIGHT, SCORED, LABELS)
    assert found["sentence"].startswith(
        "On folds kept for this alone, balanced accuracy 0.500 against 1.000 of run 3 (difference -0.500, 95 % -0.500 to -0.500"
    )
    assert found["difference"]["value"] == -0.5


def test_only_clips_that_both_answered_are_compared() -> None:
    half = {clip_id: answer for clip_id, answer in RIGHT.items() if clip_id < 6}
    assert "6 clips" in decide(RIGHT, BEFORE, half, SCORED, LABELS)["sentence"]


@pytest.mark.parametrize("before", [None, {99: (0.5, 0.5)}])
def test_a_run_that_cannot_be_compared_waits_for_a_person(before: dict[int, tuple[float, float]] | None) -> None:
    found = decide(RIGHT, BEFORE, before, SCORED, LABELS)
    assert not found["promoted"]
    assert found["sentence"].endswith("run 3 stays current until you make this one current.")


def test_answers_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_answers(tmp_path, LABELS, RIGHT)
    assert read_answers(tmp_path, LABELS) == RIGHT


def test_answers_for_other_labels_are_no_answers_to_these(tmp_path: Path) -> None:
    write_answers(tmp_path, ["won", "lost"], RIGHT)
    assert read_answers(tmp_path, LABELS) is None


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": 1}', '{"format": 1, "labels": ["positive", "negative"], "answers": 3}']
)
def test_a_damaged_file_is_named_and_nothing_is_compared_with_it(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_text(text)
    assert read_answers(tmp_path, LABELS) is None
    assert str(tmp_path / FILE) in caplog.text


def test_flips_are_counted_by_the_labels_that_are_trusted() -> None:
    now = [Prediction(4, 0, 0, (0.9, 0.1), "positive"), Prediction(4, 1, 0, (0.9, 0.1), "positive")]
    found = flips_of(BEFORE, {0: "negative", 1: "negative"}, now, SCORED)
    assert found is not None
    assert (len(found["clips"]), found["mended"], found["broken"]) == (2, 1, 1)
