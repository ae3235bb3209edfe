"""The label table: a row a video or a row a micro-gesture, with subject ids or without."""

from pathlib import Path

import pytest

from core.errors import InputError, TableError
from core.types.clips import Split
from labeling.ingest.imigue.label_table import find_label_table, read_label_table

HEADER = "video_id,subject_id,win_or_lose\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "labels.csv"


def test_an_interview_has_its_player_side_and_outcome(table: Path) -> None:
    table.write_text(HEADER + "0001,2,Win\n0002,3,Lose\n", encoding="utf-8")
    won, lost = read_label_table(table).interviews.values()
    assert (won.video, won.spelled, won.subject, won.side, won.won) == (1, "0001", "imigue-02", Split.TRAIN, True)
    assert (lost.video, lost.spelled, lost.subject, lost.side, lost.won) == (2, "0002", "imigue-03", Split.TEST, False)


def test_a_row_a_micro_gesture_is_one_interview(table: Path) -> None:
    table.write_text("video_id,start_time,class,subject_id,win_or_lose\n1,0.5,99,2,Win\n1,0.5,99,2,Win\n1,3,4,2,Win\n")
    found = read_label_table(table)
    assert list(found.interviews) == [1]
    assert found.warnings == ()


def test_a_row_that_stands_there_twice_counts_once_and_a_sentence_says_so(table: Path) -> None:
    table.write_text(HEADER + "1,2,Win\n1,2,Win\n", encoding="utf-8")
    found = read_label_table(table)
    assert list(found.interviews) == [1]
    assert found.warnings == ("labels.csv has the same row twice for 1 (row 2); each counts once.",)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("5,2,Draw", "labels.csv, row 1: the video 5 has the unknown win_or_lose 'Draw'; it is Win or Lose."),
        ("5,73,Win", "labels.csv, row 1: the video 5 has the subject_id '73'; iMiGUE's are 1 to 72."),
        ("5,0,Win", "labels.csv, row 1: the video 5 has the subject_id '0'; iMiGUE's are 1 to 72."),
        ("5,,Win", "labels.csv, row 1: the video 5 has the subject_id ''; iMiGUE's are 1 to 72."),
        ("5,2,Win\n5,2,Lose", "labels.csv, row 2: the video 5 has another win_or_lose here than in an earlier row."),
        (
            "5,2,Win\n5,3,Win",
            "labels.csv, row 2: the video 5 is a video of imigue-03 here and of imigue-02 in an earlier row.",
        ),
    ],
)
def test_an_interview_that_cannot_be_used_is_refused_alone(table: Path, rows: str, sentence: str) -> None:
    table.write_text(f"{HEADER}{rows}\n7,4,Lose\n", encoding="utf-8")
    found = read_label_table(table)
    assert (found.refusals, found.refused) == ((sentence,), {5})
    assert list(found.interviews) == [7]


def test_a_row_without_an_id_is_refused(table: Path) -> None:
    table.write_text(HEADER + "final,2,Win\n", encoding="utf-8")
    assert read_label_table(table).refusals == (
        "labels.csv, row 1: 'final' is not the id of a video, which is a number.",
    )


def test_an_outcome_that_is_left_open_is_no_label(table: Path) -> None:
    table.write_text(HEADER + "5,2,\n", encoding="utf-8")
    found = read_label_table(table)
    assert found.interviews[5].won is None
    assert found.warnings == ("labels.csv leaves win_or_lose empty for 5, so no label is known.",)


def test_without_subject_ids_one_gender_and_nationality_counts_as_one_person_and_no_side_is_guessed(
    table: Path,
) -> None:
    table.write_text(
        "video_id,subject_gender,subject_nationality,win_or_lose\n"
        "1,F,Czech Republic,Win\n2,f,Czech Republic,Lose\n3,M,Serbia,Win\n",
        encoding="utf-8",
    )
    found = read_label_table(table)
    assert [each.subject for each in found.interviews.values()] == [
        "imigue-f-czech-republic",
        "imigue-f-czech-republic",
        "imigue-m-serbia",
    ]
    assert {each.side for each in found.interviews.values()} == {None}
    assert found.warnings == (
        "labels.csv has no column subject_id: gender and nationality do not tell who somebody is, so the cross-subject "
        "protocol cannot be set, every video is for training, and all of one gender and nationality count as one person.",
    )


def test_without_subject_ids_a_row_without_gender_is_refused(table: Path) -> None:
    table.write_text("video_id,subject_gender,subject_nationality,win_or_lose\n1,,Serbia,Win\n", encoding="utf-8")
    assert read_label_table(table).refusals == (
        "labels.csv, row 1: the video 1 has no subject_id and no subject_gender with subject_nationality, "
        "so whose it is is unknown.",
    )


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("video_id,subject_id", "labels.csv has no column win_or_lose; it has video_id, subject_id."),
        ("subject_id,win_or_lose", "labels.csv has no column video_id; it has subject_id, win_or_lose."),
        (
            "video_id,win_or_lose",
            "labels.csv has no column subject_id, and without subject_gender and subject_nationality nothing in it tells "
            "people apart.",
        ),
    ],
)
def test_a_table_without_a_column_is_refused_in_one_sentence(table: Path, header: str, sentence: str) -> None:
    table.write_text(header + "\n", encoding="utf-8")
    with pytest.raises(TableError) as error:
        read_label_table(table)
    assert str(error.value) == sentence


def test_the_table_with_subject_ids_is_the_one_that_is_found(tmp_path: Path) -> None:
    texts = {
        "a.csv": "video_id,subject_gender,subject_nationality,win_or_lose\n",
        "b.csv": HEADER,
        "c.csv": "clip,label\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert find_label_table(tmp_path / name for name in texts) == tmp_path / "b.csv"
    assert find_label_table([tmp_path / "c.csv"]) is None


def test_two_tables_that_could_be_meant_are_an_error(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text(HEADER, encoding="utf-8")
    with pytest.raises(
        InputError, match=r"^There are several label tables \(.*a\.csv, .*b\.csv\); say which one with --table\.$"
    ):
        find_label_table(paths)
