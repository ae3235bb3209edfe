"""The rows of a run's table that need no network."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.feature_store import FeatureFile, FeatureStore
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import LEFT_ELBOW, LEFT_WRIST, RIGHT_ELBOW, RIGHT_WRIST
from core.progress import SilentProgress
from core.types.clips import LabelSource
from core.types.cues import CueCoverage, CueMeasurement
from core.types.features import FeatureKind
from core.types.runs import CuratedRow
from db import cues
from tests.fakes.movement_sets import tracks_of, wave, waves
from tests.integration.training.planted import MAKER, add_clip, curated_id, toy_workspace, with_training
from training.data.dataset import ClipSource, clips_of_tracks
from training.protocols.grouped_folds import evaluate_folds
from training.runs.linear_row import key_point_summary, linear_on_key_points
from training.runs.run import train


def source_of(tracks: Sequence[KeypointTrack]) -> ClipSource:
    source = clips_of_tracks(dict(enumerate(tracks)))
    source.summaries = {number: key_point_summary(track, source.pose(number)) for number, track in enumerate(tracks)}
    return source


def accuracy(tracks: Sequence[KeypointTrack], labels: Sequence[str], subjects: Sequence[int]) -> float:
    """On the last two of the people, learned from the others."""
    rows = [CuratedRow(n, subjects[n], labels[n], LabelSource.GOLD, 1.0) for n in range(len(labels))]
    last = max(subjects) - 1
    training, held_out = [row for row in rows if row.subject_id < last], [row for row in rows if row.subject_id >= last]
    names = tuple(sorted(set(labels)))
    found = linear_on_key_points(training, [row.clip_id for row in held_out], names, source_of(tracks))
    return float(np.mean([names[int(np.argmax(found[row.clip_id]))] == row.label for row in held_out]))


def test_the_linear_row_learns_a_movement_from_key_points() -> None:
    arrays = waves(people=8, each=2)
    assert accuracy(tracks_of(arrays), list(arrays["label"]), [int(one[1:]) for one in arrays["subject"]]) > 0.9


def swaying(frequencies: tuple[float, ...], sizes: tuple[float, ...], random: np.random.Generator) -> np.ndarray:
    """(250,) a movement of these frequencies (radians a frame), each as four of random phases close to it."""
    found = np.zeros(250)
    for frequency, size in zip(frequencies, sizes, strict=True):
        for part in frequency * np.array([0.85, 0.95, 1.05, 1.15]):
            found += size / np.sqrt(2) * np.sin(part * np.arange(250) + random.uniform(0, 2 * np.pi))
    return found


def test_the_linear_row_tells_a_pace_where_extent_and_speed_are_alike() -> None:
    random = np.random.default_rng(0)
    slow, middle, fast = (2 * np.sin(one / 2) for one in (0.1, 0.6, 1.2))
    share = (middle**2 - slow**2) / (fast**2 - slow**2)
    mixed, even = ((0.1, 1.2), (20 * np.sqrt(1 - share), 20 * np.sqrt(share))), ((0.6,), (20.0,))
    tracks = []
    for number in range(48):
        points = wave("none", random, 250)
        for joint in (RIGHT_ELBOW, RIGHT_WRIST, LEFT_ELBOW, LEFT_WRIST):
            for axis in (0, 1):
                points[:, joint, axis] += swaying(*(even if number % 2 else mixed), random)
        tracks.append(KeypointTrack(points, np.arange(250) / 25))
    labels = [("mixed", "even")[number % 2] for number in range(48)]
    assert accuracy(tracks, labels, [number // 6 for number in range(48)]) > 0.75


def test_the_key_points_are_read_from_disk_once_a_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    for number in range(8):
        label = ("positive", "negative")[number % 2]
        add_clip(workspace, database, f"c{number}", subject=f"s{number}", label=label, modalities=("pose",))
    opened: Counter[int] = Counter()
    usual = FeatureStore.open

    def counted(store: FeatureStore, clip_id: int, kind: FeatureKind) -> FeatureFile:
        opened[clip_id] += kind is FeatureKind.KEYPOINTS
        return usual(store, clip_id, kind)

    monkeypatch.setattr(FeatureStore, "open", counted)
    made = curated_id(workspace, database)
    found = evaluate_folds(workspace, database, made, SilentProgress(), seeds=1, rows=("majority", "linear"))
    assert [row["name"] for row in found["table"]] == ["majority", "linear on key points"]
    assert list(opened.values()) == [1] * 8


def test_clips_without_key_points_have_no_linear_prediction() -> None:
    row = CuratedRow(1, 1, "left", LabelSource.GOLD, 1.0)
    assert linear_on_key_points([row], [1], ("left", "none"), source_of([])) == {}


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
