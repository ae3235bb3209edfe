"""The two protocols as constants, and lists of ids in the forms in which people keep them."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import TableError
from core.types.clips import Split
from labeling.ingest.imigue.protocols import (
    CROSS_SUBJECT,
    SUBJECTS,
    TRAIN_SUBJECTS,
    count_side,
    on_both_sides,
    read_protocol_ids,
    side_of,
)

WANTED = {1: Split.TRAIN, 2: Split.TRAIN, 30: Split.TEST}


@pytest.fixture
def ids(tmp_path: Path) -> Path:
    return tmp_path / "ids.txt"


def test_37_of_the_72_players_train() -> None:
    assert len(TRAIN_SUBJECTS) == 37
    assert [side_of(subject) for subject in SUBJECTS].count(Split.TEST) == 35


@pytest.mark.parametrize(
    "text",
    [
        "train: 1 2\ntest: 30\n",
        "train\n1\n2\n\ntest\n30\n",
        "video_id,split\n0001,train\n0002,train\n0030,test\n",
        "video_id;split\r\n1;Train\r\n2;Train\r\n30;Test\r\n",
        '{"train": [1, 2], "test": [30]}',
        "training_list = [1,\n  2]\n# the washed list\ntesting_list = [30]\n",
        "train,1\ntrain,2\ntest,30\n",
        "\ufefftrain: 1 2\n\n   \ntest: 30",
    ],
)
def test_a_list_of_ids_is_read_in_each_of_its_forms(ids: Path, text: str) -> None:
    ids.write_bytes(text.encode())
    found = read_protocol_ids(ids)
    assert (found.sides, found.warnings) == (WANTED, ())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.integers(0, 999), st.sampled_from(Split)).filter(bool), st.sampled_from([",", ";", "\t", " "])
)
def test_what_is_written_a_line_an_id_is_read_back(ids: Path, sides: dict[int, Split], separator: str) -> None:
    ids.write_text("\n".join(f"{number:04d}{separator}{side}" for number, side in sides.items()), encoding="utf-8")
    assert read_protocol_ids(ids).sides == sides


def test_an_id_that_stands_there_twice_counts_once_and_a_sentence_says_so(ids: Path) -> None:
    ids.write_text("train: 1 2 2\ntest: 30\n", encoding="utf-8")
    found = read_protocol_ids(ids)
    assert found.sides == WANTED
    assert found.warnings == ("ids.txt names 2 more than once, which counts once.",)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 2 3", "ids.txt, line 1: the id 1 has no side; write train or test before it or behind it."),
        ("train: 1\ntest: 2 1", "ids.txt, line 2: the id 1 is on both sides, train and test."),
        ("train: 1\nvalidation: 2", "ids.txt, line 2: 'validation' is neither an id nor train nor test."),
        (f"train: {'9' * 12}\n", f"ids.txt, line 1: '{'9' * 12}' is neither an id nor train nor test."),
        ("\n\n", "ids.txt names no id."),
        ("train:\ntest:\n", "ids.txt names no id."),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_in_one_sentence(ids: Path, text: str, sentence: str) -> None:
    ids.write_text(text, encoding="utf-8")
    with pytest.raises(TableError) as error:
        read_protocol_ids(ids)
    assert str(error.value) == sentence


def test_a_list_that_is_no_text_is_refused(ids: Path) -> None:
    ids.write_bytes(b"\xff\xfet\x00r\x00")
    with pytest.raises(TableError, match=r"^ids\.txt is not UTF-8 text\.$"):
        read_protocol_ids(ids)


def test_counts_that_differ_stand_next_to_the_published_ones() -> None:
    counts = count_side(CROSS_SUBJECT, Split.TEST, [True, False, False, None])
    assert not counts.as_published
    assert counts.sentence == (
        "imigue-cross-subject, test: 3 videos (1 won, 2 lost) and 1 without a label; "
        "published: 104 videos (56 won, 48 lost)."
    )


def test_only_people_with_videos_on_both_sides_are_named() -> None:
    sides = {1: Split.TRAIN, 2: Split.TEST, 3: Split.TRAIN, 4: Split.TRAIN, 5: Split.TEST}
    assert on_both_sides(sides, {1: "b", 2: "b", 3: "a", 4: "a", 5: "c"}) == ("b",)
