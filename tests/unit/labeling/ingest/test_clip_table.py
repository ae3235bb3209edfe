"""What a researcher's table may look like, and what each mistake in it says."""

from pathlib import Path

import pytest

from core.errors import TableError
from core.taxonomy import DEFAULT_TAXONOMY
from core.types.clips import Split
from labeling.ingest.clip_table import ClipTable, clip_name, read_clip_table, read_table


def read(folder: Path, text: str | bytes) -> ClipTable:
    path = folder / "clips.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_clip_table(path, DEFAULT_TAXONOMY)


def test_every_column_is_read(tmp_path: Path) -> None:
    table = read(tmp_path, 'clip,subject,label,split,transcript\na.mp4,P1,Positive,test,"Well, yes."\n')
    row = table.rows["a"]
    assert (row.subject, row.label, row.split, row.transcript) == ("P1", "positive", Split.TEST, "Well, yes.")
    assert table.refusals == ()


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    table = read(tmp_path, b"\xef\xbb\xbfclip,subject\na,P1\n")
    assert set(table.rows) == {"a"}
    assert table.refusals == ()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_told_from_the_header(tmp_path: Path, separator: str) -> None:
    table = read(tmp_path, f"clip{separator}subject\na{separator}P1\n")
    assert table.rows["a"].subject == "P1"


def test_an_empty_label_and_split_are_no_label_and_train(tmp_path: Path) -> None:
    row = read(tmp_path, "clip,subject,label,split\na,P1,,\n").rows["a"]
    assert row.label is None
    assert row.split is Split.TRAIN


def test_a_subject_written_na_like_pandas_keeps_its_letters(tmp_path: Path) -> None:
    assert read(tmp_path, "clip,subject\na,NA\n").rows["a"].subject == "NA"


def test_an_unknown_label_refuses_its_row_and_lists_the_labels(tmp_path: Path) -> None:
    table = read(tmp_path, "clip,subject,label\na,P1,happy\nb,P1,negative\n")
    assert table.refused == {"a"}
    assert set(table.rows) == {"b"}
    assert table.refusals == (
        "clips.csv, row 1: the clip a has the unknown label 'happy'; the labels are positive, negative.",
    )


@pytest.mark.parametrize("subject", ["", "  ", "unknown", "?", "N/A"])
def test_an_unknown_subject_refuses_its_row(tmp_path: Path, subject: str) -> None:
    table = read(tmp_path, f"clip,subject\na,{subject}\nb,P2\n")
    assert table.refused == {"a"}
    assert set(table.rows) == {"b"}
    assert len(table.refusals) == 1
    assert "clips.csv, row 1: the clip a has an unknown subject" in table.refusals[0]


def test_an_unknown_split_refuses_its_row(tmp_path: Path) -> None:
    table = read(tmp_path, "clip,subject,split\na,P1,val\nb,P2,test\n")
    assert table.refused == {"a"}
    assert "unknown split 'val'; the splits are train, test" in table.refusals[0]


def test_a_subject_on_both_sides_is_refused_and_named(tmp_path: Path) -> None:
    table = read(tmp_path, "clip,subject,split\na,P1,train\nb,P1,test\nc,P2,test\n")
    assert table.refused == {"a", "b"}
    assert set(table.rows) == {"c"}
    assert len(table.refusals) == 1
    assert "the subject P1 has clips in both train and test (a, b)" in table.refusals[0]


def test_the_first_of_two_rows_of_one_clip_counts(tmp_path: Path) -> None:
    table = read(tmp_path, "clip,subject\na,P1\na.mp4,P2\n")
    assert table.rows["a"].subject == "P1"
    assert table.refusals == ("clips.csv, row 2: the clip a is in the table already; its first row counts.",)


def test_a_row_without_a_clip_is_named_by_its_number(tmp_path: Path) -> None:
    table = read(tmp_path, "clip,subject\n,P1\nb,P2\n")
    assert table.refusals == ("clips.csv, row 1: the column clip is empty.",)
    assert set(table.rows) == {"b"}


