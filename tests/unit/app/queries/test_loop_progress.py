"""What the Overview says: stages, and the one thing to do next."""

from dataclasses import replace

import pytest

from app.queries.evaluations import QueueAdvice
from app.queries.loop_progress import RETRAIN_AFTER, LoopCounts, next_step, stages
from core.types.clips import LabelSource

WORTH = {"value": 0.05, "low": 0.01, "high": 0.09}
DONE = LoopCounts(
    clips=10,
    perceived=10,
    labelable=8,
    pseudo_labeled=8,
    reviewed=2,
    curated=8,
    curated_name="a",
    runs_done=1,
    current_run=1,
)


@pytest.mark.parametrize(
    ("counts", "leads_to"),
    [
        (replace(DONE, perceived=4, to_perceive=6), "perceive"),
        (replace(DONE, pseudo_labeled=0), "pseudo_labels"),
        (replace(DONE, pseudo_labeled=0, current_run=None, by_label={("a", LabelSource.GOLD): 10}), "train"),
        (replace(DONE, runs_done=0, current_run=None), "train"),
        (replace(DONE, decided_since_run=RETRAIN_AFTER, differing={LabelSource.PSEUDO: 3}), "train"),
        (replace(DONE, differing={LabelSource.PSEUDO: 3}), "review"),
        (DONE, "review"),
        (replace(DONE, perceived=4, to_perceive=6, jobs=("train",)), "train"),
        (replace(DONE, jobs=("label",)), "pseudo_labels"),
    ],
)
def test_the_next_step_leads_where_the_loop_stands(counts: LoopCounts, leads_to: str) -> None:
    step = next_step(counts)
    assert (step.job or step.page) == leads_to


def test_clips_that_nothing_here_can_measure_are_not_sent_to_perceive_again_and_the_stage_counts_them() -> None:
    counts = replace(DONE, perceived=7, not_measurable=3)
    assert (next_step(counts).page, next_step(counts).job) == ("review", "")
    assert stages(counts)[1].note == "measured; 3 lack key points"


def test_where_nothing_here_can_measure_any_clip_the_next_step_says_what_is_lacking() -> None:
    step = next_step(replace(DONE, clips=10, perceived=0, not_measurable=10, runs_done=0, current_run=None))
    assert step.page == "settings"
    assert step.sentence == (
        "No clip has key points, and neither MediaPipe nor a person detector is on this machine: import with --openpose, "
        "or get one as Settings says."
    )


def test_where_the_detector_has_no_video_to_look_at_the_next_step_says_so() -> None:
    step = next_step(replace(DONE, clips=10, perceived=0, not_measurable=10, lacking="a video"))
    assert step.sentence.startswith("No clip has a video for the person detector to look at")


@pytest.mark.parametrize(
    "counts", [replace(DONE, runs_done=0, current_run=None), replace(DONE, decided_since_run=RETRAIN_AFTER)]
)
def test_training_is_not_recommended_where_it_would_be_refused(counts: LoopCounts) -> None:
    why = "4 folds need at least 4 subjects, and the set has 2."
    step = next_step(replace(counts, training_refused=why))
    assert (step.sentence, step.button) == (f"Training would be refused: {why}", "See what goes in")


def test_what_the_run_contradicts_is_called_no_mistake_and_opens_its_queue() -> None:
    step = next_step(replace(DONE, differing={LabelSource.PSEUDO: 9}), QueueAdvice("disagree", WORTH, 0.01, None))
    assert step.query == {"queue": "run-differs"}
    assert step.sentence.startswith(
        "The selected run differs from 9 labels (9 pseudo, 0 gold) outside the reliability sample;"
    )


def test_without_differences_the_queue_that_was_shown_to_be_better_is_next() -> None:
    step = next_step(DONE, QueueAdvice("disagree", WORTH, 0.01, 40))
    assert step.query == {"queue": "disagree"}
    assert "(+0.050 in balanced accuracy, adjusted p 0.01; from 40 decisions on it gained little more)" in step.sentence


def test_a_stage_that_is_done_is_full_and_one_without_clips_is_empty() -> None:
    imported, perceived, labeled, reviewed, _, _ = stages(DONE)
    assert (imported.share, perceived.share, labeled.share) == (1, 1, 1)
    assert reviewed.share == pytest.approx(0.25)
    assert all(stage.share == 0 for stage in stages(LoopCounts()))


def test_clips_accepted_in_bulk_are_not_called_judged_by_a_person() -> None:
    reviewed = stages(replace(DONE, reviewed=7, unwatched=2))[3]
    assert reviewed.note == "2 accepted in bulk, unwatched"


def test_clips_of_the_test_split_are_not_among_those_to_be_reviewed() -> None:
    reviewed = stages(replace(DONE, clips=12, labelable=10, reviewed=10))[3]
    assert (reviewed.done, reviewed.of) == (10, 10)


def test_after_a_change_of_the_labels_the_next_step_is_to_train_again() -> None:
    told = "no run of today's labels is selected (run 1 was, before the labels were changed on 2026-11-30)"
    step = next_step(replace(DONE, current_run=None, no_run=told))
    assert (step.page, step.sentence) == ("train", f"N{told[1:]}; train again.")
