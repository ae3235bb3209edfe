"""Which frames of a clip a training step reads, and which clips."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT
from core.types.clips import LabelSource
from core.types.runs import CuratedRow
from training.data.dataset import NO_FRAME, clips_of_tracks
from training.data.training_batches import Reading, TrainingBatches, image_rows, order_of_rows

LONG = 6_000


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def track(frames: int) -> KeypointTrack:
    points = np.ones((frames, JOINT_COUNT, 3), dtype=np.float32)
    points[..., :2] = np.random.default_rng(frames).uniform(0, 100, size=(frames, JOINT_COUNT, 2))
    return KeypointTrack(points, np.arange(frames) / 25)


@given(
    length=st.integers(1, 2_000),
    most=st.integers(1, 1_500),
    window=st.integers(25, 400),
    crop=st.floats(0.1, 1),
    speed=st.floats(0, 1),
    seed=st.integers(0, 5),
)
def test_what_is_read_lies_in_the_clip_and_goes_forward(
    length: int, most: int, window: int, crop: float, speed: float, seed: int
) -> None:
    frames = Reading(most, window, crop, speed).frames(length, random(seed))
    read = frames[frames != NO_FRAME]
    assert len(read) > 0
    assert 0 <= read.min() <= read.max() <= length - 1
    assert (np.diff(read) >= 0).all()


def test_a_clip_that_fits_is_read_whole() -> None:
    frames = Reading(most_frames=LONG, window_frames=100).frames(LONG, random())
    np.testing.assert_array_equal(frames, np.arange(LONG))


def test_a_longer_clip_is_read_in_windows_from_all_its_parts_with_gaps_between_them() -> None:
    frames = Reading(most_frames=1_080, window_frames=100).frames(LONG, random())
    inside = frames != NO_FRAME
    assert int(inside.sum()) == 1_000
    assert int((~inside).sum()) == 9 * 8
    parts = Counter(int(one) for one in frames[inside] // (LONG / 10))
    assert sorted(parts) == list(range(10))


def test_a_crop_of_a_short_clip_is_a_stretch_of_it_at_another_pace() -> None:
    lengths = []
    for seed in range(50):
        frames = Reading(500, 100, least_crop=0.8, speed_change=0.2).frames(40, random(seed))
        lengths.append(len(frames))
        assert 0.8 * 39 - 1e-9 <= frames[-1] - frames[0] <= 39
    assert min(lengths) < 30 < 40 < max(lengths)


def test_a_long_clip_keeps_its_pace_because_rates_tell_its_label() -> None:
    frames = Reading(LONG, 100, least_crop=0.8, speed_change=0.2).frames(LONG, random())
    assert (np.diff(frames) == 1).all()


def test_images_are_read_from_a_stretch_and_no_more_than_a_step_takes() -> None:
    rows = image_rows(10_000, Reading(1, 100, 0.8), random())
    assert len(rows) <= 512
    assert 0 <= rows[0] < rows[-1] < 10_000
    assert len(set(np.diff(rows))) == 1


@given(rows=st.integers(1, 30), batch=st.integers(1, 12), steps=st.integers(1, 20))
def test_all_rows_are_read_equally_often(rows: int, batch: int, steps: int) -> None:
    order = list(order_of_rows(rows, batch, range(steps), 0))
    assert len(order) == steps
    assert order == [
        *order_of_rows(rows, batch, range(steps // 2), 0),
        *order_of_rows(rows, batch, range(steps // 2, steps), 0),
    ]
    counted = Counter(place for places in order for place in places)
    assert max(counted.values()) - min(counted.get(place, 0) for place in range(rows)) <= 1


def test_rows_are_drawn_by_their_chances() -> None:
    order = list(order_of_rows(3, 3, range(400), 0, [0.0, 1.0, 3.0]))
    counted = Counter(place for places in order for place in places)
    assert counted[0] == 0
    assert counted[2] / counted[1] == pytest.approx(3, rel=0.2)


def test_a_frame_between_two_is_interpolated_and_one_in_a_gap_is_missing() -> None:
    source = clips_of_tracks({7: track(10)})
    whole = source.pose(7)
    read = source.example(7, ("pose",), {"pose": np.array([2.25, NO_FRAME, 3.0])})
    between = 0.75 * whole.channels[2].astype(np.float32) + 0.25 * whole.channels[3].astype(np.float32)
    np.testing.assert_allclose(read.values["pose"][0], between, atol=4e-3)
    np.testing.assert_array_equal(read.values["pose"][2], whole.channels[3])
    assert read.pose_mask is not None
    assert read.pose_mask.any(axis=1).tolist() == [True, False, True]
    assert not read.values["pose"][1].any()


def test_a_point_that_only_one_of_two_frames_has_is_read_as_there() -> None:
    given = track(10)
    given.points[3, 4] = 0
    source = clips_of_tracks({1: given})
    read = source.example(1, ("pose",), {"pose": np.array([2.5])})
    np.testing.assert_array_equal(read.values["pose"][0, 4], source.pose(1).channels[2, 4])
    assert read.pose_mask is not None
    assert read.pose_mask[0, 4]


def test_a_batch_has_the_labels_and_weights_of_its_rows() -> None:
    source = clips_of_tracks({number: track(20 + number) for number in range(3)})
    rows = [CuratedRow(number, number, "ab"[number % 2], LabelSource.GOLD, 0.5 + number) for number in range(3)]
    batches = TrainingBatches(source, rows, {"a": 0, "b": 1}, ("pose",), Reading(100, 25), {})
    batch = batches.batch([2, 1], random())
    assert batch.clip_ids == (2, 1)
    assert batch.wanted.tolist() == [[1, 0], [0, 1]]
    assert batch.weights.tolist() == [2.5, 1.5]
