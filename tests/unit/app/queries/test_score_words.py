"""How sure a labeler is said to be."""

import pytest

from app.queries.score_words import score_in_words


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (1.0, "very sure"),
        (0.9, "very sure"),
        (0.89, "sure"),
        (0.75, "sure"),
        (0.6, "fairly sure"),
        (0.59, "unsure"),
        (0, "unsure"),
    ],
)
def test_a_score_that_nobody_has_calibrated_is_told_in_words(score: float, words: str) -> None:
    assert score_in_words(score) == words
