"""Whose a table is, by its name."""

from pathlib import Path

import pytest

from labeling.ingest.tracking_tables.joint_words import joint_of
from labeling.ingest.tracking_tables.names import tables_by_clip


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        ("a.csv", "a"),
        ("interview 1DLC_resnet50_smileMay1shuffle1_100000.csv", "interview 1"),
        ("aDLC_HrnetW32_xOct2shuffle1_snapshot_200_filtered.csv", "a"),
        ("a.analysis.csv", "a"),
        ("labels.v001.000_a_b.analysis.csv", "a_b"),
        ("a.mp4.predictions.analysis.csv", "a"),
        ("a.predictions.slp", "a"),
        ("a.mp4.predictions.analysis.h5", "a"),
    ],
)
def test_each_tools_name_tells_the_clip(tmp_path: Path, name: str, clip: str) -> None:
    (tmp_path / name).touch()
    assert tables_by_clip(tmp_path)[clip] == tmp_path / name


@pytest.mark.parametrize(
    ("preferred", "other"),
    [
        ("aDLC_x.csv", "aDLC_x.h5"),
        ("aDLC_x_filtered.csv", "aDLC_x.csv"),
        ("a.analysis.csv", "a.predictions.slp"),
    ],
)
def test_of_several_forms_the_one_that_can_be_read_counts(tmp_path: Path, preferred: str, other: str) -> None:
    (tmp_path / preferred).touch()
    (tmp_path / other).touch()
    assert tables_by_clip(tmp_path)["a"].name == preferred


def test_beside_videos_a_table_counts_only_where_its_name_tells_what_it_is(tmp_path: Path) -> None:
    for name in ("clips.csv", "notes.csv", "aDLC_x.csv", "b.analysis.csv"):
        (tmp_path / name).touch()
    assert set(tables_by_clip(tmp_path, beside_videos=True)) == {"a", "b"}


@pytest.mark.parametrize(
    ("name", "joint"),
    [
        ("Nose", 0),
        ("LeftShoulder", 5),
        ("shoulder_l", 5),
        ("Lshoulder", 5),
        ("lshoulder", 5),
        ("R-Wrist", 4),
        ("RKNEE", 10),
        ("earL", 18),
        ("leftEar", 18),
        ("MidHip", 8),
        ("pelvis", 8),
        ("Left.Big.Toe", 19),
        ("shoulder", None),
        ("left", None),
        ("rear", None),
        ("snout", None),
        ("left right ear", None),
        ("", None),
    ],
)
def test_a_name_stands_for_a_joint(name: str, joint: int | None) -> None:
    assert joint_of(name) == joint
