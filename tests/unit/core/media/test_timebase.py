import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FrameNotFoundError, InputError
from core.media.timebase import (
    TIME_TOLERANCE_S,
    format_time,
    frame_at,
    frame_index,
    frame_time_s,
    frame_times_s,
    middle_of_frame_s,
    parse_time,
)

RATES = st.sampled_from(
    [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60000, 1001), Fraction(50), Fraction(15, 2)]
)
HALF_AN_HOUR_AT_NTSC = 30 * 60 * 30


@given(RATES, st.integers(0, HALF_AN_HOUR_AT_NTSC))
def test_a_frames_own_time_finds_itself(rate: Fraction, index: int) -> None:
    assert frame_index(frame_time_s(index, rate), rate) == index


@given(RATES, st.integers(0, HALF_AN_HOUR_AT_NTSC))
def test_a_frames_middle_finds_itself(rate: Fraction, index: int) -> None:
    middle = (frame_time_s(index, rate) + frame_time_s(index + 1, rate)) / 2
    assert frame_index(middle, rate) == index


@given(RATES, st.integers(0, HALF_AN_HOUR_AT_NTSC))
def test_a_frames_time_in_whole_microseconds_finds_it(rate: Fraction, index: int) -> None:
    assert frame_index(math.floor(frame_time_s(index, rate) * 1e6) / 1e6, rate) == index


def test_half_an_hour_at_29_97_finds_every_frame_by_its_time_and_by_its_middle() -> None:
    times = frame_times_s(HALF_AN_HOUR_AT_NTSC, Fraction(30000, 1001))
    found = [
        (frame_at(times, float(times[index])), frame_at(times, middle_of_frame_s(times, index)))
        for index in range(len(times))
    ]
    assert found == [(index, index) for index in range(len(times))]


def test_half_an_hour_at_29_97_does_not_drift() -> None:
    times = frame_times_s(HALF_AN_HOUR_AT_NTSC + 1, Fraction(30000, 1001))
    assert times[-1] == float(Fraction(HALF_AN_HOUR_AT_NTSC * 1001, 30000)) == 1801.8


@given(RATES, st.integers(1, 500))
def test_the_array_of_times_equals_the_single_times(rate: Fraction, count: int) -> None:
    assert frame_times_s(count, rate).tolist() == [frame_time_s(index, rate) for index in range(count)]


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=60), st.data())
def test_any_time_of_an_irregular_clip_finds_the_frame_that_is_shown(gaps: list[int], data: st.DataObject) -> None:
    ticks = np.concatenate([[0], np.cumsum(gaps)])
    times = ticks[:-1] / 1000
    index = data.draw(st.integers(0, len(times) - 1))
    # From the frame's own tick to a hundredth of one before the next frame's.
    at_ticks = data.draw(st.floats(float(ticks[index]), float(ticks[index + 1]) - 0.01))
    assert frame_at(times, at_ticks / 1000, end_s=float(ticks[-1]) / 1000) == index


def test_a_time_just_below_a_frames_own_within_the_tolerance_is_that_frame() -> None:
    times = np.array([0.0, 0.04, 0.08])
    assert frame_at(times, 0.04 - TIME_TOLERANCE_S / 2) == 1
    assert frame_at(times, 0.04 - TIME_TOLERANCE_S * 2) == 0


@pytest.mark.parametrize("at_s", [-0.01, 0.12, 5.0, math.nan, math.inf])
def test_a_time_without_a_frame_is_an_error_and_not_the_nearest_one(at_s: float) -> None:
    with pytest.raises(FrameNotFoundError, match=r"the 3 frames are shown from 0:00\.000 to 0:00\.120"):
        frame_at(np.array([0.0, 0.04, 0.08]), at_s)


def test_a_clip_without_frames_has_none_at_any_time() -> None:
    with pytest.raises(FrameNotFoundError, match="the clip has none"):
        frame_at(np.array([]), 0.0)


def test_a_negative_time_has_no_frame_at_a_constant_rate() -> None:
    with pytest.raises(FrameNotFoundError, match=r"-0:00\.100"):
        frame_index(-0.1, Fraction(25))


@pytest.mark.parametrize("index", [-1, 3])
def test_the_middle_of_a_frame_that_is_not_there_is_an_error(index: int) -> None:
    with pytest.raises(FrameNotFoundError, match="the clip has 3"):
        middle_of_frame_s(np.array([0.0, 0.04, 0.08]), index)


def test_the_middle_of_the_last_frame_goes_by_the_stated_end() -> None:
    assert middle_of_frame_s(np.array([0.0, 0.5]), 1, end_s=1.5) == 1.0


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


@pytest.mark.parametrize("text", ["", "a", "1:2:3:4", "-1", "1:60", "1:60:00", "1,5", "nan", "."])
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(InputError):
        parse_time(text)
