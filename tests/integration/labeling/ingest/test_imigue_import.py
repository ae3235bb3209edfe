"""A few videos in iMiGUE's layout: what is found and stored, what is refused alone, what stops the whole import."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InputError, JobCancelledError, SettingsError, TableError
from core.progress import SilentProgress
from core.types.clips import Clip, Split
from core.types.features import FeatureKind
from core.workspace import Workspace, open_workspace
from db import annotated_cues, clips, features, protocols
from db.engine import Database, open_database
from labeling.ingest.imigue.import_release import import_imigue
from labeling.ingest.imigue.protocols import CROSS_SUBJECT, EMOTION
from tests.integration.labeling.ingest.imigue_release import ImigueImporter, Release

HEADER = "video_id,subject_id,win_or_lose\n"
TABLE = HEADER + "1,2,Win\n2,3,Lose\n3,2,Lose\n"
SPEECH_TABLE = "video_id,subject_gender,subject_nationality,win_or_lose\n0001,M,Serbia,Win\n"
SPEECH_TABLE += "0002,M,Serbia,Lose\n0003,F,Italy,Lose\n"


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Three videos with key points; 1 and 3 are of player 2, who trains, 2 is of player 3, who tests. No table yet."""
    release = Release(tmp_path / "release")
    for number in (1, 2, 3):
        release.video(number)
        release.keypoints(number)
    return release


@pytest.fixture
def run_import(workspace: Workspace, database: Database) -> ImigueImporter:
    return ImigueImporter(workspace, database)


def stored(database: Database) -> dict[str, Clip]:
    with database.read() as connection:
        return {clip.name: clip for clip in clips.many(connection, clips.all_ids(connection))}


def counted(warnings: list[str]) -> list[str]:
    """The warnings beside those on counts, which every small release has."""
    return [warning for warning in warnings if not warning.startswith("Not the published counts: ")]


def test_clips_have_their_players_labels_and_sides(
    release: Release, run_import: ImigueImporter, database: Database
) -> None:
    release.table(TABLE)
    report = run_import(release)
    assert report.imported == ["0001", "0002", "0003"]
    assert (counted(report.warnings), report.refused) == ([], [])
    found = stored(database)
    assert {name: (clip.subject, clip.gold_label, clip.split) for name, clip in found.items()} == {
        "0001": ("imigue-02", "positive", Split.TRAIN),
        "0002": ("imigue-03", "negative", Split.TEST),
        "0003": ("imigue-02", "negative", Split.TRAIN),
    }
    with database.read() as connection:
        assert FeatureKind.KEYPOINTS in features.of_clip(connection, found["0001"].id)


def test_what_was_found_without_being_named_is_told(release: Release, run_import: ImigueImporter) -> None:
    release.table("video_id,subject_id,win_or_lose,start_time,end_time,class\n1,2,Win,0.0,0.1,5\n")
    assert run_import(release).notes == [
        "Label/labels_20200831.csv was used as the label table.",
        "labels_20200831.csv has micro-gestures too, which were taken as human cues.",
    ]


def test_counts_that_are_not_the_published_ones_are_a_warning(release: Release, run_import: ImigueImporter) -> None:
    release.table(TABLE)
    assert run_import(release).warnings == [
        "Not the published counts: imigue-cross-subject, train: 2 videos (1 won, 1 lost); "
        "published: 255 videos (202 won, 53 lost).",
        "Not the published counts: imigue-cross-subject, test: 1 video (0 won, 1 lost); "
        "published: 104 videos (56 won, 48 lost).",
    ]


@pytest.mark.parametrize("packed", ["zip", "tar", "gztar"])
def test_key_points_are_found_in_an_archive_and_a_folder_comes_first(
    release: Release, run_import: ImigueImporter, database: Database, packed: str
) -> None:
    release.video(4)
    archive = release.keypoints(4, packed=packed)
    (archive.parent / "1.zip").write_bytes(b"this is what the folder was unpacked from, cut in half")
    release.table(TABLE + "4,2,Win\n")
    assert counted(run_import(release).warnings) == []
    with database.read() as connection:
        assert len(features.clips_with(connection, FeatureKind.KEYPOINTS)) == 4


