from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import KeypointError
from core.pose.cues import measure_cues
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import FACE, LEFT_HAND, LEFT_WRIST, RIGHT_HAND, RIGHT_WRIST
from core.simulation import (
    PRESETS,
    Cohort,
    Event,
    SimulatedClip,
    keypoints_of,
    read_keypoint_archive,
    sample_cohort,
)
from core.simulation.keypoint_archive import write_keypoint_archive
from core.simulation.openpose_faults import LOWER_BODY
from core.simulation.rig.person import perform


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return sample_cohort(replace(PRESETS["demo"], clip_s=120.0, subjects=4, clips=8), seed=11)


@pytest.fixture(scope="module")
def track(cohort: Cohort) -> KeypointTrack:
    """Eight clips of two minutes, one after the other."""
    points = np.concatenate([keypoints_of(cohort, clip).points for clip in cohort.clips])
    return KeypointTrack(points, np.arange(len(points)) / 25)


def acting(cohort: Cohort, cue: str) -> SimulatedClip:
    """A clip in which that gesture alone happens, three times."""
    events = tuple(Event(cue, start_s, start_s + 2.0) for start_s in (6.0, 16.0, 26.0))
    return replace(cohort.clips[0], events=events, frame_count=900, duration_s=36.0)


def test_key_points_are_the_same_each_time(cohort: Cohort):
    assert np.array_equal(keypoints_of(cohort, "s01-01").points, keypoints_of(cohort, "s01-01").points)


def test_there_is_one_row_a_frame_at_the_preset_rate(cohort: Cohort):
    clip = cohort.clips[0]
    track = keypoints_of(cohort, clip)
    assert len(track.points) == clip.frame_count
    assert track.duration_s == pytest.approx(clip.duration_s)


def test_the_lower_body_is_never_found(track: KeypointTrack):
    assert not track.present[:, list(LOWER_BODY)].any()


def test_a_hand_vanishes_whole_and_with_its_wrist(track: KeypointTrack):
    for hand, wrist in ((LEFT_HAND, LEFT_WRIST), (RIGHT_HAND, RIGHT_WRIST)):
        there = track.present[:, hand]
        assert (there.all(axis=1) | ~there.any(axis=1)).all()
        assert not there[~track.present[:, wrist]].any()
        assert 0.02 < 1 - there[:, 0].mean() < 0.12


def test_nobody_is_found_in_about_one_frame_of_a_hundred(track: KeypointTrack):
    assert 0.002 < (~track.present.any(axis=1)).mean() < 0.03


@pytest.mark.parametrize(
    ("joints", "expected"),
    [
        ([15, 16], 0.85),
        ([0], 0.80),
        ([1], 0.59),
        ([2, 5], 0.38),
        ([3], 0.34),
        ([6], 0.53),
        ([4, 7], 0.49),
        (list(range(FACE.start, FACE.stop)), 0.74),
        (list(range(LEFT_HAND.start, LEFT_HAND.stop)), 0.40),
        (list(range(RIGHT_HAND.start, RIGHT_HAND.stop)), 0.47),
    ],
)
def test_mean_confidences_are_those_of_imigue(track: KeypointTrack, joints: list[int], expected: float):
    confidence = track.points[:, joints, 2]
    assert confidence[confidence > 0].mean() == pytest.approx(expected, abs=0.06)


def test_the_right_ear_is_found_in_about_half_of_the_frames(track: KeypointTrack):
    assert 0.4 < track.present[:, 17].mean() < 0.66


def test_found_points_jitter_about_the_true_ones(cohort: Cohort):
    clip = cohort.clips[0]
    true, found = perform(cohort, clip).points, keypoints_of(cohort, clip)
    error = np.linalg.norm(found.points[..., :2] - true, axis=-1)
    face = error[:, FACE][found.present[:, FACE]]
    assert 0.1 < np.median(face) < 0.6
    body = error[:, 1:8][found.present[:, 1:8]]
    assert 0.4 < np.median(body) < 2.0


def test_true_points_move_smoothly(cohort: Cohort):
    true = perform(cohort, cohort.clips[0]).points
    step = np.linalg.norm(np.diff(true, axis=0), axis=-1)
    assert step[:, FACE].max() < 12  # px a frame, in a picture 640 wide
    assert step.max() < 40


@pytest.mark.parametrize(
    "cue",
    [
        *("touching jaw", "touching facial parts", "touching neck", "touching head", "covering face"),
        *("folding arms", "rubbing or holding hands", "illustrative body language"),
        *("shaking shoulders", "moving torso", "leaning forward", "sitting straightly", "bulging face or deep breath"),
        *("head up", "head down", "head turned", "nodding", "head shaking"),
        *("pressing lips", "smile", "brow raise", "brow lowerer"),
    ],
)
def test_a_gesture_that_is_acted_is_measured_where_it_happens(cohort: Cohort, cue: str):
    clip = acting(cohort, cue)
    found = [seen for seen in measure_cues(keypoints_of(cohort, clip)).cues if seen.name == cue]
    happened = [
        any(seen.start_s < event.end_s + 0.3 and seen.end_s > event.start_s - 0.3 for seen in found)
        for event in clip.events
    ]
    assert sum(happened) >= 2, found


def test_a_person_who_does_nothing_shows_hardly_any_gesture(cohort: Cohort):
    clip = replace(cohort.clips[0], events=())
    names = [cue.name for cue in measure_cues(keypoints_of(cohort, clip)).cues if cue.name != "mouth open"]
    assert len(names) <= 6, names  # in two minutes


def test_an_archive_gives_back_exactly_what_was_written(cohort: Cohort, tmp_path: Path):
    track = keypoints_of(cohort, "s01-01")
    write_keypoint_archive(tmp_path / "a.safetensors", track, cohort.preset.frame_rate)
    again = read_keypoint_archive(tmp_path / "a.safetensors")
    assert np.array_equal(again.points, track.points)
    assert np.array_equal(again.time_s, track.time_s)


def test_points_off_the_archive_grid_are_refused(tmp_path: Path):
    points = np.zeros((2, 137, 3), dtype=np.float32)
    points[:, 0] = (10.013, 5.0, 0.5)
    with pytest.raises(KeypointError, match="exactly"):
        write_keypoint_archive(
            tmp_path / "a.safetensors", KeypointTrack(points, np.array([0.0, 0.04])), PRESETS["demo"].frame_rate
        )


def test_a_cut_archive_is_named(cohort: Cohort, tmp_path: Path):
    path = tmp_path / "a.safetensors"
    write_keypoint_archive(path, keypoints_of(cohort, "s01-01"), cohort.preset.frame_rate)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(KeypointError, match=r"a\.safetensors"):
        read_keypoint_archive(path)
