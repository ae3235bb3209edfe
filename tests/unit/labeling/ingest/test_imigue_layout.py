"""Ids as they are spelled in file names and cells, and what a folder of the release is searched for."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.printable import some_of
from labeling.ingest.imigue.layout import find_imigue, find_speech, video_id


@given(st.integers(0, 10**9 - 1), st.integers(0, 9), st.sampled_from(["", ".mp4", ".0", ".00", ".avi"]))
def test_an_id_is_the_same_number_however_it_is_spelled(number: int, width: int, behind: str) -> None:
    assert video_id(f"{number:0{width}d}{behind}") == number


@pytest.mark.parametrize("text", ["", "final", "12a", "-1", "1.5", "1e3", "12_2", "1234567890"])
def test_what_is_no_number_is_no_id(text: str) -> None:
    assert video_id(text) is None


def test_a_folder_of_frame_files_is_known_by_them_and_may_hold_its_video(tmp_path: Path) -> None:
    for path in ("a/0007/7_000000000000_keypoints.json", "a/0007/0007.mp4", "b/8.jsonl", "b/0008.mov", "c/.9.mp4"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    found = find_imigue(tmp_path)
    assert found.videos == {7: tmp_path / "a/0007/0007.mp4", 8: tmp_path / "b/0008.mov"}
    assert found.keypoints == {7: tmp_path / "a/0007", 8: tmp_path / "b/8.jsonl"}
    assert found.refusals == ()


def test_words_with_punctuation_come_before_normalised_ones(tmp_path: Path) -> None:
    for name in ("0440.asr.txt", "0440.raw.txt", "0440.TextGrid"):
        (tmp_path / "0440").mkdir(exist_ok=True)
        (tmp_path / "0440" / name).write_text("words", encoding="utf-8")
    (tmp_path / "pictures").mkdir()
    assert find_speech(tmp_path) == {440: tmp_path / "0440" / "0440.raw.txt"}


def test_a_sentence_names_five_and_counts_the_rest() -> None:
    assert some_of("abcde") == "a, b, c, d, e"
    assert some_of("abcdefg") == "a, b, c, d, e and 2 more"