def test_words_come_from_imigue_speech_the_plainest_file_first(
    release: Release, run_import: ImigueImporter, database: Database
) -> None:
    release.table(TABLE)
    release.words(1, "Well, I played fine.")
    release.words(1, "well i played fine", ".asr.txt")
    release.words(2, "", ".txt")
    release.words(2, "not my day", ".asr.txt")
    report = run_import(release, speech=release.speech)
    assert {name: clip.transcript for name, clip in stored(database).items()} == {
        "0001": "Well, I played fine.",
        "0002": "not my day",
        "0003": None,
    }
    assert counted(report.warnings) == ["iMiGUE-Speech has no words for 0003 (1 of 3)."]


def test_with_imigue_speech_alone_no_side_is_guessed(
    release: Release, run_import: ImigueImporter, database: Database, tmp_path: Path
) -> None:
    release.speech_table(SPEECH_TABLE)
    for number in (1, 2, 3):
        release.words(number, f"match {number}")
    ids = tmp_path / "ids.txt"
    ids.write_text("train: 1\ntest: 2 3\n", encoding="utf-8")
    report = run_import(release, speech=release.speech, emotion_ids=ids)
    assert {name: (clip.subject, clip.split) for name, clip in stored(database).items()} == {
        "0001": ("imigue-m-serbia", Split.TRAIN),
        "0002": ("imigue-m-serbia", Split.TRAIN),
        "0003": ("imigue-f-italy", Split.TRAIN),
    }
    assert [warning.split(":")[0] for warning in counted(report.warnings)] == [
        "labels.csv has no column subject_id",
        "Without subject ids it cannot be told who stands on both sides of the emotion protocol (39 players in the release).",
    ]
    with database.read() as connection:
        assert protocols.names(connection) == (EMOTION,)


def test_a_table_with_subject_ids_comes_before_imigue_speechs(
    release: Release, run_import: ImigueImporter, database: Database
) -> None:
    release.table(TABLE)
    release.speech_table(SPEECH_TABLE)
    run_import(release, speech=release.speech)
    assert stored(database)["0002"].subject == "imigue-03"


def test_the_emotion_protocol_leaves_a_clips_split_alone(
    release: Release, run_import: ImigueImporter, database: Database, tmp_path: Path
) -> None:
    release.table(TABLE)
    ids = tmp_path / "ids.txt"
    ids.write_text("train: 1 2\ntest: 3\n", encoding="utf-8")
    report = run_import(release, emotion_ids=ids)
    found = stored(database)
    with database.read() as connection:
        sides = protocols.splits(connection, EMOTION)
    assert sides == {found["0001"].id: Split.TRAIN, found["0002"].id: Split.TRAIN, found["0003"].id: Split.TEST}
    assert found["0003"].split is Split.TRAIN
    assert report.on_both_sides == ("imigue-02",)


def test_ids_of_the_emotion_protocol_that_are_not_there_are_told(
    release: Release, run_import: ImigueImporter, database: Database, tmp_path: Path
) -> None:
    release.table(TABLE)
    ids = tmp_path / "ids.txt"
    ids.write_bytes("\ufefftrain:\r\n\r\n1\r\n777\r\n\r\ntest:\r\n2\r\n".encode())
    report = run_import(release, emotion_ids=ids)
    assert counted(report.warnings) == [
        "Ids of the emotion protocol that are not among the imported videos were left out: 777."
    ]
    with database.read() as connection:
        assert len(protocols.splits(connection, EMOTION)) == 2


def test_micro_gestures_of_a_table_of_their_own_become_human_cues(
    release: Release, run_import: ImigueImporter, database: Database, tmp_path: Path
) -> None:
    release.table(TABLE)
    marks = tmp_path / "marks.csv"
    marks.write_text(
        "id,start,end,class\n1,0.00,0.08,99\n1,0.08,0.04,2\n1,5,6,2\n2,0,0.1,42\n9,0,1,3\n", encoding="utf-8"
    )
    report = run_import(release, micro_gestures=marks)
    assert counted(report.warnings) == [
        "marks.csv: micro-gestures were left out whose row ends before it starts (row 2).",
        "marks.csv: micro-gestures were left out whose row has the unknown class '42' (row 4).",
        "Micro-gestures that begin after their video's end were left out: 1 in 0001.",
        "Micro-gestures of videos that were not imported were left out: 9.",
    ]
    with database.read() as connection:
        (cue,) = annotated_cues.of_clip(connection, stored(database)["0001"].id)
    assert (cue.class_id, cue.cue, cue.start_s, cue.end_s, cue.source) == (
        99,
        "illustrative body language",
        0.0,
        0.08,
        "iMiGUE",
    )
    assert report.micro_gestures == 1


