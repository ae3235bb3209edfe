"""Words that state the result are hidden; nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.outcome_words import OUTCOME_WORDS
from labeling.outcome_masking import mask_outcome_words


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("We WON today", "We # today"),
        ("a wonderful window", "a wonderful window"),
        ("I lost, he won.", "I #, he #."),
        ("in straight sets", "in #"),
        ("in straight\nsets", "in #"),
        ("a runner up once", "a # once"),
        ("6-4, 7–6 (5) it was", "#, # it was"),
        ("at 6:30", "at #"),
        ("he was knocked out early", "he was # early"),
    ],
)
def test_whole_words_phrases_and_scores_are_hidden(text: str, masked: str) -> None:
    assert mask_outcome_words(text, OUTCOME_WORDS, "#") == masked


def test_no_words_still_hide_the_score() -> None:
    assert mask_outcome_words("won 6-4", (), "#") == "won #"


@given(st.text(alphabet="aw on,.'-WONlst", max_size=60))
def test_nothing_is_left_to_hide(text: str) -> None:
    once = mask_outcome_words(text, OUTCOME_WORDS, "#")
    assert mask_outcome_words(once, OUTCOME_WORDS, "#") == once
