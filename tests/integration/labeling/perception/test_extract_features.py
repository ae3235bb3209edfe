"""Perception makes what is missing, once, and one bad clip stops nothing."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import JobCancelledError, WeightsError, WorkspaceError
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.features import FeatureKind
from core.workspace import Workspace
from db import clips, cues, features
from db.engine import Database
from labeling.perception.extract_features import ExtractionReport, extract_features
from labeling.perception.image.hog import Hog
from tests.integration.labeling.study import FRAMES, Importer, Study
from tests.made_videos import with_frames_that_are_never_shown


@pytest.fixture
def imported(study: Study, run_import: Importer) -> Study:
    """Two clips with key points, the second one with words."""
    for number, name in enumerate("ab"):
        study.video(f"{name}.mp4", shade=40 * number)
        study.keypoints(f"openpose/{name}")
    study.table('clip,subject,transcript\na,P1,\nb,P2,"I felt fine. We won."\n')
    run_import(study)
    return study


def run(workspace: Workspace, database: Database, workers: int = 1) -> ExtractionReport:
    return extract_features(workspace, database, SilentProgress(), workers=workers)


def with_imported_keypoints_alone(workspace: Workspace) -> Workspace:
    perception = workspace.settings.perception.model_copy(update={"keypoints": "openpose-json"})
    return replace(workspace, settings=workspace.settings.model_copy(update={"perception": perception}))


def ids(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {clip.name: clip.id for clip in clips.many(connection, clips.all_ids(connection))}


@pytest.mark.parametrize("workers", [1, 2])
def test_everything_is_made_with_its_shapes(
    imported: Study, workspace: Workspace, database: Database, workers: int
) -> None:
    report = run(workspace, database, workers)
    assert report.perceived == ("a", "b")
    assert report.warnings == ("2 clips (a, b) have less than 2 s, so no measured cues.",)
    assert report.refused == ()
    b = ids(database)["b"]
    store = FeatureStore(workspace.features_dir)
    with store.open(b, FeatureKind.PERSON) as file:
        assert file.shapes["box_xyxy_px"] == (FRAMES, 4)
        assert np.isfinite(file.read("box_xyxy_px")).all()
    with store.open(b, FeatureKind.IMAGE) as file:
        assert file.read("time_s") == pytest.approx(np.arange(0, 1.2, 0.2))
        assert file.shapes["features"] == (6, Hog.width)
    with store.open(b, FeatureKind.TEXT) as file:
        assert file.shapes["features"][0] == 2
    with database.read() as connection:
        measured = cues.of_clip(connection, b)
        kinds = set(features.of_clip(connection, b))
    assert measured is not None
    assert measured.duration_s == pytest.approx(FRAMES / 25)
    assert kinds == set(FeatureKind)
    assert (workspace.media_dir / f"{b}.jpg").is_file()


def test_a_clip_without_words_has_no_text_features(imported: Study, workspace: Workspace, database: Database) -> None:
    run(workspace, database)
    with database.read() as connection:
        assert FeatureKind.TEXT not in features.of_clip(connection, ids(database)["a"])


def test_a_second_time_makes_nothing(imported: Study, workspace: Workspace, database: Database) -> None:
    run(workspace, database)
    report = run(workspace, database)
    assert report.perceived == ()
    assert report.untouched == 2


def test_other_image_settings_make_the_images_again_and_nothing_else(
    imported: Study, workspace: Workspace, database: Database
) -> None:
    run(workspace, database)
    a = ids(database)["a"]
    with database.read() as connection:
        before = features.of_clip(connection, a)
    perception = workspace.settings.perception.model_copy(update={"image_every_s": 0.4})
    slower = replace(workspace, settings=workspace.settings.model_copy(update={"perception": perception}))
    assert run(slower, database).perceived == ("a", "b")
    with database.read() as connection:
        after = features.of_clip(connection, a)
    assert after[FeatureKind.IMAGE].producer != before[FeatureKind.IMAGE].producer
    assert after[FeatureKind.PERSON] == before[FeatureKind.PERSON]
    with FeatureStore(workspace.features_dir).open(a, FeatureKind.IMAGE) as file:
        assert file.shapes["features"][0] == 3


@pytest.mark.parametrize("workers", [1, 2])
def test_a_video_that_is_gone_is_one_sentence_and_the_others_are_made(
    imported: Study, workspace: Workspace, database: Database, workers: int
) -> None:
    (imported.root / "a.mp4").unlink()
    report = run(workspace, database, workers)
    assert report.perceived == ("a", "b")  # a keeps what its key points give
    assert len(report.refused) == 1
    assert "a: its video is no longer at" in report.refused[0]
    with database.read() as connection:
        assert FeatureKind.IMAGE not in features.of_clip(connection, ids(database)["a"])
        measured = cues.of_clip(connection, ids(database)["a"])
    assert measured is not None
    assert measured.duration_s == pytest.approx(FRAMES / 25)


def test_a_damaged_key_point_file_is_a_sentence_naming_the_clip(
    imported: Study, workspace: Workspace, database: Database
) -> None:
    a = ids(database)["a"]
    path = workspace.features_dir / FeatureStore(workspace.features_dir).path(a, FeatureKind.KEYPOINTS)
    path.write_bytes(path.read_bytes()[:1000])
    (sentence,) = run(workspace, database).refused
    assert sentence.startswith(f"a: The feature file {path} is cut or is no safetensors file (")
    with database.read() as connection:
        assert set(features.of_clip(connection, ids(database)["b"])) == set(FeatureKind)


def test_a_clip_without_key_points_says_so_and_still_gets_its_thumbnail(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    study.video("a.mp4")
    run_import(study)
    report = run(with_imported_keypoints_alone(workspace), database)
    assert report.warnings == ("a has no key points, so no person box, no image features and no measured cues.",)
    assert (workspace.media_dir / f"{ids(database)['a']}.jpg").is_file()


def test_key_points_that_come_later_are_perceived_then(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    study.video("a.mp4")
    run_import(study)
    run(with_imported_keypoints_alone(workspace), database)
    study.keypoints("openpose/a")
    run_import(study)
    assert run(workspace, database).perceived == ("a",)
    with database.read() as connection:
        assert FeatureKind.IMAGE in features.of_clip(connection, ids(database)["a"])


def test_nobody_in_view_is_one_sentence(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    study.video("a.mp4")
    study.keypoints("openpose/a", people=0)
    run_import(study)
    report = run(workspace, database)
    assert report.refused == ("a: nobody is seen in it, so it has no image features.",)


def test_only_the_clips_asked_for_are_perceived(imported: Study, workspace: Workspace, database: Database) -> None:
    report = extract_features(workspace, database, SilentProgress(), [ids(database)["b"]], workers=1)
    assert report.perceived == ("b",)


class Cancelled(SilentProgress):
    def raise_if_cancelled(self) -> None:
        raise JobCancelledError("cancelled")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_cancel_is_heard(imported: Study, workspace: Workspace, database: Database, workers: int) -> None:
    with pytest.raises(JobCancelledError):
        extract_features(workspace, database, Cancelled(), workers=workers)


def test_weights_that_are_not_there_stop_it_before_any_work(
    imported: Study, workspace: Workspace, database: Database
) -> None:
    perception = workspace.settings.perception.model_copy(update={"person": "yolo", "person_weights": "nowhere.pt"})
    strong = replace(workspace, settings=workspace.settings.model_copy(update={"perception": perception}))
    with pytest.raises(WeightsError, match=r"nowhere\.pt"):
        run(strong, database)
    with database.read() as connection:
        assert set(features.of_clip(connection, ids(database)["a"])) == {FeatureKind.KEYPOINTS}


def test_it_says_which_part_each_stage_was_given_to(imported: Study, workspace: Workspace, database: Database) -> None:
    stages = [sentence.split(":")[0] for sentence in run(workspace, database).parts]
    assert stages == ["person", "image", "key points", "text"]


def test_a_variable_frame_rate_keeps_its_own_times(
    study: Study, run_import: Importer, workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    ticks = [0, 40, 80, 200, 240, 400, 440, 480, 900, 940]
    study.variable_rate_video("a.mp4", ticks)
    study.keypoints("openpose/a", frames=len(ticks))
    run_import(study)
    run(workspace, database)
    with FeatureStore(workspace.features_dir).open(ids(database)["a"], FeatureKind.IMAGE) as file:
        assert file.read("time_s") == pytest.approx([0.0, 0.2, 0.4, 0.9], abs=0.002)


def test_a_copy_for_browsers_with_fewer_frames_than_its_video_is_told(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    path = with_frames_that_are_never_shown(study.root / "a.webm")
    run_import(study)
    report = run(workspace, database)
    (told,) = (warning for warning in report.warnings if "browser copy" in warning)
    assert told.startswith(f"{path.name}: its browser copy has ")
    assert "of 40 frames" in told


def test_a_full_disk_ends_perception_in_one_sentence(
    imported: Study, workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a.jpg")

    monkeypatch.setattr("labeling.perception.clip_features.write_thumbnail", full)
    with pytest.raises(WorkspaceError, match=r"^The disk is full: a\.jpg cannot be written\."):
        run(workspace, database)
