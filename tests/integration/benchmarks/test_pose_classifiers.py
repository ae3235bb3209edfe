"""The bench of the key-point models, on the smallest of sizes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.pose_classifiers.bench import (
    LEAST_TIMES_A_STEP,
    Sizes,
    clip_rows,
    clips_of_sets,
    contenders,
    default_shape,
    linear_growth,
    memory_of_a_step,
    window_rows,
)
from benchmarks.pose_classifiers.whole_fits import FitSizes, fit_parts, fit_rows, made_up, on_all_points
from benchmarks.progress import Parts
from core.errors import InputError, TrainingError
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import BODY, JOINT_COUNT
from tests.fakes.movement_sets import waves, write_set

TINY = Sizes(batch=2, window=20, clip=60, long=120, rounds=1)
SHAPE = replace(default_shape(), width=8, stgcn_channels=4)
HAS_BODY = np.isin(np.arange(JOINT_COUNT), np.arange(JOINT_COUNT)[BODY])[:, None]


def test_both_models_are_measured_on_the_same_windows_and_held_to_the_budget() -> None:
    rows = {row.what: row for row in window_rows(SHAPE, 137, TINY, 0.0, Parts(print))}
    where = "137 joints, 2 windows of 20 frames"
    for what in ("training", "inference"):
        ours, theirs = rows[f"PoseMLP, {what}, {where}"].value, rows[f"ST-GCN, {what}, {where}"].value
        assert rows[f"PoseMLP / ST-GCN, {what}, {where}"].value == pytest.approx(ours / theirs)
    assert rows["ST-GCN, parameters, 137 joints"].value > rows["PoseMLP, parameters, 137 joints"].value
    held = [row for row in rows.values() if row.budget]
    assert [row.what for row in held] == [f"PoseMLP / ST-GCN, training, {where}"]
    assert held[0].holds is (held[0].value >= LEAST_TIMES_A_STEP)


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


class TestWholeFits:
    SIZES = FitSizes(clips=6, batch=3, steps=4, width=8, channels=4, paced=(1, 2))

    def test_both_fit_on_the_same_clips_and_the_ratio_is_of_their_seconds(self) -> None:
        sets, parts = {"random points": made_up(self.SIZES)}, Parts(print)
        parts.expect(fit_parts(sets))
        rows = {row.what: row for row in fit_rows(sets, self.SIZES, parts)}
        where = "6 clips of random points, all 137 points"
        ours, theirs = (
            rows[f"PoseMLP, a whole fit of 4 steps, {where}"],
            rows[f"ST-GCN, 4 steps at the pace of 1, {where}"],
        )
        ratio = rows[f"ST-GCN / PoseMLP, a whole fit, {where}"]
        assert ours.value is not None
        assert theirs.value is not None
        assert ratio.value == pytest.approx(theirs.value / ours.value)
        assert ratio.budget == "at least 100"
        parts.check_all_told()

    def test_a_set_of_the_body_is_fitted_on_all_points_and_beside_it_on_its_own(self) -> None:
        made = made_up(self.SIZES)
        tracks = [KeypointTrack(track.points * HAS_BODY, track.time_s) for track in made.tracks]
        sets, parts = {"walks": replace(made, tracks=tracks)}, Parts(print)
        parts.expect(fit_parts(sets))
        held = [row.budget for row in fit_rows(sets, self.SIZES, parts) if row.what.startswith("ST-GCN / PoseMLP")]
        assert held == ["at least 100", ""]
        parts.check_all_told()

    def test_a_joint_that_no_clip_has_is_a_copy_of_one_that_it_has(self) -> None:
        made = made_up(self.SIZES)
        tracks = [KeypointTrack(track.points * HAS_BODY, track.time_s) for track in made.tracks]
        whole = on_all_points(replace(made, tracks=tracks)).tracks[0]
        assert whole.present.all()
        assert (whole.points[:, 25:] == whole.points[:, :1]).all()
        assert (whole.points[:, :25] == made.tracks[0].points[:, :25]).all()

    def test_the_clips_of_a_folder_are_those_of_its_sets(self, tmp_path: Path) -> None:
        write_set(tmp_path, **waves())
        assert list(clips_of_sets(tmp_path)) == ["waves"]

    def test_a_folder_without_a_set_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"has no \.npz file"):
            clips_of_sets(tmp_path)