def test_importing_again_adds_only_what_is_new(
    release: Release, run_import: ImigueImporter, database: Database
) -> None:
    release.table(TABLE)
    run_import(release)
    before = stored(database)
    release.video(4)
    release.keypoints(4)
    release.table(TABLE + "4,1,Win\n")
    report = run_import(release)
    assert report.imported == ["0004"]
    after = stored(database)
    assert {name: after[name] for name in before} == before
    with database.read() as connection:
        sides = protocols.splits(connection, CROSS_SUBJECT)
    assert sides == {clip.id: clip.split for clip in after.values()}


def test_a_table_of_the_new_videos_alone_keeps_the_sides_of_the_others(
    release: Release, run_import: ImigueImporter, database: Database
) -> None:
    release.table(TABLE)
    run_import(release)
    release.video(4)
    release.table(HEADER + "4,1,Win\n")
    run_import(release)
    with database.read() as connection:
        assert len(protocols.splits(connection, CROSS_SUBJECT)) == 4


def test_a_video_without_a_row_is_refused_alone(release: Release, run_import: ImigueImporter) -> None:
    release.table(HEADER + "1,2,Win\n3,2,Lose\n")
    report = run_import(release)
    assert report.imported == ["0001", "0003"]
    assert report.refused == ["0002.mp4 is left out: it is not in labels_20200831.csv, so whose clip it is is unknown."]


def test_a_row_without_a_video_is_told(release: Release, run_import: ImigueImporter) -> None:
    release.table(TABLE + "0044,2,Win\n")
    report = run_import(release)
    assert len(report.imported) == 3
    assert report.refused == ["labels_20200831.csv: the clip 0044 has no video in release."]


def test_a_row_that_cannot_be_used_refuses_its_video_alone(release: Release, run_import: ImigueImporter) -> None:
    release.table(HEADER + "1,2,Draw\n2,73,Win\n3,2,Lose\n")
    report = run_import(release)
    assert report.imported == ["0003"]
    assert report.refused == [
        "labels_20200831.csv, row 1: the video 1 has the unknown win_or_lose 'Draw'; it is Win or Lose.",
        "labels_20200831.csv, row 2: the video 2 has the subject_id '73'; iMiGUE's are 1 to 72.",
    ]


def test_missing_key_points_are_one_sentence(release: Release, run_import: ImigueImporter) -> None:
    release.video(4)
    release.table(TABLE + "4,2,Win\n")
    report = run_import(release)
    assert len(report.imported) == 4
    assert counted(report.warnings) == [
        "release has no key points for 0004 (1 of 4): neither a folder of files such as "
        "12/12_000000000000_keypoints.json nor a 12.zip."
    ]


def test_key_points_without_a_video_are_told(release: Release, run_import: ImigueImporter) -> None:
    release.keypoints(8)
    release.table(TABLE)
    assert counted(run_import(release).warnings) == ["8 belongs to no video, so its key points were left out."]


def test_one_bad_video_never_stops_the_rest(release: Release, run_import: ImigueImporter) -> None:
    (release.root / "videos" / "0001" / "0001.mp4").write_text("this is no video", encoding="utf-8")
    release.table(TABLE)
    report = run_import(release)
    assert report.imported == ["0002", "0003"]
    assert len(report.refused) == 1
    assert "0001.mp4" in report.refused[0]


def test_a_video_under_another_name_and_a_second_one_of_an_id_are_left_aside(
    release: Release, run_import: ImigueImporter
) -> None:
    release.video(50, name="trailer")
    second = release.video(51, name="1")
    release.table(TABLE)
    report = run_import(release)
    assert report.imported == ["0001", "0002", "0003"]
    first = release.root / "videos" / "0001" / "0001.mp4"
    assert report.refused == [
        f"{second} is left out: {first} is the video 1 already.",
        "trailer.mp4 is left out: its name is not an id of iMiGUE, such as 0012.mp4.",
    ]


