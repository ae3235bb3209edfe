"""What a run refuses, by name, and what it does without."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import JobCancelledError, TrainingError
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.clips import LabelSource, Split
from core.types.features import FeatureKind
from core.types.runs import CuratedRow, RunState
from core.workspace import Workspace
from db import cues, curated_sets, features, runs
from db.engine import Database
from tests.integration.training.planted import (
    MAKER,
    OTHER_MAKER,
    add_clip,
    add_cohort,
    curated_id,
    shaking_points,
    smiles,
    toy_workspace,
    with_training,
)
from tests.integration.training.watched import CancelAfter
from training.runs.run import train


def change_producer(workspace: Workspace, database: Database) -> None:
    with database.write() as connection:
        features.record(connection, 1, FeatureKind.IMAGE, OTHER_MAKER, "image/1.safetensors")


def change_cue_producer(workspace: Workspace, database: Database) -> None:
    with database.write() as connection:
        cues.store(connection, 1, smiles(1.0, 2.4), OTHER_MAKER)


def learner_among_the_tested(workspace: Workspace, database: Database) -> None:
    add_clip(workspace, database, "t", subject="subject 0", label="positive", split=Split.TEST)


def rewrite_points(workspace: Workspace, points: np.ndarray) -> str:
    """Of the clip 's0-c2', whose id is 3; returns the file's path as the database has it."""
    arrays = {"points": points, "time_s": np.arange(len(points)) / 25}
    return FeatureStore(workspace.features_dir).write(3, FeatureKind.KEYPOINTS, arrays, MAKER)


def point_without_a_number(workspace: Workspace, database: Database) -> None:
    points = np.ones((60, 137, 3), dtype=np.float32)
    points[3, 4, 0] = np.nan
    rewrite_points(workspace, points)


def point_out_of_this_world(workspace: Workspace, database: Database) -> None:
    points = shaking_points(60, 0.0, np.random.default_rng(0))
    points[3, 4, 0] = 1e9
    rewrite_points(workspace, points)


@pytest.mark.parametrize(
    ("changes", "after_curating", "sentence"),
    [
        ({"folds": 7}, None, "7 folds need at least 7 subjects, and the set has 6"),
        ({"max_frames": 50}, None, "'s0-c0' has 60 frames, more than training.max_frames allows"),
        ({}, change_producer, "The image features of the curated set 'set' come from 2 producers"),
        ({}, change_cue_producer, "The cues of the curated set 'set' were measured by several versions"),
        (
            {},
            learner_among_the_tested,
            "^The subject 'subject 0' has clips in the train and in the test split; .* 'set' cannot be learned",
        ),
        (
            {},
            point_without_a_number,
            "The key points of the clip 's0-c2' cannot be read: key points hold a value that is",
        ),
        (
            {},
            point_out_of_this_world,
            "The key points of the clip 's0-c2' lie so far apart that one of them must be wrong",
        ),
        ({"learning_rate": 1e30}, None, "The loss of fold 1 of 2: pose alone is no number after 2 steps: it does not"),
    ],
)
def test_a_run_that_cannot_start_says_why(
    tmp_path: Path,
    changes: dict[str, int],
    after_curating: Callable[[Workspace, Database], None] | None,
    sentence: str,
) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    add_cohort(workspace, database)
    set_id = curated_id(workspace, database)
    workspace, _ = toy_workspace(tmp_path / "workspace", **changes)
    if after_curating is not None:
        after_curating(workspace, database)
    with pytest.raises(TrainingError, match=sentence):
        train(workspace, database, set_id, SilentProgress())
    with database.read() as connection:
        assert runs.get(connection, 1).state is RunState.FAILED
        assert runs.selected(connection) is None


def test_a_run_does_not_go_on_with_fits_of_other_features(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    with pytest.raises(JobCancelledError):
        train(workspace, database, set_id, CancelAfter(60))
    path = rewrite_points(workspace, shaking_points(60, 0.0, np.random.default_rng(5)))
    with database.write() as connection:
        features.record(connection, 3, FeatureKind.KEYPOINTS, MAKER, path)
    assert train(workspace, database, set_id, SilentProgress()).id == 2


def test_a_clip_outside_the_set_that_cannot_be_read_is_told_and_the_rest_is_predicted(
    cohort: tuple[Workspace, Database],
) -> None:
    workspace, database = cohort
    fine = add_clip(workspace, database, "fine", subject="new", label=None)
    cut = add_clip(workspace, database, "cut", subject="new", label=None)
    for path in workspace.features_dir.rglob(f"{cut.id}.safetensors"):
        path.write_bytes(path.read_bytes()[:100])
    long = add_clip(workspace, database, "long", subject="new", label=None, frames=400)
    workspace = with_training(workspace, max_frames=300)
    run = train(workspace, database, curated_id(workspace, database), SilentProgress())
    told_cut, told_long = run.metrics["not_predicted"]
    assert f"{cut.id}.safetensors is cut" in told_cut
    assert told_long == "The clip 'long' has 400 frames, more than training.max_frames allows (300)."
    with database.read() as connection:
        predicted = {one.clip_id for one in runs.predictions_of(connection, run.id)}
    assert fine.id in predicted
    assert not {cut.id, long.id} & predicted


def test_a_label_that_the_taxonomy_has_lost_is_refused_by_its_name(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    rows = [CuratedRow(number, number, "neutral", LabelSource.GOLD, 1.0) for number in (1, 2)]
    with database.write() as connection:
        number = curated_sets.store(connection, "older", {}, rows).id
    with pytest.raises(TrainingError, match=r"^Clips are labeled 'neutral', which the taxonomy does not have; give it"):
        train(workspace, database, number, SilentProgress())