def test_without_a_subject_column_each_clip_is_its_own_person_and_a_warning_says_so(tmp_path: Path) -> None:
    table = read(tmp_path, "clip,label\na,positive\n")
    assert table.rows["a"].subject == "a"
    assert table.warnings == ("clips.csv has no column subject, so every clip counts as a person of its own.",)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("video,subject\na,P1\n", "clips.csv has no column clip; it has video, subject."),
        ("", "clips.csv is empty; it needs at least the column clip."),
        ("clip,subject,clip\na,P1,b\n", "clips.csv has the column clip twice."),
        ("clip,subject\na,P1,positive\n", "clips.csv has a row with more cells than its header has columns."),
        ("clip,subject\na,Zoë\n".encode("latin-1"), "clips.csv is not UTF-8 text; save it as CSV in UTF-8."),
        ("clip,subject\na,P1\n".encode("utf-16"), "clips.csv is not UTF-8 text; save it as CSV in UTF-8."),
        (b"clip,subject\na,P\0\n", "clips.csv is not UTF-8 text; save it as CSV in UTF-8."),
        ('clip,subject\na,"P1\nb,P2\n', "clips.csv has a quotation mark that is never closed."),
        ("\n \n\n", "clips.csv is empty; it needs at least the column clip."),
        ("clip," * 99_999 + "x\n", "clips.csv has 100,000 columns; at most 10,000 are read."),
        ("clip\n" + "a\n" * 250_001, "clips.csv has more than 250,000 rows; no more are read of a table this wide."),
        (
            "clip," * 9_999 + "x\n" + "a\n" * 1_001,
            "clips.csv has more than 1,000 rows; no more are read of a table this wide.",
        ),
    ],
    ids=lambda given: str(given[:20]),
)
def test_a_table_that_cannot_be_used_is_refused_whole_in_one_sentence(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    with pytest.raises(TableError) as refusal:
        read(tmp_path, text)
    assert str(refusal.value) == sentence


def test_a_dot_in_a_clip_name_is_no_suffix() -> None:
    assert clip_name("P07.01") == "P07.01"
    assert clip_name("P07.01.MP4") == "P07.01"


def test_a_table_larger_than_any_study_is_refused_before_it_is_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "clips.csv"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(TableError, match=r"^clips\.csv is larger than 64 MiB"):
        read_clip_table(path, DEFAULT_TAXONOMY)


def test_a_clip_for_each_row_of_the_largest_study_is_read(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text("clip\n" + "".join(f"{number}\n" for number in range(100_001)))
    assert len(read_table(tmp_path / "clips.csv", needed=("clip",), known=("clip",)).cells) == 100_001


def test_the_lines_of_a_long_transcript_are_no_rows(tmp_path: Path) -> None:
    said = "- Well.\n" * 100_001
    assert read(tmp_path, f'clip,transcript\na,"{said}"\n').rows["a"].transcript == said.strip()


def test_a_row_with_fewer_cells_has_the_others_empty(tmp_path: Path) -> None:
    table = read(tmp_path, "clip,subject,label\na,P1\n")
    assert (table.rows["a"].subject, table.rows["a"].label) == ("P1", None)


def test_a_header_over_two_lines_of_a_very_long_column_is_read(tmp_path: Path) -> None:
    table = read(tmp_path, f'\nclip,subject,"{"how it went " * 20_000}\nin words"\na,P1,well\n')
    assert table.rows["a"].subject == "P1"


@pytest.mark.parametrize("row", [f"{'a' * 300},P1,", f"a,{'P' * 300},"])
def test_a_name_that_no_page_could_show_refuses_its_row(tmp_path: Path, row: str) -> None:
    table = read(tmp_path, f"clip,subject,label\n{row}\nb,P2,\n")
    assert set(table.rows) == {"b"}
    assert "more than 255 characters" in table.refusals[0]


@pytest.mark.parametrize("cell", ["x" * 100_000, "\x1b[2J", "\u202egnp", "=1+1", "1e308"])
def test_what_a_refusal_quotes_is_short_and_moves_no_cursor(tmp_path: Path, cell: str) -> None:
    (said,) = read(tmp_path, f"clip,subject,label\na,P1,{cell}\n").refusals
    assert said.isprintable()
    assert len(said) <= 600


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nclip;subject;label\na;P1;positive\n",
        '\ufeff"sep=;"\r\nclip;subject;label\r\na;P1;positive\r\n',
        "sep=|\nclip|subject|label\na|P1|positive\n",
        "sep=,,\nclip,subject,label\na,P1,positive\n",
        "clip;subject;label;;;\na;P1;positive;;;\n;;;;;\n ; ;;;;\n",
        ";;;\n;;;\nclip;subject;label;\n;;;\na;P1;positive;\n",
        ";clip;subject;label\n;a;P1;positive\n",
    ],
    ids=range(7),
)
def test_what_spreadsheets_add_is_no_part_of_the_table(tmp_path: Path, text: str) -> None:
    table = read(tmp_path, text)
    assert table.refusals == ()
    assert {name: (row.subject, row.label) for name, row in table.rows.items()} == {"a": ("P1", "positive")}


def test_empty_rows_count_in_the_number_of_a_row(tmp_path: Path) -> None:
    table = read(tmp_path, "clip,subject,label\n,,\n,,\na,P1,happy\n")
    assert table.refusals[0].startswith("clips.csv, row 3: the clip a")
