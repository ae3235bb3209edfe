"""Model text is stored as harmless plain text of a bounded length."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from labeling.vlm.answers.plain_text import plain


def test_markup_stays_as_the_characters_that_it_is_made_of() -> None:
    assert plain("<script>alert(1)</script> [x](javascript:y)", 100) == "<script>alert(1)</script> [x](javascript:y)"


def test_control_and_direction_marks_are_gone() -> None:
    assert plain("a\x00b\x1b[31m \u202eevil\u202c \u2066x\u2069", 100) == "a b [31m evil x"


def test_a_line_separator_becomes_a_line_feed_and_many_empty_lines_become_one() -> None:
    assert plain("one\u2028two\r\n\r\n \n\nthree", 100) == "one\ntwo\n\nthree"


def test_a_long_text_is_cut_and_says_how_long_it_was() -> None:
    cut = plain("word " * 20_000, 400)
    assert cut.endswith("… (cut; it was 100,000 characters)")
    assert len(cut) < 450


@given(st.text(max_size=300))
def test_nothing_unprintable_is_left(text: str) -> None:
    kept = plain(text, 50)
    assert all(c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"} for c in kept)
    assert len(kept) <= 50 + 40


@given(st.text(max_size=40))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert plain(plain(text, 200), 200) == plain(text, 200)
