"""Text from outside, made printable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LONGEST_SENTENCE, InputError
from core.printable import first_of_each_kind, printable

ANY_TEXT = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë 👩\N{ZERO WIDTH JOINER}🔬", "Zoë 👩\N{ZERO WIDTH JOINER}🔬"),
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("half \ud800", r"half \ud800"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_has_no_picture_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(ANY_TEXT)
def test_what_was_made_printable_stays_as_it_is_and_can_be_stored(text: str) -> None:
    once = printable(text)
    assert printable(once) == once
    once.encode()


@given(ANY_TEXT, st.integers(10, 50))
def test_the_middle_is_left_out_of_what_is_too_long(text: str, longest: int) -> None:
    shown = printable(text, longest)
    whole = printable(text)
    assert len(shown) <= longest
    assert shown == whole if len(whole) <= longest else (shown[:2] == whole[:2] and shown[-2:] == whole[-2:])


def test_a_sentence_on_a_monstrous_name_stays_one_short_line() -> None:
    said = str(InputError(f"{'9' * 5000}\x1b[2J: is no clip."))
    assert len(said) == LONGEST_SENTENCE
    assert said.isprintable()
    assert said.endswith(": is no clip.")


def test_of_sentences_that_differ_in_names_and_figures_the_first_three_are_told_and_how_many_more() -> None:
    names = ("anna", "ben", "cara", "dora", "emil", "fritz")
    alike = [f"{name} has {number} frames." for number, name in enumerate(names)]
    assert first_of_each_kind(["Something else.", *alike]) == ["Something else.", *alike[:3], "3 more like that."]
    assert first_of_each_kind(alike[:4]) == alike[:4]
