"""Numbers out of addresses: text of any length that somebody else wrote."""

import pytest

from app.numbers_in_requests import LARGEST_ID, count, quoted, row_id, seconds


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("007", 7), (str(LARGEST_ID), LARGEST_ID)])
def test_the_number_of_a_row_is_read(text: str, number: int) -> None:
    assert row_id(text) == number


@pytest.mark.parametrize(
    "text", [None, "", "0", "-1", "1.0", "1e3", " 1", "٣", "²", "0x1", str(LARGEST_ID + 1), "9" * 5000]
)
def test_what_no_row_can_have_is_no_number(text: str | None) -> None:
    assert row_id(text) is None


def test_a_count_begins_at_zero() -> None:
    assert (count("0"), count("3"), count("-1")) == (0, 3, None)


@pytest.mark.parametrize(("text", "time_s"), [("0", 0.0), ("12.5", 12.5), ("1e3", 1000.0)])
def test_a_time_is_read(text: str, time_s: float) -> None:
    assert seconds(text) == time_s


@pytest.mark.parametrize("text", [None, "", "soon", "inf", "-inf", "nan", "1e999", "-1", "9" * 5000])
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert seconds(text) is None


def test_what_was_asked_for_is_quoted_in_short() -> None:
    assert len(quoted("9" * 5000)) < 50
