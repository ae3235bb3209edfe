"""A folder becomes clips: with key points, transcripts and a table, again and again."""

import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from core.errors import JobCancelledError
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.clips import Clip, Split
from core.types.features import FeatureKind
from core.workspace import Workspace
from db import clips, features
from db.engine import Database
from labeling.ingest.import_folder import import_folder
from tests.integration.labeling.study import FRAMES, HEIGHT_PX, WIDTH_PX, Importer, Study


def stored(database: Database, name: str) -> Clip:
    with database.read() as connection:
        clip = clips.by_name(connection, name)
    assert clip is not None
    return clip


def test_a_clip_knows_its_video(study: Study, run_import: Importer, database: Database) -> None:
    path = study.video("a.mp4")
    run_import(study)
    clip = stored(database, "a")
    assert clip.video_path == str(path)
    assert (clip.width_px, clip.height_px, clip.frame_count) == (WIDTH_PX, HEIGHT_PX, FRAMES)
    assert (clip.frame_rate, clip.duration_s) == (25, pytest.approx(FRAMES / 25))
    assert not clip.simulated


def test_the_table_gives_subject_label_split_and_words(study: Study, run_import: Importer, database: Database) -> None:
    study.video("a.mp4")
    study.video("b.mp4", shade=40)
    study.table('clip,subject,label,split,transcript\na,P1,negative,train,"Well, yes."\nb,P2,positive,test,\n')
    report = run_import(study)
    assert report.imported == ["a", "b"]
    assert (report.warnings, report.refused) == ([], [])
    a, b = stored(database, "a"), stored(database, "b")
    assert (a.subject, a.gold_label, a.split, a.transcript) == ("P1", "negative", Split.TRAIN, "Well, yes.")
    assert (b.subject, b.gold_label, b.split, b.transcript) == ("P2", "positive", Split.TEST, None)


def test_without_a_table_every_clip_is_a_person_and_a_sentence_says_so(
    study: Study, run_import: Importer, database: Database
) -> None:
    study.video("a.mp4")
    assert run_import(study).warnings == ["There is no table, so every clip counts as a person of its own."]
    assert stored(database, "a").subject == "a"


@pytest.mark.parametrize("place", ["openpose/a", "openpose/a_openpose", "a_openpose"])
@pytest.mark.parametrize("zipped", [False, True])
def test_key_points_are_found_under_each_of_their_names(
    study: Study, run_import: Importer, workspace: Workspace, database: Database, place: str, zipped: bool
) -> None:
    study.video("a.mp4")
    folder = study.keypoints(place)
    if zipped:
        shutil.make_archive(str(folder), "zip", folder)
        shutil.rmtree(folder)
    run_import(study)
    clip = stored(database, "a")
    with FeatureStore(workspace.features_dir).open(clip.id, FeatureKind.KEYPOINTS) as file:
        points, time_s = file.read("points"), file.read("time_s")
    assert points.shape == (FRAMES, 137, 3)
    assert points[:, 0, 2].min() > 0
    assert time_s == pytest.approx(np.arange(FRAMES) / 25)
    with database.read() as connection:
        record = features.of_clip(connection, clip.id)[FeatureKind.KEYPOINTS]
    assert record.producer.name == "openpose-json"


def test_subfolders_of_the_usual_names_are_used_and_the_report_says_so(
    study: Study, run_import: Importer, database: Database
) -> None:
    (study.root / "videos").mkdir()
    study.video("videos/a.mp4")
    study.keypoints("openpose/a")
    (study.root / "transcripts").mkdir()
    (study.root / "transcripts" / "a.txt").write_text("I felt fine.\n", encoding="utf-8")
    study.table("clip,subject\na,P1\n")
    report = run_import(study)
    assert report.imported == ["a"]
    assert report.notes == [
        "openpose in study was used.",
        "transcripts in study was used.",
        "clips.csv in study was used.",
    ]
    assert stored(database, "a").transcript == "I felt fine."


def test_named_folders_come_before_the_usual_ones(
    study: Study, run_import: Importer, database: Database, tmp_path: Path
) -> None:
    study.video("a.mp4")
    study.table("clip,subject\na,P1\n")
    other = tmp_path / "other.csv"
    other.write_text("clip,subject\na,P2\n", encoding="utf-8")
    assert run_import(study, table=other).notes == []
    assert stored(database, "a").subject == "P2"


def test_a_transcript_file_named_in_the_table_is_read(study: Study, run_import: Importer, database: Database) -> None:
    study.video("a.mp4")
    (study.root / "first.txt").write_text("\ufeffWe won.", encoding="utf-8")
    study.table("clip,subject,transcript\na,P1,first.txt\n")
    run_import(study)
    assert stored(database, "a").transcript == "We won."


