"""Rows of micro-gestures: their classes, their times, and what becomes of bad ones."""

from fractions import Fraction
from pathlib import Path

import pytest

from core.errors import TableError
from core.pose.cues import CATALOG
from labeling.ingest.imigue.micro_gestures import CLASSES, CUES, MicroGesture, cues_of, read_micro_gestures

HEADER = "video_id,start_time,end_time,class\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "gestures.csv"


def test_classes_are_1_to_31_and_99() -> None:
    assert sorted(CLASSES) == [*range(1, 32), 99]
    assert len(set(CLASSES.values())) == 32


def test_every_micro_gesture_of_the_catalog_that_imigue_has_is_named_by_a_class() -> None:
    measured_only = {"leaning forward", "head down", "head turned", "nodding", "head shaking"}
    facial_actions = {"mouth open", "smile", "blink", "brow raise", "brow lowerer"}
    assert set(CATALOG) - facial_actions - set(CUES.values()) == measured_only


def test_a_class_is_mapped_to_a_cue_of_the_catalog_or_to_none() -> None:
    assert {cue for cue in CUES.values() if cue is not None} <= set(CATALOG)
    assert CUES[99] == "illustrative body language"
    assert CUES[30] is None


@pytest.mark.parametrize(
    "columns", ["video_id,start_time,end_time,class", "id,start,end,class", "id,start_sec,end_sec,label"]
)
def test_a_table_goes_by_each_of_its_columns_names(table: Path, columns: str) -> None:
    table.write_text(f"{columns}\n0012,1.5,2.25,99\n12,0:03,1:04.5,7\n", encoding="utf-8")
    found = read_micro_gestures(table)
    assert found.of_video == {12: (MicroGesture(99, 1.5, 2.25, False), MicroGesture(7, 3.0, 64.5, False))}
    assert found.warnings == ()


def test_frames_become_seconds_at_the_clips_own_rate(table: Path) -> None:
    table.write_text("video_id,start_frame,end_frame,class\n5,30,60,11\n", encoding="utf-8")
    gestures = read_micro_gestures(table).of_video[5]
    (cue,), behind = cues_of(gestures, Fraction(30000, 1001), 10.0)
    assert (cue.start_s, cue.end_s, behind) == (pytest.approx(1.001), pytest.approx(2.002), 0)
    assert (cue.cue, cue.name, cue.class_id, cue.source) == ("touching jaw", "touching jaw", 11, "iMiGUE")


def test_times_are_taken_where_a_table_has_frames_as_well(table: Path) -> None:
    table.write_text("video_id,start_frame,end_frame,start_time,end_time,class\n5,30,60,1.0,2.0,11\n", encoding="utf-8")
    assert read_micro_gestures(table).of_video[5] == (MicroGesture(11, 1.0, 2.0, False),)


def test_a_folder_holds_a_file_a_video(tmp_path: Path) -> None:
    (tmp_path / "0012.csv").write_text("\ufeff0.5,1.5,20\n\n2 3 99\n", encoding="utf-8")
    (tmp_path / "13.txt").write_text("start_sec end_sec class\n4.0 5.0 1\n", encoding="utf-8")
    (tmp_path / "readme.txt").write_text("nothing to read", encoding="utf-8")
    found = read_micro_gestures(tmp_path)
    assert found.of_video == {
        12: (MicroGesture(20, 0.5, 1.5, False), MicroGesture(99, 2.0, 3.0, False)),
        13: (MicroGesture(1, 4.0, 5.0, False),),
    }
    assert found.warnings == ()


def test_a_file_of_a_folder_that_is_no_text_is_left_out_alone(tmp_path: Path) -> None:
    (tmp_path / "0012.csv").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "13.txt").write_text("4.0 5.0 1\n", encoding="utf-8")
    found = read_micro_gestures(tmp_path)
    assert found.of_video == {13: (MicroGesture(1, 4.0, 5.0, False),)}
    assert found.warnings == ("Micro-gestures of a file were left out: 0012.csv is neither UTF-8 nor UTF-16 text.",)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("12,2.0,1.0,20", "ends before it starts"),
        ("12,1.0,2.0,32", "has the unknown class '32'"),
        ("12,1.0,2.0,", "has the unknown class ''"),
        ("12,1.0,2.0,nodding", "has the unknown class 'nodding'"),
        ("12,early,2.0,20", "has a start or end that is no time"),
        ("12,-1.0,2.0,20", "has a start or end that is no time"),
        ("12,nan,2.0,20", "has a start or end that is no time"),
        ("final,1.0,2.0,20", "has no id of a video but 'final'"),
        ("12,0.0,1.0,20", "stands there twice"),
    ],
)
def test_a_bad_row_is_left_out_in_a_sentence_and_the_rest_stays(table: Path, row: str, problem: str) -> None:
    table.write_text(f"{HEADER}12,0.0,1.0,20\n{row}\n12,5.0,6.0,21\n", encoding="utf-8")
    found = read_micro_gestures(table)
    assert found.warnings == (f"gestures.csv: micro-gestures were left out whose row {problem} (row 2).",)
    assert found.of_video == {12: (MicroGesture(20, 0.0, 1.0, False), MicroGesture(21, 5.0, 6.0, False))}


def test_many_rows_with_the_same_problem_are_one_sentence(table: Path) -> None:
    table.write_text(HEADER + "12,2.0,1.0,20\n" * 8, encoding="utf-8")
    assert read_micro_gestures(table).warnings == (
        "gestures.csv: micro-gestures were left out whose row ends before it starts "
        "(row 1, row 2, row 3, row 4, row 5 and 3 more).",
    )


def test_a_video_in_which_nothing_was_marked_has_an_empty_row(table: Path) -> None:
    table.write_text(HEADER + "12,,,\n", encoding="utf-8")
    found = read_micro_gestures(table)
    assert (found.of_video, found.warnings) == ({}, ())


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("video_id,start_time,end_time", "gestures.csv has no column class; it has video_id, start_time, end_time."),
        ("start_time,end_time,class", "gestures.csv has no column video_id; it has start_time, end_time, class."),
        (
            "video_id,start_time,class",
            "gestures.csv has no columns start_time and end_time; it has video_id, start_time, class.",
        ),
        ("", "gestures.csv is empty."),
    ],
)
def test_a_table_without_a_column_is_refused_in_one_sentence(table: Path, header: str, sentence: str) -> None:
    table.write_text(header, encoding="utf-8")
    with pytest.raises(TableError) as error:
        read_micro_gestures(table)
    assert str(error.value) == sentence


def test_a_cue_is_cut_at_the_clips_end_and_one_behind_it_is_counted() -> None:
    gestures = [MicroGesture(20, 8.0, 11.0, False), MicroGesture(20, 10.0, 11.0, False)]
    (cue,), behind = cues_of(gestures, Fraction(25), 10.0)
    assert (cue.start_s, cue.end_s, behind) == (8.0, 10.0, 1)
