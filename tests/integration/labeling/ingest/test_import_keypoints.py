"""Key points without videos become clips: sets in .npz files, and folders or archives of OpenPose frames."""

import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import InputError
from core.feature_store import FeatureStore
from core.pose.openpose.clip import frame_file_name, write_openpose_frame
from core.progress import SilentProgress
from core.settings.loader import load_settings
from core.types.clips import Clip, Split
from core.types.features import FeatureKind
from core.workspace import Workspace
from db import clips, features
from db.engine import Database
from labeling.ingest.clip_writer import ImportReport
from labeling.ingest.import_study import import_study
from labeling.perception.extract_features import extract_features
from tests.keypoint_sets import standing, write_set

Import = Callable[..., ImportReport]


@pytest.fixture
def take(workspace: Workspace, database: Database) -> Import:
    def run(path: Path, **options: Any) -> ImportReport:
        options = {"labels_from_data": True, **options}
        return import_study(workspace, database, path, **options, progress=SilentProgress())

    return run


@pytest.fixture
def stored(database: Database) -> Callable[[], dict[str, Clip]]:
    def read() -> dict[str, Clip]:
        with database.read() as connection:
            return {clip.name: clip for clip in clips.many(connection, clips.all_ids(connection))}

    return read


def three() -> dict[str, Any]:
    return {name: standing(30, seed) for seed, name in enumerate("abc")}


def test_a_set_becomes_clips_with_labels_frame_rates_and_points_in_a_picture_of_their_own(
    tmp_path: Path, take: Import, stored: Callable[[], dict[str, Clip]], workspace: Workspace
) -> None:
    path = write_set(
        tmp_path / "set.npz", three(), fps=np.array([25, 7.5, 1000]), split=np.array(["", "test", "train"])
    )
    report = take(path)
    assert (report.imported, report.refused) == (["a", "b", "c"], [])
    found = stored()
    assert [clip.frame_rate for clip in found.values()] == [25, Fraction(15, 2), 1000]
    assert [clip.gold_label for clip in found.values()] == ["front-kick", "punch", "front-kick"]
    assert found["b"].split is Split.TEST
    assert found["a"].video_path is None
    with FeatureStore(workspace.features_dir).open(found["a"].id, FeatureKind.KEYPOINTS) as file:
        points = file.read("points")
    given = three()["a"]
    there = given[..., 2] > 0
    moved = points[there][:, :2] - given[there][:, :2]
    assert np.ptp(moved, axis=0) == pytest.approx([0, 0], abs=1e-3)  # as they were, but for one shift
    assert (points[there][:, :2] >= 0).all()
    assert (points[there][:, :2] <= (found["a"].width_px, found["a"].height_px)).all()


def test_labels_that_the_study_lacks_are_refused_in_one_sentence_that_says_how_they_get_in(
    tmp_path: Path, take: Import, stored: Callable[[], dict[str, Clip]]
) -> None:
    path = write_set(tmp_path / "set.npz", three())
    with pytest.raises(InputError, match=r"^set.npz has 2 labels \(Front Kick, punch\).*--labels-from-data"):
        take(path, labels_from_data=False)
    assert stored() == {}


def test_labels_of_the_data_are_the_labels_of_a_new_study_and_are_added_to_those_of_another(
    tmp_path: Path, take: Import, workspace: Workspace, database: Database
) -> None:
    take(write_set(tmp_path / "set.npz", three()))
    first = load_settings(workspace.root).taxonomy
    assert [(label.name, label.title, label.key) for label in first] == [
        ("front-kick", "Front Kick", "1"),
        ("punch", "punch", "2"),
    ]
    labels = np.array([f"step {number}" for number in range(12)])
    more = write_set(tmp_path / "more.npz", {f"m{n}": standing(20, 50 + n) for n in range(12)}, label=labels)
    begun = Workspace(workspace.root, load_settings(workspace.root))
    report = import_study(begun, database, more, labels_from_data=True, progress=SilentProgress())
    assert len(report.imported) == 12
    then = load_settings(workspace.root).taxonomy
    assert [label.title for label in then][:4] == ["Front Kick", "punch", "step 0", "step 1"]
    assert [label.key for label in then] == [*"123456789", *[""] * 5]
    assert len({label.color for label in then}) == 14


