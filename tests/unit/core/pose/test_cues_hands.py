import numpy as np
import pytest

from core.pose.cues import measure_cues
from core.pose.skeleton import LEFT_HAND, LEFT_WRIST, RIGHT_HAND, RIGHT_WRIST
from core.types.cues import Cue
from tests.unit.core.pose.seated_person import EYES_PX, SHOULDERS_PX, SeatedPerson, at_chest, at_head

TOUCHES = {"touching jaw", "touching facial parts", "touching neck", "touching head", "covering face"}


def cues_of(person: SeatedPerson) -> list[Cue]:
    return list(measure_cues(person.track()).cues)


def hand_cues(person: SeatedPerson) -> list[Cue]:
    return [cue for cue in cues_of(person) if cue.name in TOUCHES]


def overlap(cue: Cue, start_s: float, end_s: float) -> float:
    return min(cue.end_s, end_s) - max(cue.start_s, start_s)


def test_a_still_person_shows_no_cue() -> None:
    assert cues_of(SeatedPerson(20)) == []


@pytest.mark.parametrize("side", ["left", "right"])
def test_fingers_on_the_chin_are_one_touch_of_the_jaw(side: str) -> None:
    person = SeatedPerson(8)
    person.reach(side, at_head(0, 1.95), person.during(2, 4.5))
    (touch,) = hand_cues(person)
    assert touch.name == "touching jaw"
    assert overlap(touch, 2.4, 4.1) > 1.5
    assert touch.start_s > 2.0
    assert touch.end_s < 4.5


def test_only_the_touching_hand_lights_up() -> None:
    person = SeatedPerson(8)
    person.reach("left", person.face_px(8), person.during(2, 4.5))
    (touch,) = hand_cues(person)
    assert set(range(LEFT_HAND.start, LEFT_HAND.stop)) <= set(touch.joints)
    assert not set(range(RIGHT_HAND.start, RIGHT_HAND.stop)) & set(touch.joints)


def test_a_chin_held_from_below_is_the_jaw_and_not_the_neck() -> None:
    person = SeatedPerson(10)
    person.reach("right", at_head(0, 1.8), person.during(2, 7), towards=(0.3, -1.0))
    assert [cue.name for cue in hand_cues(person)] == ["touching jaw"]


def test_a_finger_at_the_nose_touches_facial_parts() -> None:
    person = SeatedPerson(8)
    person.reach("left", person.face_px(30), person.during(3, 5), towards=(-1.0, -0.4))
    assert "touching facial parts" in {cue.name for cue in hand_cues(person)}


def test_a_hand_at_the_throat_touches_the_neck() -> None:
    person = SeatedPerson(8)
    person.reach("left", at_head(0.1, 2.6), person.during(3, 5), towards=(-0.4, -1.0))
    assert [cue.name for cue in hand_cues(person)] == ["touching neck"]


def test_a_hand_in_the_hair_touches_the_head() -> None:
    person = SeatedPerson(8)
    person.reach("right", at_head(-0.6, -1.3), person.during(3, 5), towards=(0.6, -1.0))
    assert [cue.name for cue in hand_cues(person)] == ["touching head"]


def test_two_hands_before_the_face_cover_it() -> None:
    person = SeatedPerson(8)
    person.reach("right", at_head(-0.3, -0.3), person.during(3, 6), towards=(0.15, -1.0))
    person.reach("left", at_head(0.3, -0.3), person.during(3, 6), towards=(-0.15, -1.0))
    covering = [cue for cue in hand_cues(person) if cue.name == "covering face"]
    assert len(covering) == 1
    assert overlap(covering[0], 3.3, 5.7) > 2.0


def test_a_wrist_without_hand_points_stands_in_for_the_hand() -> None:
    person = SeatedPerson(8)
    person.there[:, RIGHT_HAND] = False
    person.reach("right", at_head(0, -0.75), person.during(2, 4))
    names = {cue.name for cue in hand_cues(person)}
    assert names == {"touching jaw"}


def test_a_hand_without_its_wrist_is_still_a_hand() -> None:
    person = SeatedPerson(8)
    person.there[:, RIGHT_WRIST] = False
    person.reach("right", person.face_px(8), person.during(2, 4))
    assert [cue.name for cue in hand_cues(person)] == ["touching jaw"]


