"""How sure a labeler is said to be."""

import pytest

from app.queries.score_words import score_in_words, score_of
from training.evaluation.calibration import fit_calibration


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


def test_an_uncalibrated_score_is_told_in_words_alone() -> None:
    few = fit_calibration("cues", [(0.95, True)] * 29)
    assert [score_of(0.95, one).sentence for one in (None, few)] == ["very sure"] * 2


def test_a_calibrated_score_is_told_in_per_cent_with_what_it_rests_on() -> None:
    pairs = [(0.95, number % 2 == 0) for number in range(40)]  # right in every second answer
    told = score_of(0.95, fit_calibration("cues", pairs))
    assert told.sentence == "50 %, calibrated on 40 blind judgments"
    assert told.share == pytest.approx(0.5, abs=0.005)
