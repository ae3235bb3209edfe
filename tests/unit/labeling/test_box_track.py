"""A person's box through time."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.perception.box_track import SUPPORT_S, smooth_boxes

SIZE_PX = (2000, 2000)


def still(frames: int) -> npt.NDArray[np.float64]:
    return np.tile(np.array([100.0, 100.0, 300.0, 400.0]), (frames, 1))


def test_a_short_gap_is_bridged_and_a_long_one_stays_missing() -> None:
    raw = still(200)
    raw[20:40] = np.nan  # 0.8 s at 25 frames a second
    raw[100:140] = np.nan  # 1.6 s
    boxes = smooth_boxes(raw, 25.0, SIZE_PX)
    missing = np.isnan(boxes).any(axis=1)
    assert np.flatnonzero(missing).tolist() == list(range(100, 140))
    assert boxes[~missing] == pytest.approx(still(160))


def test_a_steady_walk_is_followed_without_lag() -> None:
    raw = still(200) + np.arange(200)[:, None] * [2.0, 0.0, 2.0, 0.0]
    assert smooth_boxes(raw, 25.0, SIZE_PX)[30:170] == pytest.approx(raw[30:170], abs=0.01)


def test_a_single_wrong_frame_does_not_move_the_box() -> None:
    raw = still(100)
    raw[50] += 700
    assert smooth_boxes(raw, 25.0, SIZE_PX) == pytest.approx(still(100))


def test_a_camera_cut_is_not_smeared_over() -> None:
    raw = still(100)
    raw[50:] += 500
    boxes = smooth_boxes(raw, 25.0, SIZE_PX)
    assert boxes[:50] == pytest.approx(raw[:50])
    assert boxes[50:] == pytest.approx(raw[50:])


def test_the_box_stays_inside_the_picture() -> None:
    raw = still(50) + np.array([-200.0, 0.0, 5000.0, 0.0])
    boxes = smooth_boxes(raw, 25.0, (640, 360))
    assert boxes[0].tolist() == [0.0, 100.0, 640.0, 360.0]


def test_one_frame_and_nobody_at_all_are_no_error() -> None:
    assert smooth_boxes(still(1), 25.0, SIZE_PX) == pytest.approx(still(1))
    assert np.isnan(smooth_boxes(np.full((40, 4), np.nan), 25.0, SIZE_PX)).all()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    frames_per_second=st.sampled_from([12.5, 25.0, 30000 / 1001, 50.0]),
    gaps=st.lists(st.tuples(st.integers(0, 380), st.integers(1, 70)), max_size=5),
    cut=st.integers(1, 399),
)
def test_a_window_with_its_support_gives_what_the_whole_film_gives(
    seed: int, frames_per_second: float, gaps: list[tuple[int, int]], cut: int
) -> None:
    chance = np.random.default_rng(seed)
    raw = still(400) + np.cumsum(chance.normal(0, 2, (400, 1)), axis=0) + chance.normal(0, 3, (400, 4)) + 400
    raw[cut:] += 600
    for start, length in gaps:
        raw[start : start + length] = np.nan
    whole = smooth_boxes(raw, frames_per_second, SIZE_PX)
    support = math.ceil(SUPPORT_S * frames_per_second) + 1
    for start in range(0, 400, 50):
        first = max(0, start - support)
        window = smooth_boxes(raw[first : start + 50 + support], frames_per_second, SIZE_PX)
        np.testing.assert_allclose(window[start - first : start - first + 50], whole[start : start + 50], atol=0.01)