def test_points_in_meters_in_3d_with_y_upwards_are_brought_to_the_picture_plane_and_said_once(
    tmp_path: Path, take: Import, stored: Callable[[], dict[str, Clip]], workspace: Workspace
) -> None:
    def in_meters(points: Any) -> Any:
        deep = np.zeros((*points.shape[:2], 4), dtype=np.float64)
        deep[..., :2], deep[..., 3] = (points[..., :2] - 200) * (0.004, -0.004), points[..., 2]
        deep[..., 2] = 2.5
        return deep * (points[..., 2:] > 0)

    report = take(write_set(tmp_path / "kinect.npz", {name: in_meters(points) for name, points in three().items()}))
    assert [note for note in report.notes if "kinect.npz" in note] == [
        "The coordinates of kinect.npz are no pixels; they were multiplied by 398.",
        "In kinect.npz, y grows upwards; the points were turned over.",
        "The points of kinect.npz are in 3-D; their depth was left out.",
    ]
    with FeatureStore(workspace.features_dir).open(stored()["a"].id, FeatureKind.KEYPOINTS) as file:
        points = file.read("points")
    assert (points[:, 1, 1] < points[:, 8, 1]).all()  # the neck lies above the hips


def test_clips_that_cannot_be_used_fail_alone_and_what_many_lack_is_said_once(tmp_path: Path, take: Import) -> None:
    given = {name: standing(60, seed) for seed, name in enumerate("abcdefg")}
    given["a"][3, 0, 0] = np.nan
    given["b"][:] = given["c"][:] = 0
    given["d"] = standing(2, 9)
    given["e"] = standing(0)
    rates = np.array([25, 25, 25, 25, 25, 0, np.nan])
    report = take(write_set(tmp_path / "set.npz", given, fps=rates))
    assert report.imported == ["a", "b", "c", "d"]
    assert report.refused == [
        "set.npz: the clip f has the fps 0.0; 0.1 to 10,000 frames a second are read.",
        "set.npz: the clip g has the fps nan; 0.1 to 10,000 frames a second are read.",
        "set.npz: the clip e has no frame between its start and the next.",
    ]
    assert report.warnings == [
        "set.npz: 1 points of the clip a are no numbers, have a confidence outside 0..2 or lie far from all others; they count "
        "as missing.",
        "set.npz: no frame has a point in 2 clips (b, c).",
        "set.npz: no cues will be measured on the clip d, shorter than 2 s.",
    ]


def test_a_set_whose_last_numbers_are_no_confidences_is_refused_as_a_whole(tmp_path: Path, take: Import) -> None:
    path = write_set(tmp_path / "set.npz", three(), points=np.full((90, 137, 3), 7.0))
    with pytest.raises(InputError, match=r"^set.npz: the last number in points is a confidence .* goes from 0 to 7"):
        take(path)


def test_a_link_to_itself_is_one_sentence(tmp_path: Path, take: Import) -> None:
    path = tmp_path / "set.npz"
    path.symlink_to(path)
    with pytest.raises(InputError, match=r"set\.npz .*\.$"):
        take(path)


def test_folders_and_archives_of_frames_are_clips_from_their_first_frame_on(
    tmp_path: Path, take: Import, stored: Callable[[], dict[str, Clip]], workspace: Workspace
) -> None:
    folder = tmp_path / "study"
    (folder / "walk").mkdir(parents=True)
    for number, frame in enumerate(standing(12), start=1):  # some tools count frames from 1
        (folder / "walk" / frame_file_name("walk", number)).write_bytes(
            write_openpose_frame(frame[None] * (0.001, 0.001, 1))
        )
    with zipfile.ZipFile(folder / "run_openpose.zip", "w") as archive:
        for number, frame in enumerate(standing(7, 3)):
            archive.writestr(frame_file_name("run", number), write_openpose_frame(frame[None]))
    (folder / "clips.csv").write_text("clip,subject,label,fps\nwalk,P1,slow,12.5\nrun,P2,fast,\ngone,P3,fast,25\n")
    report = take(folder)
    assert sorted(report.imported) == ["run", "walk"]
    assert report.refused == ["clips.csv: the clip gone has no key points in study."]
    assert "study: nothing says the fps of the clip run; 25 frames a second were taken." in report.warnings
    found = stored()
    assert (found["walk"].frame_count, found["walk"].frame_rate) == (12, Fraction(25, 2))
    with FeatureStore(workspace.features_dir).open(found["walk"].id, FeatureKind.KEYPOINTS) as file:
        assert (file.read("points")[0, :, 2] > 0).any()


def test_perceive_draws_the_skeleton_as_the_picture_and_says_once_what_is_too_short(
    tmp_path: Path, take: Import, workspace: Workspace, database: Database
) -> None:
    take(write_set(tmp_path / "set.npz", {f"c{n}": standing(10, n) for n in range(5)}))
    report = extract_features(workspace, database, SilentProgress(), workers=1)
    assert report.refused == ()
    assert "5 clips (c0, c1, c2, …) have less than 2 s, so no measured cues." in report.warnings
    with database.read() as connection:
        ids = clips.all_ids(connection)
        assert all(FeatureKind.PERSON in features.of_clip(connection, one) for one in ids)
    assert all((workspace.media_dir / f"{one}.jpg").is_file() for one in ids)
