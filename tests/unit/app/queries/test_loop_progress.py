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
        (replace(DONE, perceived=4), "perceive"),
        (replace(DONE, pseudo_labeled=0), "pseudo_labels"),
        (replace(DONE, runs_done=0, current_run=None), "train"),
        (replace(DONE, decided_since_run=RETRAIN_AFTER, differing={LabelSource.PSEUDO: 3}), "train"),
        (replace(DONE, differing={LabelSource.PSEUDO: 3}), "review"),
        (DONE, "review"),
        (replace(DONE, perceived=4, jobs=("train",)), "train"),
        (replace(DONE, jobs=("label",)), "pseudo_labels"),
    ],
)
def test_the_next_step_leads_where_the_loop_stands(counts: LoopCounts, leads_to: str) -> None:
    step = next_step(counts)
    assert (step.job or step.page) == leads_to


def test_what_the_run_contradicts_is_called_no_mistake_and_opens_its_queue() -> None:
    step = next_step(replace(DONE, differing={LabelSource.PSEUDO: 9}), QueueAdvice("disagree", WORTH, 0.01, None))
    assert step.query == {"queue": "run-differs"}
    assert step.sentence.startswith("The selected run differs from 9 labels (9 pseudo, 0 gold);")


def test_without_differences_the_queue_that_was_shown_to_be_better_is_next() -> None:
    step = next_step(DONE, QueueAdvice("disagree", WORTH, 0.01, 40))
    assert step.query == {"queue": "disagree"}
    assert "(+0.050 in balanced accuracy, adjusted p 0.01; from 40 decisions on it gained little more)" in step.sentence


def test_a_stage_that_is_done_is_full_and_one_without_clips_is_empty() -> None:
    imported, perceived, labeled, reviewed, _, _ = stages(DONE)
    assert (imported.share, perceived.share, labeled.share) == (1, 1, 1)
    assert reviewed.share == pytest.approx(0.2)
    assert all(stage.share == 0 for stage in stages(LoopCounts()))
