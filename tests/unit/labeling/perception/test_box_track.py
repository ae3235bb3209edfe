"""The box through time: gaps, jitter, cuts, and that a stretch of a video gives what the whole video gives."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.perception.person.box_track import SUPPORT_S, smooth_boxes

RATE = 25.0
SIZE = (640, 360)
SITTING = (200.0, 80.0, 320.0, 340.0)


def still(frame_count: int, box: tuple[float, float, float, float] = SITTING) -> npt.NDArray[np.float64]:
    return np.tile(np.array(box), (frame_count, 1))


def empty_frames(boxes: npt.NDArray[np.float32]) -> list[int]:
    return np.flatnonzero(np.isnan(boxes).any(axis=1)).tolist()


def test_a_gap_of_a_second_is_bridged() -> None:
    raw = still(100)
    raw[40:65] = np.nan
    assert smooth_boxes(raw, RATE, SIZE) == pytest.approx(still(100))


def test_a_longer_gap_stays_empty_and_only_it() -> None:
    raw = still(100)
    raw[40:66] = np.nan
    assert empty_frames(smooth_boxes(raw, RATE, SIZE)) == list(range(40, 66))


def test_a_video_whose_first_half_shows_nobody_has_boxes_in_the_second() -> None:
    raw = still(100)
    raw[:50] = np.nan
    assert empty_frames(smooth_boxes(raw, RATE, SIZE)) == list(range(50))


def test_a_video_without_anybody_has_no_box() -> None:
    assert len(empty_frames(smooth_boxes(np.full((30, 4), np.nan), RATE, SIZE))) == 30


def test_one_wrong_frame_does_not_move_the_box() -> None:
    raw = still(100)
    raw[50] += 150
    assert smooth_boxes(raw, RATE, SIZE) == pytest.approx(still(100))


def test_jitter_becomes_small() -> None:
    raw = still(500) + np.random.default_rng(0).normal(0, 3, (500, 4))
    assert np.std(smooth_boxes(raw, RATE, SIZE)[25:-25], axis=0).max() < 1.0


def test_a_steady_movement_is_followed_without_lag() -> None:
    raw = still(200) + np.arange(200)[:, None] * np.array([1.0, 0, 1.0, 0])
    assert smooth_boxes(raw, RATE, (2000, 360))[30:-30] == pytest.approx(raw[30:-30], abs=0.01)


def test_a_cut_to_another_place_is_not_smeared_over() -> None:
    raw = still(100)
    raw[50:] += (260, 0, 260, 0)
    assert smooth_boxes(raw, RATE, SIZE) == pytest.approx(raw)


def test_a_cut_to_a_close_up_is_not_smeared_over() -> None:
    raw = still(100, (280, 130, 340, 230))
    raw[50:] = (200, 30, 420, 340)
    assert smooth_boxes(raw, RATE, SIZE) == pytest.approx(raw)


def test_a_gap_that_holds_a_cut_is_neither_bridged_nor_smeared_over() -> None:
    raw = still(100)
    raw[50:] += (260, 0, 260, 0)
    raw[48:56] = np.nan
    assert smooth_boxes(raw, RATE, SIZE) == pytest.approx(raw, nan_ok=True)


def test_frames_between_two_looks_of_the_detector_are_filled() -> None:
    walking = still(101) + np.arange(101)[:, None]
    raw = np.full((101, 4), np.nan)
    raw[::5] = walking[::5]
    assert smooth_boxes(raw, RATE, (2000, 2000))[30:-30] == pytest.approx(walking[30:-30], abs=0.01)


def test_the_box_stays_inside_the_picture() -> None:
    box = smooth_boxes(still(50, (-20, -5, 700, 400)), RATE, SIZE)[25]
    assert box.tolist() == [0, 0, 640, 360]


@st.composite
def videos(draw: st.DrawFn) -> tuple[npt.NDArray[np.float64], float]:
    """A walk with cuts, gaps and single missing frames, at any frame rate."""
    frame_count = draw(st.integers(1, 160))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    raw = np.array(SITTING) + np.cumsum(rng.normal(0, 2, (frame_count, 4)), axis=0)
    for start in draw(st.lists(st.integers(0, frame_count - 1), max_size=2)):
        raw[start:] += rng.uniform(-200, 200)
    raw[rng.random(frame_count) < draw(st.sampled_from([0, 0.3, 0.9]))] = np.nan
    for start, length in draw(st.lists(st.tuples(st.integers(0, frame_count - 1), st.integers(1, 80)), max_size=2)):
        raw[start : start + length] = np.nan
    return raw, draw(st.floats(0.5, 62))


@given(videos(), st.data())
def test_a_stretch_with_its_support_gives_the_whole_films_boxes_to_the_last_bit(
    video: tuple[npt.NDArray[np.float64], float], data: st.DataObject
) -> None:
    raw, rate = video
    start = data.draw(st.integers(0, len(raw) - 1))
    stop = data.draw(st.integers(start + 1, len(raw)))
    support = math.ceil(SUPPORT_S * rate) + 1
    first = max(0, start - support)
    stretch = smooth_boxes(raw[first : stop + support], rate, SIZE)[start - first : stop - first]
    assert np.array_equal(stretch, smooth_boxes(raw, rate, SIZE)[start:stop], equal_nan=True)
