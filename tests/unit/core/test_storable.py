"""Text that no database holds is made storable, and the rest is left as it is."""

from hypothesis import given
from hypothesis import strategies as st

from core.storable import storable


def test_halves_of_surrogate_pairs_and_nul_become_the_replacement_character() -> None:
    assert storable("a\ud800b\udfff\0") == "a\ufffdb\ufffd\ufffd"


def test_emoji_and_letters_stay() -> None:
    assert storable("Zoë 😀\n") == "Zoë 😀\n"


@given(st.text(st.characters()))
def test_whatever_it_gives_is_utf_8(text: str) -> None:
    assert storable(text).encode("utf-8").decode("utf-8") == storable(text)