def test_a_folder_that_is_linked_into_itself_is_walked_once(release: Release, run_import: ImigueImporter) -> None:
    (release.root / "videos" / "all").symlink_to(release.root, target_is_directory=True)
    release.table(TABLE)
    assert run_import(release).refused == []


def test_a_workspace_that_knows_a_clip_as_somebody_elses_is_left_as_it_is(
    release: Release, run_import: ImigueImporter, database: Database
) -> None:
    release.speech_table(SPEECH_TABLE)
    run_import(release, speech=release.speech)
    before = stored(database)
    release.table(TABLE)
    release.video(4)
    with pytest.raises(InputError) as error:
        run_import(release)
    assert str(error.value) == (
        "labels_20200831.csv gives 0001 to imigue-02, but the workspace has it as a clip of imigue-m-serbia; "
        "import into a workspace of its own, so that nobody is on both sides."
    )
    assert stored(database) == before


def test_a_taxonomy_without_won_and_lost_is_refused_in_one_sentence(release: Release, tmp_path: Path) -> None:
    root = tmp_path / "moods"
    root.mkdir()
    labels = [
        f'[[taxonomy.labels]]\nname = "{name}"\ntitle = "{name}"\ncolor = "#{key * 6}"\nkey = "{key}"\n'
        for key, name in (("1", "calm"), ("2", "tense"))
    ]
    (root / "telltale.toml").write_text("\n".join(labels), encoding="utf-8")
    workspace = open_workspace(root)
    database = open_database(workspace)
    release.table(TABLE)
    with pytest.raises(SettingsError) as error:
        import_imigue(workspace, database, release.root, progress=SilentProgress())
    database.dispose()
    assert str(error.value) == (
        "taxonomy in telltale.toml has the labels calm, tense; iMiGUE's won and lost matches need positive and negative."
    )


@pytest.mark.parametrize(
    ("spoil", "error", "sentence"),
    [
        (lambda release: {}, InputError, "holds no label table"),
        (lambda release: {"table": release.root / "no.csv"}, InputError, r"^--table: .*no\.csv is not a file\.$"),
        (lambda release: {"speech": release.root / "no"}, InputError, r"^.* holds no label table"),
        (lambda release: {"emotion_ids": release.root / "no"}, InputError, "^--emotion-ids: .*no is not a file"),
        (lambda release: {"micro_gestures": release.root / "no"}, InputError, "^--micro-gestures: .*no is neither"),
        (
            lambda release: {"table": release.table("video_id,subject_id\n1,2\n", "named.csv")},
            TableError,
            r"^named\.csv has no column win_or_lose; it has video_id, subject_id\.$",
        ),
    ],
)
def test_what_cannot_be_used_as_a_whole_stops_the_import_before_the_first_clip(
    release: Release,
    run_import: ImigueImporter,
    database: Database,
    spoil: Callable[[Release], dict[str, Path]],
    error: type[InputError],
    sentence: str,
) -> None:
    with pytest.raises(error, match=sentence):
        run_import(release, **spoil(release))
    assert stored(database) == {}


def test_a_folder_without_a_video_is_refused(tmp_path: Path, run_import: ImigueImporter) -> None:
    empty = Release(tmp_path / "empty")
    with pytest.raises(InputError, match=r"holds no video of iMiGUE: a file named by its id, such as 0012\.mp4"):
        run_import(empty)


def test_a_cancelled_import_keeps_what_it_has_and_goes_on_the_next_time(
    release: Release, workspace: Workspace, database: Database, run_import: ImigueImporter
) -> None:
    class CancelAfterOne(SilentProgress):
        def raise_if_cancelled(self) -> None:
            if stored(database):
                raise JobCancelledError("Cancelled.")

    release.table(TABLE)
    with pytest.raises(JobCancelledError):
        import_imigue(workspace, database, release.root, progress=CancelAfterOne())
    assert list(stored(database)) == ["0001"]
    assert run_import(release).imported == ["0002", "0003"]
