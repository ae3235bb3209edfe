"""The bench of the key-point models, on the smallest of sizes."""

from dataclasses import replace

import pytest

from benchmarks.pose_classifiers.bench import (
    LEAST_TIMES_ST_GCN,
    Sizes,
    clip_rows,
    contenders,
    default_shape,
    linear_growth,
    memory_of_a_step,
    window_rows,
)
from benchmarks.progress import Parts
from core.errors import TrainingError

TINY = Sizes(batch=2, window=20, clip=60, long=120, rounds=1)
SHAPE = replace(default_shape(), width=8, stgcn_channels=4)


def test_both_models_are_measured_on_the_same_windows_and_held_to_the_budget() -> None:
    rows = {row.what: row for row in window_rows(SHAPE, 137, TINY, 0.0, Parts(print))}
    where = "137 joints, 2 windows of 20 frames"
    for what in ("training", "inference"):
        ours, theirs = rows[f"PoseMLP, {what}, {where}"].value, rows[f"ST-GCN, {what}, {where}"].value
        assert rows[f"PoseMLP / ST-GCN, {what}, {where}"].value == pytest.approx(ours / theirs)
    assert rows["ST-GCN, parameters, 137 joints"].value > rows["PoseMLP, parameters, 137 joints"].value
    held = [row for row in rows.values() if row.budget]
    assert [row.what for row in held] == [f"PoseMLP / ST-GCN, training, {where}"]
    assert held[0].holds is (held[0].value >= LEAST_TIMES_ST_GCN)


def test_the_peer_is_measured_on_a_tenth_of_a_whole_clip() -> None:
    rows = {row.what: row for row in clip_rows(SHAPE, 25, TINY, Parts(print))}
    where = "25 joints, whole clips of 60 frames"
    ratio = rows[f"PoseMLP / ST-GCN, training, {where}"].value
    theirs = rows[f"ST-GCN (from a tenth), training, {where}"].value
    assert ratio == pytest.approx(rows[f"PoseMLP, training, {where}"].value / theirs)


def test_the_contenders_read_the_same_joints() -> None:
    assert {shape.keypoint_joints for shape in contenders(SHAPE, 25).values()} == {25}


@pytest.mark.long
def test_a_longer_clip_takes_more_memory() -> None:
    shape = contenders(SHAPE, 25)["ST-GCN"]
    assert memory_of_a_step(shape, 2, 2_000) > 20


def test_a_process_that_dies_is_told_with_its_last_words() -> None:
    with pytest.raises(TrainingError, match=r"ended with 1: ValueError: a model reads 25 or 137 joints, not 3"):
        memory_of_a_step(replace(SHAPE, keypoint_model="stgcn", keypoint_joints=3), 1, 10)


def test_memory_that_doubles_with_the_frames_is_linear() -> None:
    assert linear_growth({35_000: 400.0, 8_750: 100.0}) == 1
    assert linear_growth({35_000: 1600.0, 8_750: 100.0}) == 4
