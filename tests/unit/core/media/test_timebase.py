from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.media.timebase import (
    format_time,
    frame_times_s,
    parse_time,
)

RATES = st.sampled_from(
    [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60000, 1001), Fraction(50), Fraction(15, 2)]
)
HALF_AN_HOUR_AT_NTSC = 30 * 60 * 30


def test_half_an_hour_at_29_97_does_not_drift() -> None:
    times = frame_times_s(HALF_AN_HOUR_AT_NTSC + 1, Fraction(30000, 1001))
    assert times[-1] == float(Fraction(HALF_AN_HOUR_AT_NTSC * 1001, 30000)) == 1801.8


@given(RATES, st.integers(1, 500))
def test_each_time_is_the_nearest_float_to_its_exact_value(rate: Fraction, count: int) -> None:
    assert frame_times_s(count, rate).tolist() == [float(index / rate) for index in range(count)]


def test_a_frame_rate_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="not positive"):
        frame_times_s(3, Fraction(0))


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        (0.0, "0:00.000"),
        (62.3456, "1:02.346"),
        (59.9996, "1:00.000"),
        (1560.04, "26:00.040"),
        (-1.5, "-0:01.500"),
        (-0.0001, "0:00.000"),
    ],
)
def test_a_time_is_written_as_minutes_seconds_and_milliseconds(time_s: float, text: str) -> None:
    assert format_time(time_s) == text


@given(st.floats(0, 36_000))
def test_a_written_time_is_read_back_to_half_a_millisecond(time_s: float) -> None:
    assert abs(parse_time(format_time(time_s)) - time_s) <= 0.0005 + 1e-9


@pytest.mark.parametrize(
    ("text", "time_s"), [("12", 12.0), (" 1:02.5 ", 62.5), ("1:01:02.25", 3662.25), ("90.5", 90.5)]
)
def test_times_are_read_in_the_forms_people_write(text: str, time_s: float) -> None:
    assert parse_time(text) == time_s


@pytest.mark.parametrize(
    "text", ["", "a", "1:2:3:4", "-1", "1:60", "1:60:00", "1,5", "nan", ".", "9" * 400, "9" * 5000, "1:" + "0" * 5000]
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(InputError):
        parse_time(text)
