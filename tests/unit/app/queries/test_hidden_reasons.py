"""Why the Library shows less than is known, in sentences, and the totals of what it lists."""

import pytest

from app.queries.clip_filters import NOBODY, Filters, ListTotals, Reader
from app.queries.hidden_reasons import hidden_reasons
from app.queries.selected_run import Selection
from db.clip_filters import ClipTotals

ADA = Reader(1, all_open=False)
ADA_EARLY = Reader(1, all_open=True)
TITLES = {"positive": "Positive (won)", "negative": "Negative (lost)"}


def _totals(*, sampled: int = 0, test: int = 0, unjudged: int = 0) -> ClipTotals:
    return ClipTotals(40, {"positive": 7, "negative": 5, None: 0}, sampled, test, unjudged)


def _told(
    found: ClipTotals, filters: Filters | None = None, reader: Reader = ADA, *, left_out: bool = False
) -> list[str]:
    return hidden_reasons(found, filters or Filters(), reader, selected=Selection(1), left_out=left_out)


def test_nothing_is_said_where_nothing_is_hidden() -> None:
    assert _told(_totals(), reader=ADA_EARLY) == []


def test_hidden_answers_are_told_with_the_number_of_clips_that_wait() -> None:
    assert _told(_totals(unjudged=1)) == [
        "Answers of others are hidden until you have judged the clip: 1 clip is waiting for yours here."
    ]


def test_nobody_chosen_is_asked_to_choose() -> None:
    (told,) = _told(_totals(unjudged=12), reader=NOBODY)
    assert told.startswith("Labels and answers are hidden until you choose who you are in the sidebar")


@pytest.mark.parametrize(
    ("reader", "what"), [(ADA, "show no pseudo-label and no label:"), (ADA_EARLY, "show no pseudo-label:")]
)
def test_the_test_split_is_told_with_what_it_lacks(reader: Reader, what: str) -> None:
    (told,) = _told(_totals(test=12), reader=reader)
    assert told.startswith(f"12 clips of the test split {what}")


def test_the_reliability_sample_is_told_even_where_answers_are_shown_early() -> None:
    (told,) = _told(_totals(sampled=3), reader=ADA_EARLY)
    assert told.startswith("3 clips of the reliability sample show no label in any list")


@pytest.mark.parametrize(
    ("filters", "what"),
    [
        (Filters(cue="nodding"), "By cue, only"),
        (Filters(said="jaw"), "By words of a rationale, only"),
        (Filters(cue="nodding", said="jaw"), "By cue and words of a rationale, only"),
    ],
)
def test_a_filter_that_leaves_out_unjudged_clips_says_so(filters: Filters, what: str) -> None:
    (told,) = _told(_totals(), filters)
    assert told.startswith(what)
    assert _told(_totals(), filters, ADA_EARLY) == []


def test_a_filter_by_label_says_that_it_leaves_out_the_reliability_sample() -> None:
    (told,) = _told(_totals(), Filters(label="positive"), ADA_EARLY)
    assert told.startswith("By label, no clip of the reliability sample or of your double coding is found")


def test_a_saved_label_that_does_not_count_is_told() -> None:
    assert _told(_totals(), left_out=True) == ["The label of the saved filter does not count while labels are hidden."]


def test_an_empty_column_of_the_run_is_told() -> None:
    (told,) = hidden_reasons(_totals(), Filters(), ADA, selected=Selection(), left_out=False)
    assert told == "“Run says” is empty, because no run is selected yet."


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (ClipTotals(0, {"positive": 0, None: 0}, 0, 0, 0), "0 of 359 clips"),
        (ClipTotals(137, {"positive": 0, "negative": 0, None: 0}, 0, 0, 137), "137 of 359 clips"),
        (
            ClipTotals(137, {"positive": 61, "negative": 70, None: 6}, 0, 0, 0),
            "137 of 359 clips · 61 Positive (won), 70 Negative (lost), 6 without a label",
        ),
        (
            ClipTotals(137, {"positive": 7, "negative": 0, None: 0}, 0, 0, 130),
            "137 of 359 clips · the 7 whose label you may see: 7 Positive (won)",
        ),
    ],
)
def test_totals_are_of_what_is_listed_and_by_label_of_what_may_be_seen(found: ClipTotals, sentence: str) -> None:
    assert ListTotals(found, 359).sentence(TITLES) == sentence
