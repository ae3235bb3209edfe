"""The test split: scored once a run, and the looks are counted."""

import json

import pytest
import sqlalchemy as sa

from core.errors import TrainingError
from core.progress import SilentProgress
from core.types.clips import Split
from core.types.decisions import DecisionKind
from core.types.runs import CuratedSet, Run
from core.workspace import Workspace
from db import clips, curated_sets, reviewers
from db.engine import Database
from db.tables import gold_labels
from tests.integration.training.planted import (
    LABELS,
    OTHER_MAKER,
    add_clip,
    add_tested,
    curated_id,
)
from tests.older_versions import decide_unchecked
from training.evaluation.test_set_log import FILE, times_scored
from training.protocols.test_set import labeled_test_clips, labels_changed, score_test_split

Trained = tuple[Workspace, Database, Run]


def test_a_run_is_scored_on_the_test_split_once_and_the_look_is_counted(trained: Trained) -> None:
    workspace, database, run = trained
    add_tested(workspace, database)
    assert times_scored(workspace) == 0
    found = score_test_split(workspace, database, run.id, SilentProgress())
    assert (found["row"]["n"], found["times_scored"]) == (4, 1)
    assert sum(map(sum, found["confusion"])) == 4
    kept = workspace.root / run.artifacts_path / FILE
    assert json.loads(kept.read_text()) == json.loads(json.dumps(found))
    with pytest.raises(TrainingError, match=rf"^Run {run.id} has been scored on the test split, and a run is .* once"):
        score_test_split(workspace, database, run.id, SilentProgress())
    assert times_scored(workspace) == 1


def test_a_decision_of_an_older_version_on_a_test_clip_leaves_its_score_to_gold(trained: Trained) -> None:
    workspace, database, _ = trained
    add_tested(workspace, database)
    with database.read() as connection:
        clip = clips.by_name(connection, "t0")
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
    assert clip is not None
    decide_unchecked(database, clip.id, reviewer.id, DecisionKind.CORRECT, LABELS[1])
    with database.read() as connection:
        current = clips.labels(connection, [clip.id])[clip.id]
    _, scored = labeled_test_clips(database, set_of(database), LABELS)
    by_clip = {one.clip_id: (one.label, one.source) for one in scored}
    assert (current.label, by_clip[clip.id]) == (LABELS[1], (LABELS[0], "gold"))


def set_of(database: Database) -> CuratedSet:
    """The set of the run."""
    with database.read() as connection:
        return curated_sets.all(connection)[0]


def test_the_test_split_is_scored_by_its_labels_of_the_day_on_which_the_set_was_made(trained: Trained) -> None:
    workspace, database, _ = trained
    add_tested(workspace, database)
    made = curated_id(workspace, database)
    with database.write() as connection:
        connection.execute(sa.update(gold_labels).values(label=LABELS[1]))  # as a corrected import would
        later = clips.by_name(connection, "t0")
    add_clip(workspace, database, "new", subject="new", label=LABELS[1], split=Split.TEST)
    with database.read() as connection:
        _, scored = labeled_test_clips(database, curated_sets.get(connection, made), LABELS)
    assert later is not None
    assert later.gold_label == LABELS[1]
    assert [one.label for one in scored] == [*(LABELS[number % 2] for number in range(4)), LABELS[1]]
    assert labels_changed(database, scored) == 2  # what is different today is told apart


def test_a_test_clip_without_a_label_on_that_day_is_not_scored_by_one_that_it_got_since(trained: Trained) -> None:
    workspace, database, _ = trained
    add_tested(workspace, database)
    with database.write() as connection:
        later = clips.by_name(connection, "t3")
        assert later is not None
        of_it = gold_labels.c.clip_id == later.id
        connection.execute(sa.delete(gold_labels).where(of_it))  # as a label that is retired without another
    made = curated_id(workspace, database)
    with database.write() as connection:
        connection.execute(sa.insert(gold_labels).values(clip_id=later.id, label=LABELS[1]))  # and added again
    with database.read() as connection:
        _, scored = labeled_test_clips(database, curated_sets.get(connection, made), LABELS)
    assert later.id not in {one.clip_id for one in scored}
    assert len(scored) == 3


def test_a_split_without_a_label_is_refused_and_costs_no_look(trained: Trained) -> None:
    workspace, database, run = trained
    add_tested(workspace, database, labeled=False)
    with pytest.raises(TrainingError, match=r"^The test split has 4 clips and none with a label"):
        score_test_split(workspace, database, run.id, SilentProgress())
    assert times_scored(workspace) == 0


def test_a_label_that_the_model_does_not_know_is_refused_and_costs_no_look(trained: Trained) -> None:
    workspace, database, run = trained
    add_clip(workspace, database, "draw", subject="drawn", label="draw", planted=LABELS[0], split=Split.TEST)
    with pytest.raises(TrainingError, match=r"^Clips are labeled 'draw', which the taxonomy does not have"):
        score_test_split(workspace, database, run.id, SilentProgress())
    assert times_scored(workspace) == 0


def test_features_of_another_producer_are_refused_and_cost_no_look(trained: Trained) -> None:
    workspace, database, run = trained
    add_clip(workspace, database, "t", subject="tested", label=LABELS[0], split=Split.TEST, maker=OTHER_MAKER)
    with pytest.raises(
        TrainingError, match=rf"^Run {run.id} was trained on \w+ features of toy 1, and clips of the test"
    ):
        score_test_split(workspace, database, run.id, SilentProgress())
    assert times_scored(workspace) == 0
    assert not (workspace.root / run.artifacts_path / "test-cache").exists()
