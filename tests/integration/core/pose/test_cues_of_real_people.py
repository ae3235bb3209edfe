"""Cues on the key points of real people; what happens when was read off the videos by eye (tests/data/real_keypoints)."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from core.pose.cues import measure_cues
from core.pose.keypoints import KeypointTrack
from core.pose.openpose.clip import read_openpose
from core.pose.skeleton import LEFT_HAND, RIGHT_HAND
from core.types.cues import CueMeasurement

DATA = Path(__file__).parents[3] / "data" / "real_keypoints"
HAND_CUES = {
    "touching jaw",
    "touching facial parts",
    "touching neck",
    "touching head",
    "covering face",
    "folding arms",
    "rubbing or holding hands",
    "illustrative body language",
}


def measured(clip: str, frames: int, frame_rate: Fraction) -> CueMeasurement:
    imported = read_openpose(DATA / f"{clip}_openpose.zip", frames)
    assert imported.warnings == ()
    return measure_cues(KeypointTrack(imported.points, np.arange(frames) / float(frame_rate)))


@pytest.fixture(scope="module")
def webcam() -> CueMeasurement:
    return measured("cap12", 1337, Fraction(25))


@pytest.fixture(scope="module")
def car() -> CueMeasurement:
    return measured("carphone", 120, Fraction(30000, 1001))


def spans(measurement: CueMeasurement, name: str) -> list[tuple[float, float]]:
    return [(cue.start_s, cue.end_s) for cue in measurement.cues if cue.name == name]


def test_the_jaw_is_touched_in_its_seconds_and_nowhere_else(webcam: CueMeasurement) -> None:
    touches = spans(webcam, "touching jaw")
    assert touches
    assert min(start for start, _ in touches) > 43.5
    assert max(end for _, end in touches) < 51.9
    assert sum(end - start for start, end in touches) > 5


def test_no_other_hand_cue_is_seen_in_a_chin_held(webcam: CueMeasurement) -> None:
    assert {cue.name for cue in webcam.cues} & HAND_CUES == {"touching jaw"}


def test_hands_are_measurable_only_while_they_are_there(webcam: CueMeasurement) -> None:
    (jaw,) = (part for part in webcam.coverage if part.name == "touching jaw")
    assert jaw.reason
    assert jaw.spans_s[0][0] > 43.5
    assert jaw.measurable_s < 9


def test_blinks_are_where_he_blinks(webcam: CueMeasurement) -> None:
    assert [start for start, _ in spans(webcam, "blink")] == pytest.approx([25.6, 30.96], abs=0.1)


def test_the_mouth_opens_while_he_opens_it_and_not_in_the_last_half_minute(webcam: CueMeasurement) -> None:
    opened = spans(webcam, "mouth open")
    for at_s in (4.6, 8.0, 11.8, 14.0, 16.8):
        assert any(start < at_s < end for start, end in opened)
    assert max(end for _, end in opened) < 20


def test_the_one_smile_is_found(webcam: CueMeasurement) -> None:
    ((start, end),) = spans(webcam, "smile")
    assert (start, end) == pytest.approx((6.9, 10.0), abs=0.4)


def test_raised_brows_are_found_and_none_lowered(webcam: CueMeasurement) -> None:
    raised = spans(webcam, "brow raise")
    for at_s in (2.9, 4.6, 6.3, 9.2, 33.0, 51.0):
        assert any(start < at_s < end for start, end in raised)
    assert spans(webcam, "brow lowerer") == []


def test_he_leans_to_the_camera_and_moves_away_from_it(webcam: CueMeasurement) -> None:
    assert any(start < 33 < end for start, end in spans(webcam, "leaning forward"))
    assert any(start < 35.5 < end for start, end in spans(webcam, "moving torso"))


def test_no_hand_cue_where_no_hand_is_seen(car: CueMeasurement) -> None:
    assert not {cue.name for cue in car.cues} & HAND_CUES
    hands = set(range(LEFT_HAND.start, RIGHT_HAND.stop))
    assert not any(set(cue.joints) & hands for cue in car.cues)


def test_a_talking_mouth_and_its_blinks_are_found_on_a_face_of_twenty_pixels(car: CueMeasurement) -> None:
    assert [start for start, _ in spans(car, "blink")] == pytest.approx([1.4, 3.1], abs=0.1)
    assert spans(car, "mouth open")


def test_every_joint_that_lights_up_is_one_of_the_skeleton(webcam: CueMeasurement) -> None:
    assert all(0 <= joint < 137 for cue in webcam.cues for joint in cue.joints)
