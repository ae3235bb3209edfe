import numpy as np
import pytest

from core.pose.cues import measure_cues
from core.pose.skeleton import LEFT_SHOULDER, NECK, RIGHT_SHOULDER
from core.types.cues import Cue
from tests.unit.core.pose.seated_person import EYES_PX, HEAD, SHOULDERS_PX, UPPER_BODY, SeatedPerson

SHOULDERS = (NECK, RIGHT_SHOULDER, LEFT_SHOULDER)
ABOVE_THE_LAP = tuple(joint for joint in UPPER_BODY if joint in SHOULDERS or joint in HEAD)


def cues_of(person: SeatedPerson) -> list[Cue]:
    return list(measure_cues(person.track()).cues)


def names_of(person: SeatedPerson) -> set[str]:
    return {cue.name for cue in cues_of(person)}


@pytest.mark.parametrize(("pitch_deg", "name"), [(22.0, "head up"), (-22.0, "head down")])
def test_a_tilted_head_is_up_or_down(pitch_deg: float, name: str) -> None:
    person = SeatedPerson(10)
    pitch = pitch_deg * person.during(4, 6)
    person.pose_head(np.zeros_like(pitch), pitch)
    (cue,) = [cue for cue in cues_of(person) if cue.name.startswith("head")]
    assert cue.name == name
    assert (cue.start_s, cue.end_s) == pytest.approx((4.15, 5.85), abs=0.2)


@pytest.mark.parametrize("yaw_deg", [30.0, -30.0])
def test_a_head_turned_aside(yaw_deg: float) -> None:
    person = SeatedPerson(10)
    yaw = yaw_deg * person.during(4, 6)
    person.pose_head(yaw, np.zeros_like(yaw))
    assert names_of(person) == {"head turned"}


def test_a_head_that_always_looks_aside_is_not_turned() -> None:
    person = SeatedPerson(10)
    yaw = np.full(len(person.time_s), 25.0)
    person.pose_head(yaw, np.zeros_like(yaw))
    assert cues_of(person) == []


def test_up_and_down_and_up_again_is_nodding() -> None:
    person = SeatedPerson(10)
    pitch = 8.0 * np.sin(2 * np.pi * 2.0 * person.time_s) * person.during(4, 6)
    person.pose_head(np.zeros_like(pitch), pitch)
    (cue,) = [cue for cue in cues_of(person) if cue.name in {"nodding", "head shaking"}]
    assert cue.name == "nodding"
    assert cue.start_s > 3.5
    assert cue.end_s < 6.2


def test_side_to_side_is_head_shaking() -> None:
    person = SeatedPerson(10)
    yaw = 12.0 * np.sin(2 * np.pi * 1.6 * person.time_s) * person.during(4, 6)
    person.pose_head(yaw, np.zeros_like(yaw))
    assert "head shaking" in names_of(person)
    assert "nodding" not in names_of(person)


def test_a_slow_look_down_is_no_nod() -> None:
    person = SeatedPerson(12)
    pitch = -10.0 * np.sin(2 * np.pi * 0.3 * person.time_s)
    person.pose_head(np.zeros_like(pitch), pitch)
    assert "nodding" not in names_of(person)


def test_shoulders_that_go_up_and_down_quickly_shake() -> None:
    person = SeatedPerson(10)
    shake = np.sin(2 * np.pi * 2.5 * person.time_s) * person.during(4, 6)
    person.shift(SHOULDERS, (0, 0.05 * SHOULDERS_PX), shake)
    assert names_of(person) == {"shaking shoulders"}


def test_one_shoulder_alone_is_enough_to_see_it_shake() -> None:
    person = SeatedPerson(10)
    person.there[:, LEFT_SHOULDER] = False
    shake = np.sin(2 * np.pi * 2.5 * person.time_s) * person.during(4, 6)
    person.shift(SHOULDERS, (0, 0.05 * SHOULDERS_PX), shake)
    assert "shaking shoulders" in names_of(person)


def test_a_shift_of_the_whole_body_moves_the_torso_once() -> None:
    person = SeatedPerson(10)
    person.shift(UPPER_BODY, (0.4 * SHOULDERS_PX, 0), np.clip((person.time_s - 4) / 0.8, 0, 1))
    (cue,) = cues_of(person)
    assert cue.name == "moving torso"
    assert (cue.start_s, cue.end_s) == pytest.approx((4.0, 4.8), abs=0.5)


def test_a_shoulder_that_vanishes_moves_no_torso() -> None:
    person = SeatedPerson(10)
    person.there[100:150, LEFT_SHOULDER] = False
    assert cues_of(person) == []


def test_a_larger_head_leans_forward() -> None:
    person = SeatedPerson(12)
    centre = person.xy[:, NECK : NECK + 1]
    person.xy[:, HEAD] += 0.2 * person.during(4, 8, ramp_s=1.5)[:, None, None] * (person.xy[:, HEAD] - centre)
    assert "leaning forward" in names_of(person)


def test_a_raised_upper_body_sits_up_straight() -> None:
    person = SeatedPerson(16)
    person.shift(ABOVE_THE_LAP, (0, -0.16 * SHOULDERS_PX), person.during(5, 9, ramp_s=1.5))
    assert names_of(person) == {"sitting straightly"}


def test_shoulders_that_rise_to_a_still_head_and_sink_are_a_deep_breath() -> None:
    person = SeatedPerson(16)
    person.shift(SHOULDERS, (0, -0.09 * SHOULDERS_PX), person.during(6, 8.4, ramp_s=1.2))
    assert names_of(person) == {"bulging face or deep breath"}


def test_a_nod_is_no_deep_breath() -> None:
    person = SeatedPerson(16)
    pitch = -20.0 * person.during(6, 8, ramp_s=0.6)
    person.pose_head(np.zeros_like(pitch), pitch)
    person.shift(HEAD, (0, 0.3 * EYES_PX), person.during(6, 8, ramp_s=0.6))
    assert "bulging face or deep breath" not in names_of(person)
