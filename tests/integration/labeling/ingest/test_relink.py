"""Videos that were moved are found again, and only the same ones."""

import shutil
from pathlib import Path

import pytest

from core.errors import InputError
from core.progress import SilentProgress
from db import clips
from db.engine import Database
from labeling.ingest.relink import RelinkReport, relink
from tests.integration.labeling.study import Importer, Study


@pytest.fixture
def imported(study: Study, run_import: Importer) -> Study:
    """Two clips, a and b."""
    study.video("a.mp4")
    study.video("b.mp4", shade=40)
    run_import(study)
    return study


def where(database: Database, name: str) -> str | None:
    with database.read() as connection:
        clip = clips.by_name(connection, name)
    assert clip is not None
    return clip.video_path


def moved(database: Database, old: Path, new: Path) -> RelinkReport:
    return relink(database, old, new, SilentProgress())


def test_a_folder_that_moved_takes_all_of_its_clips_along(imported: Study, database: Database, tmp_path: Path) -> None:
    new = tmp_path / "other disk" / "2026"
    shutil.copytree(imported.root, new)
    shutil.rmtree(imported.root)
    report = moved(database, imported.root, new)
    assert (sorted(report.relinked), report.refused) == (["a", "b"], [])
    assert where(database, "b") == str(new / "b.mp4")


def test_a_folder_above_moved(imported: Study, database: Database, tmp_path: Path) -> None:
    new = tmp_path / "archive"
    shutil.copytree(imported.root, new / imported.root.name)
    moved(database, imported.root.parent, new)
    assert where(database, "a") == str(new / imported.root.name / "a.mp4")


def test_one_file_that_was_renamed(imported: Study, database: Database, tmp_path: Path) -> None:
    new = tmp_path / "interview 12.mp4"
    (imported.root / "a.mp4").rename(new)
    assert moved(database, imported.root / "a.mp4", new).relinked == ["a"]
    assert where(database, "a") == str(new)
    assert where(database, "b") == str(imported.root / "b.mp4")


def test_a_link_may_be_left_in_the_old_place(imported: Study, database: Database, tmp_path: Path) -> None:
    new = tmp_path / "new"
    imported.root.rename(new)
    imported.root.symlink_to(new)
    assert moved(database, imported.root, new).relinked == ["a", "b"]
    assert where(database, "a") == str(new / "a.mp4")


def test_the_old_place_may_be_told_in_a_roundabout_way(imported: Study, database: Database, tmp_path: Path) -> None:
    new = tmp_path / "new"
    imported.root.rename(new)
    assert moved(database, new / ".." / imported.root.name, new).relinked == ["a", "b"]


def test_another_video_of_the_same_name_is_refused_and_the_others_are_found(
    imported: Study, database: Database, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    new.mkdir()
    shutil.copy(imported.root / "b.mp4", new / "a.mp4")
    shutil.copy(imported.root / "b.mp4", new / "b.mp4")
    report = moved(database, imported.root, new)
    assert report.relinked == ["b"]
    assert report.refused == [f"a is left as it was: {new / 'a.mp4'} is another video, or the same one saved anew."]
    assert where(database, "a") == str(imported.root / "a.mp4")


def test_a_video_that_is_not_at_the_new_place_is_named(imported: Study, database: Database, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (imported.root / "a.mp4").rename(new / "a.mp4")
    assert moved(database, imported.root, new).refused == [f"b is left as it was: there is no {new / 'b.mp4'}."]


@pytest.mark.parametrize("beside", ["study-2", "stud"])
def test_a_folder_whose_name_begins_alike_is_another(
    imported: Study, database: Database, tmp_path: Path, beside: str
) -> None:
    with pytest.raises(InputError, match="No clip has its video at or under"):
        moved(database, imported.root.with_name(beside), tmp_path)


def test_a_new_place_that_is_not_there_is_told(imported: Study, database: Database, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere is not there\."):
        moved(database, imported.root, tmp_path / "nowhere")
