"""The binary forms that the player reads."""

import struct

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.routes.tracks import CHUNK_BYTES, CHUNK_FRAMES, encode_chunk, smooth_boxes

WIDTH_PX, HEIGHT_PX = 1280, 720


def decode(chunk: bytes) -> tuple[int, npt.NDArray[np.float64]]:
    """First frame and (frames, 137, 3) of a chunk, read by the layout of the module's docstring alone."""
    magic, version, joints, first, frames, x0, dx, y0, dy = struct.unpack_from("<4sHHIIffff", chunk)
    assert (magic, version, joints) == (b"TTKP", 1, 137)
    steps = np.frombuffer(chunk, dtype="<u2", offset=32).reshape(frames, joints, 3).astype(np.float64)
    points = np.stack([x0 + steps[..., 0] * dx, y0 + steps[..., 1] * dy, steps[..., 2] / 65535], axis=-1)
    points[steps[..., 2] == 0] = 0
    return first, points


@given(
    arrays.arrays(
        np.float32,
        (2, 137, 3),
        elements=st.floats(0, 1, width=32),
    )
)
def test_points_come_back_within_a_twentieth_of_a_pixel(shares: npt.NDArray[np.float32]) -> None:
    points = shares * np.float32([WIDTH_PX, HEIGHT_PX, 1])
    points[shares[..., 2] == 0] = 0
    first, read = decode(encode_chunk(points, 318, WIDTH_PX, HEIGHT_PX))
    assert first == 318
    assert np.abs(read[..., :2] - points[..., :2]).max() < 0.05
    assert ((read[..., 2] > 0) == (points[..., 2] > 0)).all()


def test_a_missing_point_stays_missing() -> None:
    points = np.zeros((1, 137, 3), dtype=np.float32)
    assert not decode(encode_chunk(points, 0, WIDTH_PX, HEIGHT_PX))[1].any()


@pytest.mark.parametrize("far_px", [-5000.0, 50_000.0])
def test_a_point_far_outside_the_picture_stays_outside(far_px: float) -> None:
    points = np.zeros((1, 137, 3), dtype=np.float32)
    points[0, 3] = (far_px, 10, 0.5)
    x = decode(encode_chunk(points, 0, WIDTH_PX, HEIGHT_PX))[1][0, 3, 0]
    assert x <= -WIDTH_PX + 1 or x >= 2 * WIDTH_PX - 1


def test_a_whole_chunk_keeps_within_its_bytes() -> None:
    points = np.ones((CHUNK_FRAMES, 137, 3), dtype=np.float32)
    assert len(encode_chunk(points, 0, WIDTH_PX, HEIGHT_PX)) <= CHUNK_BYTES


def test_person_boxes_are_smoothed_over_frames_in_which_somebody_was_found() -> None:
    time_s = np.arange(50) / 25
    boxes = np.tile(np.float32([10, 20, 110, 220]), (50, 1))
    boxes[5:8] = np.nan
    rows = smooth_boxes(boxes, time_s)
    assert np.allclose(rows[:, 1:], [10, 20, 110, 220])
    assert np.allclose(np.diff(rows[:, 0]), 0.25)


def test_a_stretch_without_a_person_has_no_box() -> None:
    time_s = np.arange(100) / 25
    boxes = np.tile(np.float32([10, 20, 110, 220]), (100, 1))
    boxes[40:] = np.nan
    rows = smooth_boxes(boxes, time_s)
    assert np.isnan(rows[rows[:, 0] > 2.2, 1:]).all()
