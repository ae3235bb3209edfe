"""Whatever is wrong with one input, one sentence names it and the others are imported; what would fail all ends it."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.errors import InputError, WorkspaceError
from core.progress import SilentProgress
from core.workspace import Workspace, open_workspace
from db import clips
from db.engine import Database, open_database
from labeling.ingest.import_folder import import_folder
from tests.integration.labeling.ingest.imigue_release import ImigueImporter, Release
from tests.integration.labeling.study import Importer, Study

NO_TABLE = "There is no table, so every clip counts as a person of its own."
NOBODY = 65_534


@pytest.fixture
def two(study: Study) -> Study:
    study.video("good.mp4")
    study.video("later.mp4", shade=30)
    study.keypoints("openpose/good")
    return study


def unknown_codec(study: Study) -> None:
    path = study.video("bad.mp4", shade=60)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzz1"))


def not_utf8(study: Study) -> None:
    path = study.video("bad.mp4", shade=60)
    os.rename(os.fsencode(path), os.fsencode(study.root) + b"/bad\xff.mp4")  # noqa: PTH104  # a Path would hide the bytes


def link_to_nothing(study: Study) -> None:
    (study.root / "bad.mp4").symlink_to(study.root / "nowhere.mp4")


def pipe(study: Study) -> None:
    os.mkfifo(study.root / "bad.mp4")


@pytest.mark.parametrize("spoil", [unknown_codec, not_utf8, link_to_nothing, pipe])
def test_a_video_that_cannot_be_taken_is_one_sentence_and_the_others_are_there(
    two: Study, run_import: Importer, spoil: Callable[[Study], None]
) -> None:
    spoil(two)
    report = run_import(two)
    assert report.imported == ["good", "later"]
    assert len(report.refused) == 1
    assert "bad" in report.refused[0]
    assert "Error" not in report.refused[0]
    assert report.refused[0].isprintable()


def test_a_name_of_255_bytes_is_a_clip_like_any_other(two: Study, run_import: Importer) -> None:
    shutil.move(two.root / "later.mp4", two.root / f"{'m' * 251}.mp4")
    report = run_import(two)
    assert report.imported == ["good", "m" * 251]
    assert (report.refused, report.warnings) == ([], [NO_TABLE])


def damaged_lzma(study: Study) -> None:
    path = study.root / "openpose" / "later.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for frame in sorted((study.root / "openpose" / "good").iterdir()):
            archive.write(frame, frame.name)
    data = bytearray(path.read_bytes())
    data[100 : len(data) // 2 : 37] = bytes(len(range(100, len(data) // 2, 37)))
    path.write_bytes(data)


def text_called_zip(study: Study) -> None:
    (study.root / "openpose" / "later.zip").write_text("This is no archive.", encoding="utf-8")


@pytest.mark.parametrize("spoil", [damaged_lzma, text_called_zip])
def test_key_points_that_cannot_be_read_are_one_sentence_and_counted(
    two: Study, run_import: Importer, spoil: Callable[[Study], None]
) -> None:
    spoil(two)
    report = run_import(two)
    assert report.imported == ["good", "later"]
    assert report.unreadable == 1
    assert len([sentence for sentence in report.warnings if "later" in sentence]) == 1


def test_a_file_where_the_folder_of_key_points_is_expected_is_one_sentence(two: Study, run_import: Importer) -> None:
    shutil.rmtree(two.root / "openpose")
    (two.root / "openpose").write_text("x", encoding="utf-8")
    report = run_import(two)
    assert report.imported == ["good", "later"]
    assert report.warnings == ["openpose in study is not a folder, so it was not used.", NO_TABLE]


def test_a_pipe_in_the_place_of_the_table_is_one_sentence(two: Study, run_import: Importer) -> None:
    os.mkfifo(two.root / "clips.csv")
    report = run_import(two)
    assert report.imported == ["good", "later"]
    assert report.warnings == ["clips.csv in study is not a file, so it was not used.", NO_TABLE]


def test_a_transcript_whose_name_no_file_can_have_is_one_sentence(two: Study, run_import: Importer) -> None:
    two.table(f"clip,subject,transcript\ngood,P1,yes\nlater,P2,{'x' * 300}.txt\n")
    report = run_import(two)
    assert report.imported == ["good", "later"]
    assert report.unreadable == 1
    assert report.warnings == [f"later.mp4 was imported without a transcript: {'x' * 300}.txt was not found."]


class RemovesMeanwhile(SilentProgress):
    """Removes a path as soon as the first clip is under way."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def report(self, fraction: float, message: str) -> None:
        if self._path.is_dir():
            shutil.rmtree(self._path)
        self._path.unlink(missing_ok=True)