def test_importing_again_leaves_what_is_there_and_adds_what_is_new(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    study.video("a.mp4")
    study.table("clip,subject\na,P1\nb,P2\n")
    run_import(study)
    study.video("b.mp4", shade=40)
    again = run_import(study)
    assert again.imported == ["b"]
    assert again.warnings == ["a.mp4 is there already and was left as it is."]
    study.keypoints("openpose/a")
    (study.root / "transcripts").mkdir()
    (study.root / "transcripts" / "a.txt").write_text("Late words.", encoding="utf-8")
    third = run_import(study)
    assert third.imported == []
    assert third.warnings[0] == "a.mp4 is there already and got its key points and its transcript."
    assert stored(database, "a").transcript == "Late words."
    with database.read() as connection:
        assert FeatureKind.KEYPOINTS in features.of_clip(connection, stored(database, "a").id)


def test_a_video_that_moved_is_found_again(
    study: Study, run_import: Importer, database: Database, tmp_path: Path
) -> None:
    study.video("a.mp4")
    run_import(study)
    moved = Study(tmp_path / "moved")
    shutil.move(study.root / "a.mp4", moved.root / "a.mp4")
    report = run_import(moved)
    assert report.warnings[-1] == "a.mp4 is there already and got where its video is now."
    assert stored(database, "a").video_path == str(moved.root / "a.mp4")


def test_part_of_the_training_clips_is_drawn_into_the_reliability_sample(
    study: Study, run_import: Importer, database: Database
) -> None:
    names = [f"clip-{number:02d}" for number in range(20)]
    for number, name in enumerate(names):
        study.video(f"{name}.mp4", shade=5 * number, frames=4)
    rows = "".join(f"{name},P{number},{'test' if number >= 10 else 'train'}\n" for number, name in enumerate(names))
    study.table("clip,subject,split\n" + rows)
    run_import(study)
    drawn = [name for name in names if stored(database, name).reliability_sample]
    assert len(drawn) == 1
    assert stored(database, drawn[0]).split is Split.TRAIN


class CancelledAfter(SilentProgress):
    def __init__(self, clips_done: int) -> None:
        self.left = clips_done

    def raise_if_cancelled(self) -> None:
        if self.left == 0:
            raise JobCancelledError("cancelled")
        self.left -= 1


def test_a_cancelled_import_keeps_the_clips_it_has_and_the_next_one_goes_on(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    for number, name in enumerate("abc"):
        study.video(f"{name}.mp4", shade=30 * number)
    with pytest.raises(JobCancelledError):
        import_folder(workspace, database, study.root, progress=CancelledAfter(2))
    with database.read() as connection:
        assert len(clips.all_ids(connection)) == 2
    assert run_import(study).imported == ["c"]


def test_hidden_files_are_no_videos(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    (study.root / "._a.mp4").write_bytes(b"what macOS leaves on foreign disks")
    report = run_import(study)
    assert report.imported == ["a"]
    assert report.refused == []


def deeplabcut_table(path: Path) -> None:
    parts = ("nose", "l_wrist", "r_wrist")
    rows = [["scorer", *["net"] * 9], ["bodyparts", *(part for part in parts for _ in range(3))]]
    rows.append(["coords", *["x", "y", "likelihood"] * 3])
    rows += [[str(frame), *[str(60 + frame), "50", "0.9"] * 3] for frame in range(FRAMES)]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(map(",".join, rows)), encoding="utf-8")


@pytest.mark.parametrize("place", ["openpose/a.csv", "openpose/aDLC_resnet50_x.csv", "aDLC_resnet50_x.csv"])
def test_key_points_may_be_a_table_of_another_tool(
    study: Study, run_import: Importer, database: Database, workspace: Workspace, place: str
) -> None:
    study.video("a.mp4")
    deeplabcut_table(study.root / place)
    run_import(study)
    with database.read() as connection:
        record = features.of_clip(connection, stored(database, "a").id)[FeatureKind.KEYPOINTS]
    with FeatureStore(workspace.features_dir).open(stored(database, "a").id, FeatureKind.KEYPOINTS) as file:
        assert file.read("points", 3)[7, 0].tolist() == pytest.approx([67, 50, 0.9])
    assert record.producer.name == "deeplabcut"


def test_a_file_of_another_tool_that_cannot_be_read_says_what_to_export(
    study: Study, run_import: Importer, database: Database
) -> None:
    study.video("a.mp4")
    (study.root / "openpose").mkdir()
    (study.root / "openpose" / "a.predictions.slp").touch()
    warnings = run_import(study).warnings
    assert any("a.mp4 was imported without key points: a.predictions.slp is not read" in one for one in warnings)


def test_a_table_of_no_clip_is_named(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    deeplabcut_table(study.root / "openpose" / "bDLC_resnet50_x.csv")
    deeplabcut_table(study.root / "openpose" / "aDLC_resnet50_x.csv")
    (study.root / "openpose" / "aDLC_resnet50_x.h5").touch()
    warnings = run_import(study).warnings
    assert [one for one in warnings if "belongs to no video" in one] == [
        "bDLC_resnet50_x.csv belongs to no video, so its key points were left out."
    ]


def test_frame_files_of_several_clips_may_lie_side_by_side(
    study: Study, run_import: Importer, database: Database, workspace: Workspace
) -> None:
    for number, name in enumerate(("a", "a_b")):
        study.video(f"{name}.mp4", shade=40 * number)
        folder = study.keypoints(f"apart/{name}")
        (study.root / "openpose").mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.rename(study.root / "openpose" / path.name)
    shutil.rmtree(study.root / "apart")
    report = run_import(study)
    assert report.warnings == ["There is no table, so every clip counts as a person of its own."]
    for name in ("a", "a_b"):
        with FeatureStore(workspace.features_dir).open(stored(database, name).id, FeatureKind.KEYPOINTS) as file:
            assert file.read("points", 3).any(axis=(1, 2)).all()


def test_frame_files_of_no_clip_are_named_once(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    for path in study.keypoints("apart/other").iterdir():
        (study.root / "openpose").mkdir(exist_ok=True)
        path.rename(study.root / "openpose" / path.name)
    assert [one for one in run_import(study).warnings if "belongs to no video" in one] == [
        "other_* belongs to no video, so its key points were left out."
    ]


@pytest.mark.parametrize("place", ["openpose/json/a", "openpose/output_jsons/a_openpose", "openpose/a/json"])
def test_key_points_may_lie_a_folder_deeper(study: Study, run_import: Importer, database: Database, place: str) -> None:
    study.video("a.mp4")
    made = study.keypoints(place)
    for path in made.iterdir():
        path.rename(made / f"a_{path.name.split('_', 1)[1]}")
    (made.parent / "rendered").mkdir()
    report = run_import(study)
    assert report.warnings == ["There is no table, so every clip counts as a person of its own."]
    with database.read() as connection:
        assert FeatureKind.KEYPOINTS in features.of_clip(connection, stored(database, "a").id)


@pytest.mark.parametrize(("on_disk", "in_table"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_letters_with_accents_are_the_same_however_a_disk_writes_them(
    study: Study, run_import: Importer, database: Database, on_disk: str, in_table: str
) -> None:
    name = unicodedata.normalize(on_disk, "Zoé Müller")
    study.video(f"{name}.mp4")
    study.keypoints(f"openpose/{name}")
    (study.root / "transcripts").mkdir()
    (study.root / "transcripts" / f"{name}.txt").write_text("Fine.", encoding="utf-8")
    study.table(f"clip,subject\n{unicodedata.normalize(in_table, name)},P1\n")
    report = run_import(study)
    assert (report.refused, report.warnings) == ([], [])
    clip = stored(database, unicodedata.normalize("NFC", name))
    assert clip.transcript == "Fine."
    with database.read() as connection:
        assert FeatureKind.KEYPOINTS in features.of_clip(connection, clip.id)


def test_videos_in_a_folder_of_a_participant_are_named(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    (study.root / "P01").mkdir()
    study.video("P01/video.mp4", shade=30)
    report = run_import(study)
    assert report.imported == ["a"]
    assert (
        "P01 in study has a video (video.mp4), not looked at: videos lie in the study's folder itself"
        in report.notes[0]
    )


@pytest.mark.parametrize("suffix", [".MTS", ".m2ts", ".ts", ".3gp", ".mpg", ".wmv", ".flv", ".mxf"])
def test_a_video_is_read_under_every_suffix_of_a_camcorder(
    study: Study, run_import: Importer, database: Database, suffix: str
) -> None:
    study.video("a.mp4").rename(study.root / f"a{suffix}")
    study.table(f"clip,subject\na{suffix},P1\n")
    assert run_import(study).imported == ["a"]


def test_a_video_that_is_not_read_is_named(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    (study.root / "MOV001.MOD").touch()
    assert run_import(study).refused == ["MOV001.MOD is left out: files of this kind are not read; convert it to .mp4."]
