"""Portraits and their histograms of oriented gradients."""

import numpy as np
import numpy.typing as npt
import pytest

from labeling.perception.image.hog import PORTRAIT_PX, Hog
from labeling.perception.pipeline.plan import frames_each, portrait_of


def stripes(vertical: bool) -> npt.NDArray[np.uint8]:
    wave = np.tile(np.repeat(np.array([0, 200], dtype=np.uint8), 4), PORTRAIT_PX // 8)
    gray = np.tile(wave, (PORTRAIT_PX, 1))
    return np.repeat((gray if vertical else gray.T)[..., None], 3, axis=2)


def test_a_portrait_is_1764_numbers_of_half_precision() -> None:
    features = Hog(0.2, 0.25).encode(np.stack([stripes(True), stripes(False)]))
    assert features.shape == (2, 1764)
    assert features.dtype == np.float16
    assert np.isfinite(features).all()


def test_the_direction_of_an_edge_lands_in_its_bins() -> None:
    upright, level = Hog(0.2, 0.25).encode(np.stack([stripes(True), stripes(False)])).astype(float)
    by_orientation = [row.reshape(-1, 9).sum(axis=0) for row in (upright, level)]
    # Gradients across upright stripes point along x: 0 degrees, between the first and the last of nine centred bins.
    assert set(np.argsort(by_orientation[0])[-2:]) == {0, 8}
    assert np.argmax(by_orientation[1]) == 4


def test_brightness_does_not_change_the_features() -> None:
    dim = (stripes(True) // 2).astype(np.uint8)
    bright, darker = Hog(0.2, 0.25).encode(np.stack([stripes(True), dim])).astype(float)
    assert darker == pytest.approx(bright, abs=0.01)


def test_no_portraits_are_no_rows() -> None:
    assert Hog(0.2, 0.25).encode(np.zeros((0, 64, 64, 3), np.uint8)).shape == (0, Hog.width)


def test_other_settings_are_another_producer() -> None:
    assert Hog(0.2, 0.25).producer != Hog(0.5, 0.25).producer
    assert Hog(0.2, 0.25).producer == Hog(0.2, 0.25).producer


def test_a_portrait_is_the_square_around_the_box() -> None:
    frame = np.zeros((200, 300, 3), dtype=np.uint8)
    frame[50:150, 100:200] = 255
    full = portrait_of(frame, np.array([100, 50, 200, 150]), 0.0, PORTRAIT_PX)
    assert full.shape == (64, 64, 3)
    assert full.min() == 255
    with_margin = portrait_of(frame, np.array([100, 50, 200, 150]), 0.5, PORTRAIT_PX)
    assert with_margin[32, 32].tolist() == [255, 255, 255]
    assert with_margin[2, 2].tolist() == [0, 0, 0]


def test_a_box_over_the_edge_goes_on_with_the_edge_pixels() -> None:
    frame = np.full((100, 100, 3), 77, dtype=np.uint8)
    assert (portrait_of(frame, np.array([80, -40, 160, 40]), 0.25, PORTRAIT_PX) == 77).all()


def test_a_flat_box_keeps_its_proportions() -> None:
    frame = np.zeros((200, 300, 3), dtype=np.uint8)
    frame[:, 150:] = 255
    square = portrait_of(frame, np.array([100, 90, 200, 110]), 0.0, PORTRAIT_PX)
    assert square[32, 10].tolist() == [0, 0, 0]
    assert square[32, 60].tolist() == [255, 255, 255]


@pytest.mark.parametrize(("every_s", "step"), [(0.2, 5), (0.04, 1), (0.01, 1), (1.0, 25)])
def test_at_a_steady_rate_each_so_many_frames_are_wanted(every_s: float, step: int) -> None:
    frames, apart = frames_each(np.arange(100) / 25, every_s)
    assert apart == step
    assert frames.tolist() == list(range(0, 100, step))


def test_at_a_variable_rate_the_first_frame_at_or_after_each_time_is_wanted() -> None:
    time_s = np.array([0.0, 0.04, 0.08, 0.2, 0.24, 0.4, 0.44, 0.48, 0.9, 0.94])
    frames, _apart = frames_each(time_s, 0.2)
    assert frames.tolist() == [0, 3, 5, 8]