def test_a_video_that_vanishes_meanwhile_is_one_sentence(two: Study, workspace: Workspace, database: Database) -> None:
    gone = two.root / "later.mp4"
    report = import_folder(workspace, database, two.root, progress=RemovesMeanwhile(gone))
    assert report.imported == ["good"]
    assert len(report.refused) == 1
    assert "later.mp4" in report.refused[0]


def test_key_points_that_vanish_meanwhile_are_none(two: Study, workspace: Workspace, database: Database) -> None:
    gone = two.root / "openpose"
    report = import_folder(workspace, database, two.root, progress=RemovesMeanwhile(gone))
    assert report.imported == ["good", "later"]


def test_a_bad_video_of_imigue_fails_alone(tmp_path: Path, workspace: Workspace, database: Database) -> None:
    release = Release(tmp_path / "release")
    for number in (1, 2):
        release.video(number)
    bad = release.video(3)
    bad.write_bytes(bad.read_bytes().replace(b"avc1", b"zzz1"))
    release.table("video_id,subject_id,win_or_lose\n1,2,Win\n2,3,Lose\n3,2,Lose\n")
    report = ImigueImporter(workspace, database)(release)
    assert report.imported == ["0001", "0002"]
    assert len(report.refused) == 1
    assert "0003.mp4 has a picture in a codec that cannot be decoded" in report.refused[0]


@contextmanager
def without_roots_rights(root: Path) -> Iterator[None]:
    """Within the block, files below `root` belong to this process, which has no right to read everything."""
    if os.geteuid() != 0:
        yield
        return
    for path in (root, *root.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def imported_once(root: Path) -> None:
    """Imports another study, so that Python has read all of its own files: they may lie where only root reads."""
    other = Study(root / "other")
    other.video("other.mp4")
    other.keypoints("openpose/other")
    other.table("clip,subject\nother,P1\n")
    workspace = open_workspace(root / "of-other")
    database = open_database(workspace)
    assert Importer(workspace, database)(other).imported == ["other"]
    database.dispose()


@pytest.mark.parametrize(
    "closed",
    ["openpose/good", "videos", *(pytest.param(name, marks=pytest.mark.long) for name in ("openpose", "transcripts"))],
)
def test_a_folder_that_may_not_be_read_is_one_sentence_and_the_rest_is_imported(closed: str) -> None:
    with tempfile.TemporaryDirectory(prefix="telltale-closed-") as made:
        root = Path(made)
        study = Study(root / "study")
        study.video("good.mp4")
        study.video("later.mp4", shade=30)
        study.keypoints("openpose/good")
        study.table("clip,subject\ngood,P1\nlater,P2\n")
        for name in ("transcripts", "videos"):
            (study.root / name).mkdir()
        workspace = open_workspace(root / "workspace")
        database = open_database(workspace)
        imported_once(root)
        (study.root / closed).chmod(0)
        with without_roots_rights(root):
            report = Importer(workspace, database)(study)
        database.dispose()
        (study.root / closed).chmod(0o700)
    assert report.imported == ["good", "later"]
    told = [*report.refused, *report.warnings]
    assert len(told) == 1
    assert closed in told[0]
    assert "Permission denied" in told[0]


def test_a_folder_whose_own_name_is_not_utf8_is_refused_at_once(
    tmp_path: Path, workspace: Workspace, database: Database
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/st\xffdy"))
    Study(folder).video("a.mp4")
    with pytest.raises(InputError, match=r"st\\udcffdy .*UTF-8"):
        import_folder(workspace, database, folder, progress=SilentProgress())


def test_a_full_database_ends_the_import_in_one_sentence_and_keeps_what_was_stored(
    two: Study, workspace: Workspace, database: Database
) -> None:
    class FillsUp(SilentProgress):
        def report(self, fraction: float, message: str) -> None:
            if message.endswith("later"):
                sa.event.listen(database._engine, "begin", no_room)

    def no_room(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1")

    two.table(f'clip,subject,transcript\ngood,P1,yes\nlater,P2,"{"word " * 20_000}"\n')
    with pytest.raises(
        WorkspaceError, match=r"^The database .*telltale\.db cannot be used: .* full\. What was finished"
    ):
        import_folder(workspace, database, two.root, progress=FillsUp())
    with database.read() as connection:
        assert clips.by_name(connection, "good") is not None
        assert clips.by_name(connection, "later") is None
