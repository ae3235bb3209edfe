"""The results table learned from the train split and scored once on the test split, by tiny models on toy clips."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from core.errors import InputError, JobCancelledError, TrainingError
from core.progress import SilentProgress
from core.types.clips import Clip, Split
from core.workspace import Workspace
from db import protocols
from db.engine import Database
from tests.integration.training.planted import (
    LABELS,
    OTHER_MAKER,
    add_clip,
    add_cohort,
    add_tested,
    curated_id,
    toy_workspace,
)
from tests.integration.training.watched import CancelAfter
from training.evaluation.evaluation_folder import results
from training.evaluation.test_set_log import times_scored
from training.protocols.given_split import CROSS_SUBJECT, evaluate_given_split

QUICK = ("majority", "logistic")
IMIGUE = "imigue-cross-subject"

Studied = tuple[Workspace, Database, list[Clip]]


@pytest.fixture
def studied(tmp_path: Path) -> Studied:
    workspace, database = toy_workspace(tmp_path / "workspace")
    return workspace, database, add_cohort(workspace, database, subjects=3, clips_each=2)


def set_splits(database: Database, sides: Mapping[int, Split]) -> None:
    with database.write() as connection:
        protocols.set_splits(connection, IMIGUE, sides)


def test_every_row_learns_from_the_train_split_and_answers_the_test_split(studied: Studied) -> None:
    workspace, database, learned = studied
    add_tested(workspace, database)
    rows = ("majority", "pose", "fusion")
    found = evaluate_given_split(
        workspace, database, curated_id(workspace, database), SilentProgress(), seeds=2, rows=rows
    )
    assert [(row["name"], row["n"], row["seeds"]) for row in found["table"]] == [
        ("majority", 4, 2),
        ("pose alone", 4, 2),
        ("fusion", 4, 2),
    ]
    assert found["learned_from"] == {"clips": len(learned), "subjects": 3}
    assert (found["scored_subjects"], len(found["tested"]), found["scored_against"]) == (4, 4, {"gold": 4})
    assert results(workspace, CROSS_SUBJECT) == [found]


def test_the_same_question_asked_again_is_no_second_look(studied: Studied) -> None:
    workspace, database, _ = studied
    add_tested(workspace, database)
    number = curated_id(workspace, database)
    first = evaluate_given_split(workspace, database, number, SilentProgress(), seeds=1, rows=QUICK)
    assert first["test_split_scored"] == times_scored(workspace) == 1
    again = evaluate_given_split(workspace, database, number, SilentProgress(), seeds=1, rows=QUICK)
    assert again["table"] == first["table"]
    assert times_scored(workspace) == 1
    evaluate_given_split(workspace, database, number, SilentProgress(), seeds=2, rows=QUICK)
    assert times_scored(workspace) == 2


def test_one_that_was_cancelled_goes_on_with_the_look_that_it_had(studied: Studied) -> None:
    workspace, database, _ = studied
    add_tested(workspace, database)
    number = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        evaluate_given_split(workspace, database, number, CancelAfter(12), seeds=2, rows=("majority", "pose"))
    evaluate_given_split(workspace, database, number, SilentProgress(), seeds=2, rows=("majority", "pose"))
    assert times_scored(workspace) == 1


def test_the_sides_of_an_import_are_taken_by_their_name(studied: Studied) -> None:
    workspace, database, learned = studied
    add_tested(workspace, database)
    tested = add_clip(workspace, database, "t", subject="one more", label=LABELS[0], split=Split.TEST)
    set_splits(database, {**{clip.id: Split.TRAIN for clip in learned[:4]}, tested.id: Split.TEST})
    found = evaluate_given_split(
        workspace, database, curated_id(workspace, database), SilentProgress(), protocol=IMIGUE, seeds=1, rows=QUICK
    )
    assert found["learned_from"] == {"clips": 4, "subjects": 2}
    assert found["tested"] == [tested.id]


def test_other_sides_are_another_question(studied: Studied) -> None:
    workspace, database, learned = studied
    tested = add_clip(workspace, database, "t", subject="one more", label=LABELS[0], split=Split.TEST)
    number, digests = curated_id(workspace, database), set()
    for count in (4, 6):
        set_splits(database, {**{clip.id: Split.TRAIN for clip in learned[:count]}, tested.id: Split.TEST})
        found = evaluate_given_split(
            workspace, database, number, SilentProgress(), protocol=IMIGUE, seeds=1, rows=QUICK
        )
        digests.add(found["digest"])
    assert len(digests) == times_scored(workspace) == 2


def test_a_test_clip_whose_label_the_taxonomy_lacks_is_refused_and_costs_no_look(studied: Studied) -> None:
    workspace, database, _ = studied
    add_tested(workspace, database)
    add_clip(workspace, database, "draw", subject="drawn", label="draw", planted=LABELS[0], split=Split.TEST)
    with pytest.raises(TrainingError, match=r"^Clips are labeled 'draw', which the taxonomy does not have"):
        evaluate_given_split(workspace, database, curated_id(workspace, database), SilentProgress())
    assert times_scored(workspace) == 0


def test_a_protocol_without_sides_is_refused_with_those_that_there_are(studied: Studied) -> None:
    workspace, database, learned = studied
    set_splits(database, {learned[0].id: Split.TRAIN})
    with pytest.raises(
        InputError,
        match=r"^No import has set the sides of the protocol 'imigue-emotion'; this workspace can be evaluated by "
        r"cross-subject, imigue-cross-subject\.$",
    ):
        evaluate_given_split(
            workspace, database, curated_id(workspace, database), SilentProgress(), protocol="imigue-emotion"
        )


@pytest.mark.parametrize(
    ("tested", "sentence"),
    [
        (("s0-c1",), rf"^In the protocol {IMIGUE} 'subject 0' is learned from and tested on: a model"),
        (
            ("s0-c0", "s0-c1"),
            rf"^On the test side of {IMIGUE} stands 's0-c0'; 's0-c1', of the train split, which labelers",
        ),
    ],
    ids=["a subject on both sides", "a test side that labelers could see"],
)
def test_sides_that_leak_are_refused_by_name(studied: Studied, tested: tuple[str, ...], sentence: str) -> None:
    workspace, database, learned = studied
    set_splits(database, {clip.id: Split.TEST if clip.name in tested else Split.TRAIN for clip in learned})
    with pytest.raises(TrainingError, match=sentence):
        evaluate_given_split(workspace, database, curated_id(workspace, database), SilentProgress(), protocol=IMIGUE)


def test_a_test_split_without_a_label_is_refused_and_costs_no_look(studied: Studied) -> None:
    workspace, database, _ = studied
    add_tested(workspace, database, labeled=False)
    with pytest.raises(TrainingError, match=r"^The test split has 4 clips and none with a label"):
        evaluate_given_split(workspace, database, curated_id(workspace, database), SilentProgress())
    assert times_scored(workspace) == 0


def test_test_clips_of_another_producer_are_refused_and_cost_no_look(studied: Studied) -> None:
    workspace, database, _ = studied
    add_clip(workspace, database, "t", subject="tested", label=LABELS[0], split=Split.TEST, maker=OTHER_MAKER)
    with pytest.raises(
        TrainingError, match=r"^The curated set '[^']+' has pose features of toy 1, and clips of the test"
    ):
        evaluate_given_split(
            workspace, database, curated_id(workspace, database), SilentProgress(), seeds=1, rows=QUICK
        )
    assert times_scored(workspace) == 0
