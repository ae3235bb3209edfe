import numpy as np
import pytest

from core.pose.cues import measure_cues
from core.pose.skeleton import FACE, face
from core.types.cues import Cue
from tests.unit.core.pose.seated_person import BROWS, EYES_PX, LOWER_LIDS, UPPER_LIDS, SeatedPerson

LOWER_LIP = face(55, 56, 57, 58, 59, 65, 66, 67)
UPPER_LIP = face(49, 50, 51, 52, 53, 61, 62, 63)


def cues_of(person: SeatedPerson) -> list[Cue]:
    return list(measure_cues(person.track()).cues)


def close_eyes(person: SeatedPerson, weight: np.ndarray) -> None:
    person.shift(UPPER_LIDS, (0, 0.075 * EYES_PX), weight)
    person.shift(LOWER_LIDS, (0, -0.05 * EYES_PX), weight)


def test_eyes_shut_for_a_moment_are_a_blink_each() -> None:
    person = SeatedPerson(10)
    for at_s in (2.0, 4.0, 4.6, 8.0):
        close_eyes(person, person.during(at_s, at_s + 0.24, ramp_s=0.12))
    cues = cues_of(person)
    assert [cue.name for cue in cues] == ["blink"] * 4
    assert [round(cue.start_s, 1) for cue in cues] == pytest.approx([2.0, 4.0, 4.6, 8.0], abs=0.11)


def test_eyes_closed_for_seconds_are_no_blink() -> None:
    person = SeatedPerson(10)
    close_eyes(person, person.during(4, 6))
    assert cues_of(person) == []


def test_eyes_that_come_back_from_being_wide_open_do_not_blink() -> None:
    person = SeatedPerson(12)
    wide = person.during(3, 4) + person.during(4.4, 5.4)
    person.shift(UPPER_LIDS, (0, -0.08 * EYES_PX), wide)
    assert "blink" not in {cue.name for cue in cues_of(person)}


def test_a_dropped_jaw_is_an_open_mouth() -> None:
    person = SeatedPerson(8)
    person.shift((*LOWER_LIP, *face(6, 7, 8, 9, 10)), (0, 0.3 * EYES_PX), person.during(3, 4))
    (cue,) = cues_of(person)
    assert cue.name == "mouth open"
    assert (cue.start_s, cue.end_s) == pytest.approx((3.1, 3.9), abs=0.15)


def test_corners_of_the_mouth_out_and_up_are_a_smile() -> None:
    person = SeatedPerson(8)
    weight = person.during(3, 5)
    person.shift(face(48, 60), (-0.08 * EYES_PX, -0.12 * EYES_PX), weight)
    person.shift(face(54, 64), (0.08 * EYES_PX, -0.12 * EYES_PX), weight)
    (cue,) = cues_of(person)
    assert cue.name == "smile"


def test_a_mouth_that_only_widens_is_no_smile() -> None:
    person = SeatedPerson(8)
    weight = person.during(3, 5)
    person.shift(face(48, 60), (-0.1 * EYES_PX, 0), weight)
    person.shift(face(54, 64), (0.1 * EYES_PX, 0), weight)
    assert "smile" not in {cue.name for cue in cues_of(person)}


def test_thinner_lips_are_pressed() -> None:
    person = SeatedPerson(8)
    weight = person.during(3, 4)
    person.shift(face(49, 50, 51, 52, 53), (0, 0.06 * EYES_PX), weight)
    person.shift(face(55, 56, 57, 58, 59), (0, -0.07 * EYES_PX), weight)
    (cue,) = cues_of(person)
    assert cue.name == "pressing lips"


def test_raised_brows() -> None:
    person = SeatedPerson(8)
    person.shift(BROWS, (0, -0.1 * EYES_PX), person.during(3, 4))
    (cue,) = cues_of(person)
    assert cue.name == "brow raise"
    assert set(cue.joints) == set(BROWS)


def test_lowered_brows() -> None:
    person = SeatedPerson(8)
    weight = person.during(3, 4.5)
    person.shift(BROWS[:5], (0.03 * EYES_PX, 0.09 * EYES_PX), weight)
    person.shift(BROWS[5:], (-0.03 * EYES_PX, 0.09 * EYES_PX), weight)
    (cue,) = cues_of(person)
    assert cue.name == "brow lowerer"


def test_a_wider_lower_face_is_puffed_cheeks() -> None:
    person = SeatedPerson(8)
    weight = person.during(3, 4.5)
    person.shift(face(3, 4, 5), (-0.12 * EYES_PX, 0), weight)
    person.shift(face(11, 12, 13), (0.12 * EYES_PX, 0), weight)
    (cue,) = cues_of(person)
    assert cue.name == "bulging face or deep breath"


def test_a_stronger_raise_has_more_strength() -> None:
    strengths = []
    for way in (0.07, 0.11):
        person = SeatedPerson(8)
        person.shift(BROWS, (0, -way * EYES_PX), person.during(3, 4))
        strengths += [cue.strength for cue in cues_of(person)]
    assert 0 < strengths[0] < strengths[1] <= 1


def test_tilting_the_head_moves_no_brow() -> None:
    person = SeatedPerson(12)
    pitch = 20.0 * (person.during(3, 5) - person.during(7, 9))
    person.pose_head(np.zeros_like(pitch), pitch)
    names = {cue.name for cue in cues_of(person)}
    assert not names & {"brow raise", "brow lowerer", "pressing lips", "mouth open", "smile", "blink"}


def test_a_face_without_points_is_not_measurable() -> None:
    person = SeatedPerson(8)
    person.there[:, FACE] = False
    coverage = {part.name: part for part in measure_cues(person.track()).coverage}
    for name in ("blink", "mouth open", "smile", "pressing lips", "brow raise", "brow lowerer"):
        assert coverage[name].measurable_s == 0
        assert coverage[name].reason == "the face is not seen from the front"


def test_a_face_of_a_few_pixels_is_not_measurable() -> None:
    measured = measure_cues(SeatedPerson(8).track(scale=0.15))
    coverage = {part.name: part for part in measured.coverage}
    assert coverage["blink"].measurable_s == 0
    assert "too small" in coverage["blink"].reason


def test_a_face_that_is_gone_for_a_while_is_measurable_before_and_after() -> None:
    person = SeatedPerson(10)
    person.there[100:150, FACE] = False
    coverage = {part.name: part for part in measure_cues(person.track()).coverage}
    assert np.array(coverage["mouth open"].spans_s) == pytest.approx(np.array([(0, 4), (6, 10)]))
    assert coverage["mouth open"].measurable_s == pytest.approx(8)