def test_a_hand_that_vanishes_for_a_moment_leaves_one_touch() -> None:
    person = SeatedPerson(8)
    person.reach("right", person.face_px(8), person.during(2, 5))
    person.there[80:88, RIGHT_HAND] = False
    person.there[80:88, RIGHT_WRIST] = False
    assert [cue.name for cue in hand_cues(person)] == ["touching jaw"]


def test_a_hand_that_flies_past_the_face_touches_nothing() -> None:
    person = SeatedPerson(8)
    person.reach("right", at_head(-6, 0), person.during(0, 8, ramp_s=1e-6))
    person.shift((RIGHT_WRIST, *range(RIGHT_HAND.start, RIGHT_HAND.stop)), (12 * EYES_PX, 0), person.during(3, 3.6))
    assert hand_cues(person) == []


def test_hands_laid_together_are_held() -> None:
    person = SeatedPerson(8)
    for side, way in (("left", -1.0), ("right", 1.0)):
        person.reach(side, at_chest(0.15 * way, 1.4), person.during(3, 6), towards=(way, 0.2))
    holding = [cue for cue in cues_of(person) if cue.name == "rubbing or holding hands"]
    assert len(holding) == 1
    assert overlap(holding[0], 3.3, 5.7) > 2.0


def test_fingertips_laid_together_are_hands_held() -> None:
    person = SeatedPerson(8)
    for side, way in (("left", -1.0), ("right", 1.0)):
        person.reach(side, at_chest(-0.03 * way, 1.4), person.during(3, 6), towards=(way, 0.0))
    assert "rubbing or holding hands" in {cue.name for cue in cues_of(person)}


def test_one_hand_found_twice_is_not_two_hands_held() -> None:
    person = SeatedPerson(8)
    person.there[:, LEFT_WRIST] = False
    person.there[:50, LEFT_HAND] = False
    person.xy[:, LEFT_HAND] = person.xy[:, RIGHT_HAND] + 1.0
    assert "rubbing or holding hands" not in {cue.name for cue in cues_of(person)}


def test_wrists_at_the_opposite_elbows_are_folded_arms() -> None:
    person = SeatedPerson(8)
    weight = person.during(2, 6)
    for side, way in (("left", -1.0), ("right", 1.0)):
        person.reach(side, at_chest(0.9 * way, 0.8), weight, towards=(way, -0.1))
    folded = [cue for cue in cues_of(person) if cue.name == "folding arms"]
    assert len(folded) == 1
    assert overlap(folded[0], 2.4, 5.6) > 2.5


def test_a_waving_hand_before_the_body_illustrates() -> None:
    person = SeatedPerson(10)
    moving = (RIGHT_WRIST, *range(RIGHT_HAND.start, RIGHT_HAND.stop))
    wave = np.sin(2 * np.pi * 1.0 * person.time_s) * person.during(3, 6)
    person.shift(moving, (0.4 * SHOULDERS_PX, -0.2 * SHOULDERS_PX), wave)
    (cue,) = cues_of(person)
    assert cue.name == "illustrative body language"
    assert overlap(cue, 3, 6) > 2.5
    assert LEFT_WRIST not in cue.joints


def test_a_body_that_sways_with_its_hands_does_not_illustrate() -> None:
    person = SeatedPerson(10)
    person.shift(range(137), (0.5 * SHOULDERS_PX, 0.0), person.during(3, 7, ramp_s=1.2))
    assert {cue.name for cue in cues_of(person)} == {"moving torso"}


def test_the_way_into_folded_arms_is_no_gesture() -> None:
    person = SeatedPerson(10)
    for side, way in (("left", -1.0), ("right", 1.0)):
        person.reach(side, at_chest(0.9 * way, 0.8), person.during(3, 7, ramp_s=0.5), towards=(way, -0.1))
    assert {cue.name for cue in cues_of(person)} == {"folding arms"}


def test_one_hand_on_the_mouth_does_not_cover_the_face() -> None:
    person = SeatedPerson(8)
    person.reach("right", at_head(0.5, 0.9), person.during(3, 6), towards=(1.0, -0.3))
    assert [cue.name for cue in hand_cues(person)] == ["touching facial parts"]
