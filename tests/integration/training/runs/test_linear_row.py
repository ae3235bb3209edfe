"""The rows of a run's table that need no network."""

from pathlib import Path

import numpy as np
import pytest

from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.clips import LabelSource
from core.types.cues import CueCoverage, CueMeasurement
from core.types.features import FeatureKind
from core.types.runs import CuratedRow
from db import cues
from tests.fakes.movement_sets import waves
from tests.integration.training.planted import MAKER, add_clip, curated_id, toy_workspace, with_training
from training.runs.linear_row import KeyPointStatistics, linear_on_key_points
from training.runs.run import train


def test_the_linear_row_learns_a_movement_from_the_stored_key_points(tmp_path: Path) -> None:
    store, arrays = FeatureStore(tmp_path), waves(people=8, each=2)
    rows = []
    for place, (label, subject) in enumerate(zip(arrays["label"], arrays["subject"], strict=True)):
        points = arrays["points"][arrays["start"][place] : arrays["start"][place + 1]]
        time_s = np.arange(len(points)) / 25
        store.write(place, FeatureKind.KEYPOINTS, {"points": points, "time_s": time_s}, MAKER)
        rows.append(CuratedRow(place, int(subject[1:]), label, LabelSource.GOLD, 1.0))
    statistics = KeyPointStatistics(store, dict.fromkeys(range(len(rows)), frozenset({"pose"})), SilentProgress())
    labels = ("left", "none", "right")
    training, held_out = [row for row in rows if row.subject_id < 6], [row for row in rows if row.subject_id >= 6]
    found = linear_on_key_points(training, [row.clip_id for row in held_out], labels, statistics)
    right = [labels[int(np.argmax(found[row.clip_id]))] == row.label for row in held_out]
    assert np.mean(right) > 0.9


def test_clips_without_key_points_have_no_linear_prediction(tmp_path: Path) -> None:
    statistics = KeyPointStatistics(FeatureStore(tmp_path), {1: frozenset({"text"})}, SilentProgress())
    row = CuratedRow(1, 1, "left", LabelSource.GOLD, 1.0)
    assert linear_on_key_points([row], [1], ("left", "none"), statistics) == {}


def test_without_a_measured_cue_the_cue_rates_have_no_row_and_say_so(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    workspace = with_training(workspace, stage1_epochs=0, stage2_epochs=0)
    unseen = CueMeasurement((), (CueCoverage("smile", 0.0, (), "the clip is shorter than 2 s"),), 1.0)
    for number in range(8):
        label = ("positive", "negative")[number % 2]
        clip = add_clip(workspace, database, f"c{number}", subject=f"s{number}", label=label, modalities=("pose",))
        with database.write() as connection:
            cues.store(connection, clip.id, unseen, MAKER)
    metrics = train(workspace, database, curated_id(workspace, database), SilentProgress()).metrics
    assert "cue rates alone" not in [row["name"] for row in metrics["table"]]
    assert metrics["row_notes"] == {
        "cue rates alone": "Cue rates alone have no row: no cue could be measured in any clip."
    }


@pytest.mark.parametrize("told", [True, False])
def test_where_cues_tell_nothing_of_others_the_table_says_that_the_rates_are_a_constant(
    tmp_path: Path, told: bool
) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    workspace = with_training(workspace, stage1_epochs=0, stage2_epochs=0)
    for number in range(8):
        label = ("positive", "negative")[number % 2]
        planted = label if told else "positive"
        add_clip(
            workspace, database, f"c{number}", subject=f"s{number}", label=label, modalities=("pose",), planted=planted
        )
    notes = train(workspace, database, curated_id(workspace, database), SilentProgress()).metrics["row_notes"]
    assert bool(notes) is not told
    assert told or notes["cue rates alone"].startswith("In 2 of 2 folds cue rates alone say nothing of people")
