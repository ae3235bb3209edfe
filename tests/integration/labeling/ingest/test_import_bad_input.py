"""Each bad input gives one sentence that names the file, and everything else is imported."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from core.errors import InputError, TableError
from core.feature_store import FeatureStore
from core.types.features import FeatureKind
from core.workspace import Workspace
from db import clips, features
from db.engine import Database
from tests.integration.labeling.study import FRAMES, Importer, Study, body_18, broken_json, with_nan


def text_called_mp4(study: Study) -> None:
    (study.root / "bad.mp4").write_text("This is not a video.\n" * 50, encoding="utf-8")


def cut_in_half(study: Study) -> None:
    path = study.video("bad.mp4", shade=70)
    whole = path.read_bytes()
    # Without +faststart the index stands at the end and is lost; with it the data is. Both must be refused.
    path.write_bytes(whole[: len(whole) // 2])


def without_video_stream(study: Study) -> None:
    with av.open(study.root / "bad.mp4", "w") as container:
        stream = container.add_stream("aac", rate=16000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
        sound.sample_rate = 16000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))


def empty_file(study: Study) -> None:
    (study.root / "bad.mp4").touch()


def zero_frames(study: Study) -> None:
    with av.open(study.root / "bad.mkv", "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()


@pytest.mark.parametrize("spoil", [text_called_mp4, cut_in_half, without_video_stream, empty_file, zero_frames])
def test_a_bad_video_is_one_sentence_and_the_others_are_there(
    study: Study, run_import: Importer, spoil: Callable[[Study], None]
) -> None:
    study.video("good.mp4")
    spoil(study)
    study.video("later.mp4", shade=30)
    report = run_import(study)
    assert report.imported == ["good", "later"]
    assert len(report.refused) == 1
    assert "bad.m" in report.refused[0]
    assert report.refused[0].count(". ") == 0


def points_of(workspace: Workspace, database: Database, name: str) -> np.ndarray | None:
    with database.read() as connection:
        clip = clips.by_name(connection, name)
        assert clip is not None
        if FeatureKind.KEYPOINTS not in features.of_clip(connection, clip.id):
            return None
    with FeatureStore(workspace.features_dir).open(clip.id, FeatureKind.KEYPOINTS) as file:
        return file.read("points")


def only_about(report_warnings: list[str], name: str) -> list[str]:
    return [warning for warning in report_warnings if name in warning]


def test_an_openpose_folder_with_fewer_files_leaves_the_rest_missing(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    study.video("a.mp4")
    study.keypoints("openpose/a", frames=20)
    report = run_import(study)
    assert report.imported == ["a"]
    assert len(report.warnings) == 2  # the other says that there is no table
    assert "20" in report.warnings[1]
    points = points_of(workspace, database, "a")
    assert points is not None
    assert points.shape == (FRAMES, 137, 3)
    assert points[:20].any(axis=(1, 2)).all()
    assert not points[20:].any()


def test_a_broken_json_is_one_missing_frame_and_one_sentence_naming_it(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    study.video("a.mp4")
    folder = study.keypoints("openpose/a")
    broken_json(folder / "a_000000000007_keypoints.json")
    report = run_import(study)
    assert report.imported == ["a"]
    assert len(only_about(report.warnings, "a_000000000007_keypoints.json")) == 1
    assert len(report.warnings) == 2
    points = points_of(workspace, database, "a")
    assert points is not None
    assert np.flatnonzero(~points.any(axis=(1, 2))).tolist() == [7]


def test_nan_is_a_missing_point_and_one_sentence(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    study.video("a.mp4")
    folder = study.keypoints("openpose/a")
    with_nan(folder / "a_000000000003_keypoints.json")
    report = run_import(study)
    assert report.imported == ["a"]
    assert len(report.warnings) == 2
    assert "a_000000000003_keypoints.json" in report.warnings[1]
    points = points_of(workspace, database, "a")
    assert points is not None
    assert points[3, 0].tolist() == [0, 0, 0]
    assert np.isfinite(points).all()


def test_18_point_bodies_leave_the_clip_without_key_points_and_the_others_whole(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    study.video("a.mp4")
    study.video("b.mp4", shade=30)
    folder = study.keypoints("openpose/a")
    for path in folder.iterdir():
        body_18(path)
    study.keypoints("openpose/b")
    report = run_import(study)
    assert report.imported == ["a", "b"]
    assert report.refused == []
    sentences = only_about(report.warnings, "a.mp4 was imported without key points")
    assert len(sentences) == 1
    assert len(report.warnings) == 2
    assert points_of(workspace, database, "a") is None
    read = points_of(workspace, database, "b")
    assert read is not None
    assert read.shape[1:] == (137, 3)
    assert read[..., 2].any()


def test_the_same_video_under_two_names_is_kept_once(study: Study, run_import: Importer) -> None:
    first = study.video("a.mp4")
    (study.root / "copy.mp4").write_bytes(first.read_bytes())
    study.video("z.mp4", shade=30)
    report = run_import(study)
    assert report.imported == ["a", "z"]
    assert report.refused == ["copy.mp4 is left out: it is the same video as the clip a."]


def test_two_videos_of_one_name_are_one_clip(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    study.video("a.mov", shade=30)
    report = run_import(study)
    assert report.imported == ["a"]
    assert report.refused == ["a.mp4 is left out: a clip called a was taken from a.mov already."]


def test_another_video_under_a_name_that_is_there_is_refused(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    run_import(study)
    study.video("a.mp4", shade=50)
    report = run_import(study)
    assert report.imported == []
    assert report.refused == ["a.mp4 is left out: the clip a is there already, with another video."]


@pytest.fixture
def three(study: Study) -> Study:
    for shade, name in enumerate("abc"):
        study.video(f"{name}.mp4", shade=25 * shade)
    return study


@pytest.mark.parametrize(
    ("table", "sentence", "imported"),
    [
        ("clip,subject,label\na,P1,happy\nb,P2,\nc,P3,negative\n", "unknown label 'happy'", ["b", "c"]),
        ("clip,subject\na,\nb,P2\nc,P3\n", "unknown subject", ["b", "c"]),
        ("clip,subject,split\na,P1,x\nb,P2,\nc,P3,test\n", "unknown split 'x'", ["b", "c"]),
        ("clip,subject,split\na,P1,train\nb,P1,test\nc,P3,\n", "the subject P1 has clips in both", ["c"]),
        ("clip,subject\na,P1\nb,P2\nc,P3\nd,P4\n", "the clip d has no video in study", ["a", "b", "c"]),
        ("clip,subject\na,P1\nb,P2\nc,P3\na,P1\n", "the clip a is in the table already", ["a", "b", "c"]),
    ],
)
def test_a_wrong_row_is_one_sentence_naming_the_table_and_the_other_clips_are_there(
    three: Study, run_import: Importer, table: str, sentence: str, imported: list[str]
) -> None:
    three.table(table)
    report = run_import(three)
    assert report.imported == imported
    assert len(report.refused) == 1
    assert report.refused[0].startswith("clips.csv")
    assert sentence in report.refused[0]
    assert report.warnings == []


def test_a_video_that_the_table_does_not_list_is_left_out(three: Study, run_import: Importer) -> None:
    three.table("clip,subject\na,P1\nb,P2\n")
    report = run_import(three)
    assert report.imported == ["a", "b"]
    assert report.refused == ["c.mp4 is left out: it is not in clips.csv, so whose clip it is is unknown."]


def test_a_table_without_its_clip_column_stops_the_import_before_anything_is_stored(
    three: Study, run_import: Importer, database: Database
) -> None:
    three.table("video,subject\na,P1\n")
    with pytest.raises(TableError, match=r"^clips.csv has no column clip; it has video, subject\.$"):
        run_import(three)
    with database.read() as connection:
        assert clips.all_ids(connection) == []


def test_a_byte_order_mark_changes_nothing(three: Study, run_import: Importer) -> None:
    three.table(b"\xef\xbb\xbfclip,subject\r\na,P1\r\nb,P2\r\nc,P3\r\n")
    report = run_import(three)
    assert report.imported == ["a", "b", "c"]
    assert report.refused == []


def test_a_subject_of_the_training_split_cannot_come_back_in_the_test_split(three: Study, run_import: Importer) -> None:
    three.table("clip,subject,split\na,P1,train\nb,P2,test\n")
    run_import(three)
    three.table("clip,subject,split\nc,P1,test\n")
    report = run_import(three)
    assert report.imported == []
    assert report.refused == ["c.mp4 is left out: it is a test clip of P1, whose other clips are in train."]


def test_a_transcript_that_is_no_text_leaves_the_clip_without_one(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    (study.root / "transcripts").mkdir()
    (study.root / "transcripts" / "a.txt").write_bytes("Zoë".encode("latin-1"))
    report = run_import(study)
    assert report.imported == ["a"]
    assert report.warnings[1:] == ["a.mp4 was imported without a transcript: a.txt is neither UTF-8 nor UTF-16 text."]


def test_a_transcript_named_in_the_table_that_is_not_there_is_one_sentence(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    study.table("clip,subject,transcript\na,P1,gone.txt\n")
    report = run_import(study)
    assert report.imported == ["a"]
    assert report.warnings == ["a.mp4 was imported without a transcript: gone.txt was not found."]


def test_key_points_of_no_video_are_named(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    study.keypoints("openpose/b")
    report = run_import(study)
    assert report.imported == ["a"]
    assert report.warnings[1:] == ["b belongs to no video, so its key points were left out."]


def test_a_folder_without_videos_is_one_sentence(study: Study, run_import: Importer) -> None:
    with pytest.raises(InputError, match="holds no video"):
        run_import(study)


def test_a_folder_that_is_not_there_is_one_sentence(study: Study, run_import: Importer, tmp_path: Path) -> None:
    study.video("a.mp4")
    with pytest.raises(InputError, match=r"^--openpose: .*nowhere is not a folder\.$"):
        run_import(study, openpose=tmp_path / "nowhere")
